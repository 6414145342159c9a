import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPopulation } from '../../examples/population/population.ts';
import { startHub, type TestHub } from './hub.ts';

const query = `query V($i: ResidentIdentifier!, $c: [ResidentClaim!]!) {
  verifyResident(identifier: $i, claims: $c) { claims { field outcome code rule } } }`;
const client = 'one-stop-hall';
const employer = 'SocialSecurityRecord.employer';
const residents = 60;

describe('verification', () => {
  let hub: TestHub;
  let insured: readonly { readonly id: string; readonly employer: string }[];
  beforeAll(async () => {
    hub = await startHub({ residents, environment: { HUB_LIMIT_MAX_CLAIMS_PER_PERSON: '4' } });
    insured = await readEmployers();
  });
  afterAll(() => hub.close());

  /** As the department's own table has them. */
  async function readEmployers() {
    return createPopulation({ residents }).socialSecurity.insured.flatMap(({ aac002, aab004 }) =>
      aab004 && /^\d{17}[\dX]$/.test(aac002) ? [{ id: aac002, employer: aab004 }] : [],
    );
  }

  const verify = (id: string, ...values: string[]) =>
    hub.ask({
      client,
      query,
      variables: { i: { value: id }, c: values.map((value) => ({ field: employer, value })) },
    });
  const outcomes = ({ body }: Awaited<ReturnType<typeof verify>>) =>
    body.data?.verifyResident?.claims.map(({ outcome }: { outcome: string }) => outcome);

  it('tells whether a value is right, and never the value', async () => {
    const [one] = insured;
    const answer = await verify(one?.id ?? '', ` ${one?.employer}　`, '另一单位');
    expect(outcomes(answer)).toEqual(['MATCH', 'NO_MATCH']);
    expect(answer.text).not.toContain(one?.employer);
    const read = await hub.ask({
      client,
      query: 'query($i: ResidentIdentifier!) { resident(identifier: $i) { socialSecurity { employer } } }',
      variables: { i: { value: one?.id } },
    });
    expect(read.body.data.resident.socialSecurity).toBeNull();
    expect(read.body.errors[0].extensions.reason).toBe('VERIFY_ONLY');
  });

  it('answers of somebody who does not exist as of a wrong value', async () => {
    const nobody = await verify('330106199909099956', '某单位');
    const wrong = await verify(insured[1]?.id ?? '', '某单位');
    const told = ({ status, body }: typeof nobody) => [status, body.data, body.errors];
    expect(told(nobody)).toEqual(told(wrong));
  });

  it('is on record: who was asked about, each decision, the read, and no value', async () => {
    const answer = await verify(insured[2]?.id ?? '', '某某单位');
    const audit = await hub.ask({
      client: 'audit-office',
      query: `{ accessRecords(first: 1, where: { client: "${client}" }) { nodes { index subjects
        decisions { coordinate effect rule } reads { source role columns keys } } } }`,
    });
    const [record] = audit.body.data.accessRecords.nodes;
    expect(record.index).toBe(answer.body.extensions.receipt.index);
    expect(record.subjects).toHaveLength(1);
    expect(record.decisions).toContainEqual({
      coordinate: `${employer}#verify`,
      effect: 'PERMIT',
      rule: expect.stringMatching(/^AGR-2026-0007\.v1#1$/),
    });
    expect(record.reads).toHaveLength(1);
    expect(audit.text).not.toContain('某某单位');
  });

  it('of a field without an agreement is not available, asks nobody, and says why', async () => {
    hub.departments.police.resetReads();
    const { body } = await hub.ask({
      client,
      query,
      variables: {
        i: { value: insured[3]?.id },
        c: [{ field: 'PoliceRecord.watchFlag', value: 'NONE' }],
      },
    });
    expect(body.data.verifyResident.claims).toEqual([
      {
        field: 'PoliceRecord.watchFlag',
        outcome: 'NOT_AVAILABLE',
        code: 'FIELD_DENIED',
        rule: expect.any(String),
      },
    ]);
    expect(hub.departments.police.reads()).toEqual([]);
  });

  it('is bounded for each person and client, whether or not the person exists, right or wrong', async () => {
    for (const id of [insured[4]?.id ?? '', '330106199909099948']) {
      for (const n of [1, 2, 3, 4]) expect(outcomes(await verify(id, `猜测${n}`))).toEqual(['NO_MATCH']);
      hub.departments['social-security'].resetReads();
      const more = await verify(id, '猜测5');
      expect(more.body.data).toEqual({ verifyResident: null });
      expect(more.body.errors[0].extensions).toMatchObject({ code: 'RATE_LIMITED', limit: 'claims', max: 4 });
      const { retryAfterSeconds } = more.body.errors[0].extensions;
      expect(retryAfterSeconds).toBeGreaterThan(0);
      expect(retryAfterSeconds).toBeLessThanOrEqual(86_400);
      expect(hub.departments['social-security'].reads()).toEqual([]);
    }
    const many = await verify(insured[5]?.id ?? '', '1', '2', '3', '4', '5');
    expect(many.body.errors[0].extensions).toMatchObject({
      code: 'OPERATION_LIMIT_EXCEEDED',
      limit: 'maxClaimsPerPerson',
    });
    // Aliases are counted one by one, also at the same time.
    const id = insured[6]?.id;
    const aliases = Array.from(
      { length: 6 },
      (_, n) =>
        `a${n}: verifyResident(identifier: { value: "${id}" }, claims: [{ field: "${employer}", value: "${n}" }]) { claims { outcome } }`,
    );
    const { body } = await hub.ask({ client, query: `{ ${aliases.join(' ')} }` });
    expect(Object.values(body.data).filter((one) => one !== null)).toHaveLength(4);
  });

  it.each([
    ['no field', 'nothing'],
    ['a record', 'Resident.socialSecurity'],
    ['a list', 'SocialSecurityContribution.month'],
    ['a field of the query', 'Query.accessRecords'],
    ['a prototype', '__proto__.constructor'],
    ['text', `SocialSecurityRecord.employer } { x`],
    ['a verification', `${employer}#verify`],
  ])('refuses %s as a claim', async (_, field) => {
    const { body } = await hub.ask({
      client,
      query,
      variables: { i: { value: insured[7]?.id }, c: [{ field, value: 'x' }] },
    });
    expect(body.data?.verifyResident ?? null).toBeNull();
    expect(body.errors[0].extensions.code).toBe('VARIABLE_INVALID');
  });

  it('holds in the agreement’s rows: whoever lies outside answers as nobody', async () => {
    const registered = createPopulation({ residents }).police.t_czrk.filter(({ gmsfhm }) =>
      /^\d{17}[\dX]$/.test(gmsfhm),
    );
    const isInStreet = ({ qhdm }: (typeof registered)[number]) => qhdm.startsWith('330106002');
    const ask = (value = '', name = '') =>
      hub.ask({
        client: 'street-platform',
        query,
        variables: { i: { value }, c: [{ field: 'PoliceRecord.name', value: name }] },
      });
    const inside = registered.find(isInStreet);
    const outside = registered.find((row) => !isInStreet(row));
    expect(outcomes(await ask(inside?.gmsfhm, inside?.xm))).toEqual(['MATCH']);
    const other = await ask(outside?.gmsfhm, outside?.xm);
    expect(outcomes(other)).toEqual(['NO_MATCH']);
    expect(other.body.data).toEqual((await ask('330106199909099956', outside?.xm)).body.data);
  });

  it('says that a department did not answer', async () => {
    await hub.departments['social-security'].inject({ kind: 'refuse' });
    const answer = await verify(insured[8]?.id ?? '', '某单位');
    expect(answer.body.data.verifyResident.claims[0]).toMatchObject({ outcome: 'NOT_AVAILABLE' });
    expect(answer.body.data.verifyResident.claims[0].code).toMatch(/^SOURCE_/);
    await hub.departments['social-security'].recover();
  });
});
