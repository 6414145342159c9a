import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { composeGraph } from '../../src/contract/compose-graph.ts';
import type { ContractFile } from '../../src/contract/graph.ts';
import { edit, fieldOf, founding, graphOf, library } from './build.ts';

async function fixture(name: string): Promise<ContractFile> {
  const file = path.join(import.meta.dirname, 'fixtures', `${name}.graphql`);
  return { name, text: await readFile(file, 'utf8') };
}

function composeBeside(...files: readonly ContractFile[]) {
  return graphOf(composeGraph({ core: founding.core, sources: [...founding.sources, ...files] }));
}

test('a fifth department registers with the same kind of file, and nothing of the others changes', async () => {
  const before = graphOf(composeGraph(founding));
  const after = composeBeside(await fixture('natural-resources'));
  expect(after.departments.get('natural-resources')?.title).toBe('自然资源');
  expect(after.sources.get('natural-resources-registry')).toMatchObject({
    kind: 'mysql',
    charset: 'GBK',
    columnCharsets: { 备注: 'UTF-8' },
    deadlineMs: 5000,
  });
  for (const [coordinate, field] of before.fields) expect(after.fields.get(coordinate)).toEqual(field);
  expect(after.version).not.toBe(before.version);
});

test('a section that only groups lists needs no row of its own', async () => {
  const graph = composeBeside(await fixture('natural-resources'));
  expect(fieldOf(graph, 'group', 'Resident.naturalResources').typeName).toBe('NaturalResourcesRecords');
  expect(fieldOf(graph, 'meta', 'NaturalResourcesRecords.source').typeName).toBe('String');
  const list = fieldOf(graph, 'connect', 'NaturalResourcesRecords.realEstates');
  expect(list.connects[0]?.target).toEqual({ kind: 'sql', table: 'bdc.t_fwsx' });
  expect(list.connects[0]?.where).toEqual([{ column: 'zt', op: 'in', values: ['1', '2'] }]);
  expect(list.filters).toEqual({
    usage: 'NaturalResourcesRealEstate.usage',
    registeredOn: 'NaturalResourcesRealEstate.registeredOn',
  });
});

test('columns of a table are grouped under a name, and dates without a format are ISO 8601', async () => {
  const graph = composeBeside(await fixture('natural-resources'));
  expect(fieldOf(graph, 'embedded', 'NaturalResourcesRealEstate.location').path).toBe('');
  expect(fieldOf(graph, 'column', 'NaturalResourcesLocation.address').columns['*']).toEqual({ column: 'zl' });
  expect(fieldOf(graph, 'column', 'NaturalResourcesRealEstate.registeredOn').columns['*']).toEqual({
    column: 'djrq',
    format: 'yyyy-MM-dd',
  });
  expect(fieldOf(graph, 'column', 'NaturalResourcesRealEstate.note').share).toBeUndefined();
});

test('several sources serve one type, each with its own columns, residents and way of reading', async () => {
  const graph = composeBeside(await fixture('medical-insurance'));
  const { connects } = fieldOf(graph, 'connect', 'Resident.medicalInsurance');
  expect(connects.map(({ source, target, route }) => [source, target.kind, route])).toEqual([
    ['medical-insurance-east', 'sql', { via: 'PoliceRecord.divisionCode', prefixes: ['330102', '330105'] }],
    ['medical-insurance-west', 'http', { via: 'PoliceRecord.divisionCode', prefixes: ['330106'] }],
  ]);
  expect(fieldOf(graph, 'column', 'MedicalInsuranceRecord.place').columns).toEqual({
    '*': { column: 'cbd' },
    'medical-insurance-west': { column: 'place.name' },
  });
  expect(fieldOf(graph, 'column', 'MedicalInsuranceRecord.since').columns).toEqual({
    'medical-insurance-east': { column: 'cbrq', format: 'yyyyMMdd' },
    'medical-insurance-west': { column: 'since', format: 'yyyy-MM-dd' },
  });
});

test('a department may split what it says over files, one of which declares it', () => {
  const second = `extend schema @source(name: "library-loans", department: "library", postgres: { credential: "library-loans" })
extend type LibraryRecord {
  loans: [LibraryLoan!]
    @connect(source: "library-loans", rows: MANY, sql: { table: "loan" }, key: [{ from: "citizenId", column: "id_no" }])
}
type LibraryLoan { title: String @from(column: "title") }`;
  const graph = composeBeside({ name: 'one', text: library }, { name: 'two', text: second });
  expect(fieldOf(graph, 'connect', 'LibraryRecord.loans').connects[0]?.source).toBe('library-loans');
});

test('two departments may call their code tables alike, and neither reads by the other’s', () => {
  const coded = edit(library, [
    ['extend type', '  @codeTable(name: "police-hklb", codes: [{ code: "9", is: "一卡通" }])\nextend type'],
    ['column: "card_no"', 'column: "card_no", codes: "police-hklb"'],
  ]);
  const graph = composeBeside({ name: 'library', text: coded });
  expect(fieldOf(graph, 'column', 'LibraryRecord.card').columns['*']?.codes).toEqual({ 9: '一卡通' });
  expect(fieldOf(graph, 'column', 'PoliceRecord.registrationType').columns['*']?.codes).toMatchObject({
    '01': 'FAMILY',
  });
});

test('one type of nested items serves two lists; names that objects inherit mean nothing as codes', () => {
  const nested = edit(library, [
    ['mysql: {', 'http: {'],
    ['sql: { table: "reader" }', 'http: { path: "/readers/{key}" }'],
    [
      'extend type',
      '  @codeTable(name: "t", codes: [{ code: "__proto__", is: "a" }, { code: "constructor", is: "b" }])\nextend type',
    ],
    [
      'card: String @from(column: "card_no")',
      'lent: [LibraryItem!] @from(path: "lent") kept: [LibraryItem!] @from(path: "kept") card: String @from(column: "card_no", codes: "t")',
    ],
  ]).concat('type LibraryItem { title: String @from(path: "book.title") }');
  const graph = composeBeside({ name: 'library', text: nested });
  expect(fieldOf(graph, 'embedded', 'LibraryRecord.kept').path).toBe('kept');
  expect(fieldOf(graph, 'column', 'LibraryItem.title').columns['*']).toEqual({ column: 'book.title' });
  const codes = fieldOf(graph, 'column', 'LibraryRecord.card').columns['*']?.codes ?? {};
  expect(Object.entries(codes)).toEqual([
    ['__proto__', 'a'],
    ['constructor', 'b'],
  ]);
  expect(codes['toString']).toBeUndefined();
});
