import { describe, expect, test } from 'vitest';
import { composeGraph } from '../../src/contract/compose-graph.ts';
import { composeSources, fieldOf, founding, graphOf } from './build.ts';

const graph = graphOf(composeGraph(founding));

describe('the four founding departments', () => {
  test('compose, each with its section on the resident', () => {
    expect([...graph.departments.values()].map(({ name, title, prefix }) => [name, title, prefix])).toEqual([
      ['civil-affairs', '民政', 'CivilAffairs'],
      ['justice', '司法行政', 'Justice'],
      ['police', '公安', 'Police'],
      ['social-security', '人社', 'SocialSecurity'],
    ]);
    expect(graph.sections.get('PoliceRecord')).toBe('Resident.police');
    expect(graph.sections.get('PoliceHousehold')).toBe('Resident.police');
    expect(graph.sections.get('JusticeParty')).toBe('Resident.justice');
  });

  test('say how their systems are reached, with what is not said filled in', () => {
    expect(graph.sources.get('civil-affairs-registry')).toEqual({
      name: 'civil-affairs-registry',
      department: 'civil-affairs',
      kind: 'http',
      credential: 'civil-affairs-registry',
      deadlineMs: 3000,
      concurrency: 4,
      batch: 500,
      maxResponseBytes: 16_777_216,
      columnCharsets: {},
    });
    expect(graph.sources.get('police-population')).toMatchObject({ kind: 'postgres', batch: 1000 });
  });

  test('are the authorities for the resident’s elements', () => {
    const ofResidents = [...graph.elements].filter(([element]) => element.startsWith('Resident.'));
    expect(Object.fromEntries(ofResidents)).toEqual({
      'Resident.citizenId': 'PoliceRecord.citizenId',
      'Resident.name': 'PoliceRecord.name',
      'Resident.sex': 'PoliceRecord.sex',
      'Resident.birthDate': 'PoliceRecord.birthDate',
      'Resident.age': 'PoliceRecord.age',
      'Resident.isMinor': 'PoliceRecord.isMinor',
      'Resident.ethnicity': 'PoliceRecord.ethnicity',
      'Resident.divisionCode': 'PoliceRecord.divisionCode',
      'Resident.address': 'PoliceRecord.address',
      'Resident.maritalStatus': 'CivilAffairsRecord.maritalStatus',
      'Resident.household': 'PoliceRecord.registeredHousehold',
      'Resident.dwelling': 'PoliceResidence.dwelling',
      'Resident.livesAlone': 'PoliceResidence.livesAlone',
    });
  });
});

test('what several departments state of the same element is known, the authority first', () => {
  expect(Object.fromEntries(graph.statements)).toEqual({
    'Resident.name': [
      'PoliceRecord.name',
      'CivilAffairsRecord.name',
      'JusticeRecord.name',
      'PoliceResidencePermit.name',
      'SocialSecurityRecord.name',
    ],
    'Resident.sex': ['PoliceRecord.sex', 'PoliceResidencePermit.sex'],
    'Resident.birthDate': ['PoliceRecord.birthDate', 'PoliceResidencePermit.birthDate'],
    'Resident.address': ['PoliceRecord.address', 'PoliceHousehold.address'],
  });
});

