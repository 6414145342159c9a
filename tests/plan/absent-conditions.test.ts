import { describe, expect, it } from 'vitest';
import { hubGraph } from '../support/hub-graph.ts';
import { citizenId } from '../support/residents.ts';
import { codes, execute } from '../support/run-operation.ts';
import { policeRow } from '../support/sample-tables.ts';
import { createTablePolicy, permit, permitAllBut } from '../support/table-policy.ts';

const policy = createTablePolicy({
  ...permitAllBut(hubGraph, {}),
  'Resident.police#search': permit,
  'Resident.police#count': permit,
  'PoliceRecord.residencePermit#search': permit,
  'PoliceRecord.residencePermit#count': permit,
});
const tables = {
  PoliceRecord: [1, 2, 3].map((n) => policeRow(citizenId(n), n)),
  PoliceResidencePermit: [],
};
const search = (head: string, where: string, variables: Record<string, unknown> = {}) =>
  execute(`query${head} { searchResidents(where: ${where}) { totalCount nodes { id } } }`, variables, {
    policy,
    tables,
  });

describe('a search whose condition says nothing is refused, and never finds more than was meant', () => {
  it.each<[what: string, head: string, where: string, variables?: Record<string, unknown>]>([
    ['an operand that was not given', '($n: String)', '{ name: { eq: $n } }'],
    ['an operand given as null', '($n: String)', '{ name: { eq: $n } }', { n: null }],
    ['a condition that was not given', '($c: TextFilter)', '{ name: $c }'],
    ['a list of values that was not given', '($v: [String!])', '{ name: { in: $v } }'],
    [
      'one of two operands that was not given',
      '($n: String)',
      '{ name: { prefix: "张" }, and: [{ name: { eq: $n } }] }',
    ],
    ['a register that was not given', '($p: PoliceRecordFilter)', '{ policeRecord: $p }'],
    ['a list of filters that was not given', '($f: [ResidentFilter!])', '{ or: $f }'],
    ['null for a value that has a default', '($n: String = "张")', '{ name: { in: [$n] } }', { n: null }],
    [
      'null for a filter that has a default',
      '($f: ResidentFilter = { name: { eq: "张" } })',
      '{ or: [$f] }',
      { f: null },
    ],
    ['a condition without an operand', '($w: ResidentFilter)', '$w', { w: { name: {} } }],
    ['a register without a condition', '($w: ResidentFilter)', '$w', { w: { policeRecord: {} } }],
    [
      'a field of a register without an operand',
      '($w: ResidentFilter)',
      '$w',
      { w: { policeRecord: { name: {} } } },
    ],
    ['an empty filter', '($w: ResidentFilter)', '$w', { w: {} }],
    ['an empty alternative', '($w: ResidentFilter)', '$w', { w: { or: [{ name: { eq: '张' } }, {}] } }],
    ['an empty part', '($w: ResidentFilter)', '$w', { w: { and: [{}] } }],
    ['an empty conjunction', '($w: ResidentFilter)', '$w', { w: { and: [] } }],
  ])('%s', async (_, head, where, variables) => {
    const run = await search(head, where, variables);
    expect(codes(run)).toEqual(['VARIABLE_INVALID']);
    expect(run.data).toBeUndefined();
    expect(run.lists).toEqual([]);
    expect(run.unknown).toEqual([]);
  });

  it('says which variable is missing', async () => {
    const run = await search('($nameToFind: String)', '{ name: { eq: $nameToFind } }');
    expect(run.errors[0]?.message).toContain('$nameToFind');
  });

  it.each<[what: string, head: string, where: string, variables?: Record<string, unknown>]>([
    ['no filter', '($w: ResidentFilter)', '$w'],
    ['null for the whole filter', '($w: ResidentFilter)', '$w', { w: null }],
  ])('and %s asks for everybody', async (_, head, where, variables) => {
    const run = await search(head, where, variables);
    expect(codes(run)).toEqual([]);
    expect(run.data.searchResidents.nodes).toHaveLength(3);
  });

  it('an empty list of alternatives or values finds nobody', async () => {
    for (const w of [{ or: [] }, { name: { in: [] } }]) {
      const run = await search('($w: ResidentFilter)', '$w', { w });
      expect(run.data.searchResidents).toEqual({ totalCount: 0, nodes: [] });
    }
  });
});
