import {
  assertInputObjectType,
  assertInterfaceType,
  assertObjectType,
  assertScalarType,
  printSchema,
} from 'graphql';
import { expect, test } from 'vitest';
import { composeGraph } from '../../src/contract/compose-graph.ts';
import { composeSources, founding, graphOf, library } from './build.ts';

const { schema } = graphOf(composeGraph(founding));

test('callers see no mapping: neither directives nor the types of their arguments', () => {
  const printed = printSchema(schema);
  expect(printed).not.toContain('@');
  for (const name of ['KeyPart', 'SqlSource', 'Rows', 'Mask', 'UpdateCycle', 'Derivation']) {
    expect(schema.getType(name)).toBeUndefined();
  }
  for (const word of ['t_czrk', 'gmsfhm', 'police-population', 'aae140', '/v2/'])
    expect(printed).not.toContain(word);
  expect(schema.getDirectives().map(({ name }) => name)).not.toContain('connect');
});

test('the Chinese terms stay', () => {
  expect(schema.getType('PoliceRecord')?.description).toBe('户籍登记: household registration of a resident');
  expect(assertObjectType(schema.getType('Resident')).getFields()['police']?.description).toBe(
    '公安户籍记录',
  );
  expect(schema.getType('Date')?.description).toContain('日期');
});

test('records, also in lists, are sections that say where and when they were read; nested objects are not', () => {
  const section = assertInterfaceType(schema.getType('RecordSection'));
  const records = schema.getPossibleTypes(section).map(({ name }) => name);
  expect(records.sort()).toEqual([
    'CivilAffairsBuilding',
    'CivilAffairsGrid',
    'CivilAffairsMarriage',
    'CivilAffairsRecord',
    'JusticeCommunityCorrection',
    'JusticeMediationCase',
    'JusticeRecord',
    'PoliceBuilding',
    'PoliceDwelling',
    'PoliceHousehold',
    'PoliceHouseholdRecord',
    'PolicePenalty',
    'PoliceRecord',
    'PoliceResidence',
    'PoliceResidencePermit',
    'SocialSecurityContribution',
    'SocialSecurityRecord',
  ]);
  const { department, asOf } = assertObjectType(schema.getType('PolicePenalty')).getFields();
  expect([String(department?.type), String(asOf?.type)]).toEqual(['String!', 'DateTime']);
});

test('a search offers what some register can filter, and nothing that is only read', () => {
  const inputs = ['ResidentFilter', 'PoliceRecordFilter', 'PoliceResidencePermitFilter'].map((name) => [
    name,
    Object.keys(assertInputObjectType(schema.getType(name)).getFields()),
  ]);
  expect(Object.fromEntries(inputs)).toEqual({
    ResidentFilter: [
      'name',
      'sex',
      'birthDate',
      'divisionCode',
      'policeRecord',
      'policeResidencePermit',
      'and',
      'or',
    ],
    PoliceRecordFilter: ['name', 'sex', 'birthDate', 'registrationType', 'divisionCode'],
    PoliceResidencePermitFilter: [
      'name',
      'sex',
      'birthDate',
      'divisionCode',
      'originDivisionCode',
      'reason',
      'registeredOn',
      'validUntil',
    ],
  });
  const { birthDate, sex } = assertInputObjectType(schema.getType('ResidentFilter')).getFields();
  expect([String(birthDate?.type), String(sex?.type)]).toEqual(['DateFilter', 'SexFilter']);
});

test('there is no search where nobody has a register', () => {
  const { schema: without } = graphOf(composeSources(library));
  expect(assertObjectType(without.getQueryType()).getFields()['searchResidents']).toBeUndefined();
  expect(without.getType('ResidentFilter')).toBeUndefined();
});

test('an enum’s internal values are its names', () => {
  expect(schema.getType('Sex')).toMatchObject({ name: 'Sex' });
  const sex = schema.getType('Sex');
  expect(sex && 'getValues' in sex && sex.getValues().map(({ name, value }) => [name, value])).toContainEqual(
    ['MALE', 'MALE'],
  );
});

test('the scalars are the hub’s own, not ones that let everything pass', () => {
  expect(() => assertScalarType(schema.getType('Date')).serialize('tomorrow')).toThrow();
  expect(() => assertScalarType(schema.getType('Month')).serialize('2024-13')).toThrow();
});
