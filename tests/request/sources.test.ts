import { describe, expect, it } from 'vitest';
import type { Connector } from '../../src/connectors/connector.ts';
import { hubGraph } from '../support/hub-graph.ts';
import { createRecording } from '../support/recording-connector.ts';
import { citizenId } from '../support/residents.ts';
import { execute, type RunOptions, testNow } from '../support/run-operation.ts';
import { policeRow } from '../support/sample-tables.ts';
import { createTablePolicy, inRegion, permit, permitAllBut, permitIf } from '../support/table-policy.ts';

const searches = { 'Resident.police#search': permit, 'PoliceRecord.residencePermit#search': permit };
const base: RunOptions = {
  policy: createTablePolicy({ ...permitAllBut(hubGraph, {}), ...searches }),
  tables: { PoliceRecord: [policeRow(citizenId(1), 1)] },
  subject: { region: '330106' },
};

async function sourcesOf(source: string, variables = {}, options: RunOptions = {}): Promise<string[]> {
  const { result, unknown } = await execute(source, variables, { ...base, ...options });
  expect(unknown).toEqual([]);
  const sources = result.extensions?.['sources'];
  return Array.isArray(sources) ? sources.map(({ entity, outcome }) => `${entity} ${outcome}`) : [];
}

const one = 'query($i: ResidentIdentifier!) { resident(identifier: $i) { name } }';

// What is listed follows from the request and the agreements alone: it must not tell who exists, nor who passed a gate.
describe('the sources of an answer', () => {
  it('are those that the request may ask, whether or not somebody is there', async () => {
    for (const n of [1, 2]) {
      expect(await sourcesOf(one, { i: { value: citizenId(n) } })).toEqual(['PoliceRecord OK']);
    }
  });

  it('are none for nobody', async () => {
    expect(await sourcesOf(one, { i: { value: 'x' } })).toEqual([]);
    const many = 'query($i: [ResidentIdentifier!]!) { residents(identifiers: $i) { name maritalStatus } }';
    expect(await sourcesOf(many, { i: [] })).toEqual([]);
    expect(await sourcesOf(many, { i: [{ value: 'x' }, { value: 'y' }] })).toEqual([]);
    expect(await sourcesOf(many, { i: [{ value: 'x' }, { value: citizenId(2) }] })).toHaveLength(2);
  });

  it('are those of each root that names somebody', async () => {
    const two = `{ a: resident(identifier: { value: "x" }) { maritalStatus }
      b: resident(identifier: { value: "${citizenId(1)}" }) { name } }`;
    expect(await sourcesOf(two)).toEqual(['PoliceRecord OK']);
  });

  it('leave out whom this caller can ask about nobody', async () => {
    const policy = createTablePolicy({ 'PoliceRecord.name': permitIf(inRegion), 'PoliceRecord.sex': permit });
    expect(await sourcesOf(one, { i: { value: citizenId(1) } }, { policy })).toEqual(['PoliceRecord OK']);
    expect(await sourcesOf(one, { i: { value: citizenId(1) } }, { policy, subject: {} })).toEqual([]);
  });

  it('of a search are the registers that it can list, and what is read of those found', async () => {
    const find = 'query($w: ResidentFilter) { searchResidents(where: $w) { nodes { maritalStatus } } }';
    const all = ['CivilAffairsRecord OK', 'PoliceRecord OK', 'PoliceResidencePermit OK'];
    expect((await sourcesOf(find)).toSorted()).toEqual(all);
    expect((await sourcesOf(find, { w: { name: { eq: '无此人' } } })).toSorted()).toEqual(all);
    expect(await sourcesOf(find, { w: { name: { in: [] } } })).toEqual([]);
    expect(await sourcesOf(find, {}, { policy: createTablePolicy(permitAllBut(hubGraph, {})) })).toEqual([]);
  });

  it('are as of the first read, which is made whoever passes a gate', async () => {
    let reads = 0;
    const clock = () => new Date(testNow.getTime() + 1_000 * reads++);
    const policy = createTablePolicy({
      'PoliceRecord.name': permitIf(inRegion),
      'CivilAffairsRecord.maritalStatus': permitIf(inRegion),
    });
    const many = 'query($i: ResidentIdentifier!) { resident(identifier: $i) { maritalStatus } }';
    const times = [];
    for (const n of [1, 2]) {
      reads = 0;
      const { connectors } = createRecording(hubGraph, {
        tables: { PoliceRecord: [policeRow(citizenId(1), 2)] },
      });
      const slow = new Map(
        [...connectors].map(([name, inner]): [string, Connector] => [
          name,
          {
            ...inner,
            read: async (request, signal) => ({
              ...(await inner.read(request, signal)),
              readAt: clock().toISOString(),
            }),
          },
        ]),
      );
      const { result } = await execute(
        many,
        { i: { value: citizenId(n) } },
        { ...base, policy, connectors: slow },
      );
      times.push(JSON.stringify(result.extensions?.['sources']));
    }
    expect(times[0]).toContain(testNow.toISOString());
    expect(times[1]).toBe(times[0]);
  });
});