describe('a mapping', () => {
  test('of a column carries its codes, its format and its terms', () => {
    expect(fieldOf(graph, 'column', 'PoliceRecord.birthDate')).toEqual({
      searchElement: 'Resident.birthDate',
      kind: 'column',
      coordinate: 'PoliceRecord.birthDate',
      parentType: 'PoliceRecord',
      name: 'birthDate',
      typeName: 'Date',
      department: 'police',
      columns: { '*': { column: 'csrq', format: 'yyyyMMdd' } },
      share: { as: 'CONDITIONAL', level: 2, mask: 'YEAR', isGate: true },
      element: 'Resident.birthDate',
      isFilterable: true,
    });
    expect(fieldOf(graph, 'column', 'PoliceRecord.watchFlag').share).toEqual({
      as: 'NON_SHARED',
      level: 4,
      basis: '《中华人民共和国居民身份证法》第六条、第十九条',
      isGate: false,
    });
    expect(fieldOf(graph, 'column', 'PoliceRecord.age')).toMatchObject({ derive: 'AGE', typeName: 'Int' });
  });

  test('of coded values takes the enum’s own national codes, the department’s table, or the hub’s', () => {
    const sex = fieldOf(graph, 'column', 'PoliceRecord.sex').columns['*']?.codes;
    expect(sex).toEqual({ 0: 'UNKNOWN', 1: 'MALE', 2: 'FEMALE', 9: 'UNSTATED' });
    const marital = fieldOf(graph, 'column', 'CivilAffairsRecord.maritalStatus').columns['*'];
    expect(marital).toMatchObject({ column: 'marital.code', codes: { 21: 'MARRIED', 90: 'UNSTATED' } });
    const kind = fieldOf(graph, 'column', 'PoliceRecord.registrationType').columns['*']?.codes;
    expect(kind).toEqual({ '01': 'FAMILY', '02': 'COLLECTIVE', '03': 'UNSETTLED' });
    const ethnicity = fieldOf(graph, 'column', 'PoliceRecord.ethnicity').columns['*']?.codes ?? {};
    expect(Object.keys(ethnicity)).toHaveLength(58);
    expect(ethnicity).toMatchObject({ '01': '汉', '15': '土家', '56': '基诺', 97: '其他' });
  });

  test('of a nested object is absolute within the row, of a nested list relative to its items', () => {
    expect(fieldOf(graph, 'embedded', 'CivilAffairsRecord.assistance')).toMatchObject({
      isList: false,
      path: 'assistance',
    });
    const monthly = fieldOf(graph, 'column', 'CivilAffairsAssistance.monthlyYuan');
    expect(monthly.columns).toEqual({ '*': { column: 'assistance.amount', format: 'fen' } });
    expect(fieldOf(graph, 'embedded', 'JusticeMediationCase.parties')).toMatchObject({
      isList: true,
      path: 'parties',
    });
    expect(fieldOf(graph, 'column', 'JusticeParty.role').columns).toEqual({ '*': { column: 'role' } });
  });

  test('of a record found by type and number of an identifier has a key of two columns', () => {
    const { rows, connects } = fieldOf(graph, 'connect', 'Resident.justice');
    expect(rows).toBe('ONE');
    expect(connects[0]?.target).toEqual({ kind: 'graphql', entities: 'Person', batch: 200, filters: [] });
    expect(connects[0]?.asOf).toEqual({ column: 'updatedAt', format: 'ISO' });
    expect(connects[0]?.key).toEqual([
      {
        from: { kind: 'identifierType' },
        column: 'idType',
        forms: ['CANONICAL'],
        codes: {
          CITIZEN_ID: '111',
          PERMANENT_RESIDENCE_ID: '553',
          RESIDENCE_PERMIT_HMT: '516',
          PASSPORT: '414',
        },
      },
      { from: { kind: 'identifierValue' }, column: 'idNumber', forms: ['CANONICAL', 'LOWER_X'] },
    ]);
  });

  test('of a record found by a field of another names that field', () => {
    expect(fieldOf(graph, 'connect', 'PoliceRecord.household').connects[0]?.key).toEqual([
      {
        from: { kind: 'field', coordinate: 'PoliceRecord.householdNumber' },
        column: 'hh',
        forms: ['CANONICAL'],
      },
    ]);
  });

  test('of a list has its order, its bound, and the filters that callers may use', () => {
    const contributions = fieldOf(graph, 'connect', 'SocialSecurityRecord.contributions');
    expect(contributions.filters).toEqual({ insurance: 'SocialSecurityContribution.insurance' });
    expect(contributions.connects[0]).toMatchObject({
      maxRows: 600,
      order: [
        { column: 'aae003', direction: 'DESC' },
        { column: 'aae140', direction: 'ASC' },
      ],
      target: {
        path: '/v2/contributions/query',
        body: { aac002: '$keys', fields: '$columns', pageNum: '$page', pageSize: '$pageSize' },
        success: { path: 'status', values: ['200'] },
        paging: { kind: 'PAGE', size: 5000, maxPages: 100, total: 'data.total', firstPage: 1 },
        filters: [{ column: 'aae140', op: 'eq', param: 'aae140' }],
      },
    });
    const cases = fieldOf(graph, 'connect', 'JusticeRecord.mediationCases');
    expect(cases.filters).toEqual({ caseNumber: 'JusticeMediationCase.caseNumber' });
  });

  test('keeps sealed rows at the source by a filter that the source can apply', () => {
    const penalties = fieldOf(graph, 'connect', 'PoliceRecord.penalties').connects[0];
    expect(penalties?.where).toEqual([{ column: 'fcbz', op: 'eq', values: ['0'] }]);
    const corrections = fieldOf(graph, 'connect', 'JusticeRecord.communityCorrections').connects[0];
    expect(corrections?.where).toEqual([{ column: 'sealed', op: 'in', values: ['N'] }]);
  });

  test('has the hub’s own fields on each record, and on no nested object', () => {
    for (const name of ['department', 'source', 'asOf', 'readAt'] as const) {
      expect(fieldOf(graph, 'meta', `PolicePenalty.${name}`).department).toBe('police');
      expect(graph.fields.has(`JusticeParty.${name}`)).toBe(false);
    }
  });
});

