import { afterAll, beforeAll, expect, it } from 'vitest';
import { startHub, type TestHub } from './hub.ts';

let hub: TestHub;
beforeAll(async () => {
  hub = await startHub();
});
afterAll(() => hub.close());

const query = `query($id: String!) { resident(identifier: { value: $id }) {
  discrepancies { element statements { department field value } } } }`;

it('a resident whose name one department writes otherwise: the mediator sees all statements, the hotline is denied', async () => {
  const variables = { id: hub.facts.fixed.spouse.value };
  const { body } = await hub.ask({ query, variables });
  expect(body.errors).toBeUndefined();
  expect(body.data.resident.discrepancies).toEqual([
    {
      element: 'Resident.name',
      statements: [
        { department: '公安', field: 'PoliceRecord.name', value: '林晓芸' },
        { department: '民政', field: 'CivilAffairsRecord.name', value: '林晓芸' },
        { department: '人社', field: 'SocialSecurityRecord.name', value: '林小芸' },
      ],
    },
  ]);
  const hotline = await hub.ask({ client: 'hotline-12345', query, variables });
  expect(hotline.body.data.resident.discrepancies).toBeNull();
  expect(hotline.text).not.toMatch(/林|芸/);
});
