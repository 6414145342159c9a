import { expect, it } from 'vitest';
import { citizenId } from '../support/residents.ts';
import { codes, execute } from '../support/run-operation.ts';
import { policeRow } from '../support/sample-tables.ts';
import { type DecisionTable, permit } from '../support/table-policy.ts';

const id = citizenId(1);
const tables = { PoliceRecord: [{ ...policeRow(id, 0), csrq: '20100506' }] };

function ask(selection: string, decisions: DecisionTable) {
  const source = `query($v: String!) { resident(identifier: { value: $v }) { ${selection} } }`;
  return execute(source, { v: id }, { tables, decisions });
}

// The guarantee of a yes/no grant: the owner gives away one bit, whatever else is asked.
it('a caller that may know whether somebody is a minor learns neither age nor birth date', async () => {
  const answer = await ask('isMinor age birthDate police { isMinor age birthDate }', {
    'PoliceRecord.isMinor': permit,
  });
  const denied = { age: null, birthDate: null };
  expect(answer.data.resident).toEqual({ isMinor: true, ...denied, police: { isMinor: true, ...denied } });
  expect(codes(answer)).toEqual(['FIELD_DENIED', 'FIELD_DENIED', 'FIELD_DENIED', 'FIELD_DENIED']);
  expect(answer.text).not.toMatch(/2010|0506|05-06/);
});

it('what is derived of one column is read as one column', async () => {
  const { data, reads } = await ask('isMinor age birthDate', {
    'PoliceRecord.isMinor': permit,
    'PoliceRecord.age': permit,
    'PoliceRecord.birthDate': permit,
  });
  expect(data.resident).toEqual({ isMinor: true, age: 15, birthDate: '2010-05-06' });
  expect(reads.map(({ request }) => request.columns)).toEqual([['csrq']]);
});

it('of nobody known it is not said that they are of age', async () => {
  const source =
    '{ resident(identifier: { value: "x" }) { isMinor } none: resident(identifier: { value: "33010619900506002X" }) { isMinor } }';
  const { data } = await execute(source, {}, { tables, decisions: { 'PoliceRecord.isMinor': permit } });
  expect([data.resident, data.none?.isMinor ?? null]).toEqual([null, null]);
});
