import { describe, expect, it } from 'vitest';
import { demoPolicy } from '../support/demo-policy.ts';
import { askAs, type DemoAsk } from '../support/explaining.ts';
import { citizenId } from '../support/residents.ts';

const source = 'query($i: ResidentIdentifier!) { resident(identifier: $i) { name } }';
const variables = { i: { value: citizenId(1) } };

/** Codes of what would change the decision on the one field that is denied. */
async function remediesOf(ask: Omit<DemoAsk, 'client' | 'purpose'>): Promise<unknown> {
  const hotline = { client: 'hotline-12345', purpose: 'one-stop-service' };
  const { errors } = await askAs({ ...hotline, ...ask }, source, variables);
  const [denied] = errors;
  expect(denied?.extensions).toMatchObject({ code: 'FIELD_DENIED', coordinate: 'Resident.name' });
  const remedies = denied?.extensions?.['remedies'];
  return Array.isArray(remedies) ? remedies.map(({ code }) => code) : [];
}

describe('what stands beside a denied field, for callers whom one plan serves', () => {
  const inForce = () => demoPolicy;
  const one = { inForce, changes: { purposes: ['one-stop-service'] } };

  it('is what each token would take, whoever asked first', async () => {
    expect(await remediesOf({ inForce })).toEqual(['OTHER_PURPOSE']);
    expect(await remediesOf(one)).toEqual(['PURPOSE_NOT_IN_TOKEN']);
    expect(await remediesOf({ inForce })).toEqual(['OTHER_PURPOSE']);
  });

  it('changes with agreements that change nothing of the decision', async () => {
    expect(await remediesOf({ inForce })).toEqual(['OTHER_PURPOSE']);
    const none = { ...demoPolicy, agreements: [] };
    expect(await remediesOf({ inForce: () => none })).toEqual(['APPLY']);
  });
});