test('the graph cannot be changed by those who read it', () => {
  const { columns } = fieldOf(graph, 'column', 'PoliceRecord.sex');
  expect(() => Object.assign(columns['*'] ?? {}, { column: 'xm' })).toThrow(TypeError);
  expect(() => Object.assign(columns['*']?.codes ?? {}, { 1: 'FEMALE' })).toThrow(TypeError);
  expect(() => Object.assign(graph, { version: '' })).toThrow(TypeError);
  // What somebody would have to write who wants to change it all the same.
  expect(() => (graph.fields as Map<string, unknown>).clear()).toThrow(TypeError);
});

describe('the version', () => {
  test('stays with the order, the names and the layout of the files, and goes with their meaning', () => {
    const turned = composeGraph({
      core: [...founding.core].reverse(),
      sources: [...founding.sources].reverse().map(({ name, text }) => ({
        name: `renamed-${name}`,
        text: `# a comment\n${text.replaceAll('\n', '\n\n  ')}`,
      })),
    });
    expect(graphOf(turned).version).toBe(graph.version);
    expect(graph.version).toMatch(/^sha256:[0-9a-f]{64}$/);
    const [first, ...others] = founding.sources.map(({ text }) => text);
    const changed = composeSources(first?.replace('level: 3', 'level: 2') ?? '', ...others);
    expect(graphOf(changed).version).not.toBe(graph.version);
  });
});

test('the police’s two registers are listed one after the other, and searched by the same elements', () => {
  expect(graph.registers.map(({ kind, connect }) => [kind, connect.coordinate])).toEqual([
    ['REGISTERED', 'Resident.police'],
    ['FLOATING', 'PoliceRecord.residencePermit'],
  ]);
  expect(graph.registers.map(({ elements }) => elements)).toEqual([
    {
      name: 'PoliceRecord.name',
      sex: 'PoliceRecord.sex',
      birthDate: 'PoliceRecord.birthDate',
      divisionCode: 'PoliceRecord.divisionCode',
    },
    {
      name: 'PoliceResidencePermit.name',
      sex: 'PoliceResidencePermit.sex',
      birthDate: 'PoliceResidencePermit.birthDate',
      divisionCode: 'PoliceResidencePermit.divisionCode',
    },
  ]);
});
