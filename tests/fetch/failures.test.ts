import { describe, expect, it } from 'vitest';
import { HubError } from '../../src/errors.ts';
import { hubGraph } from '../support/hub-graph.ts';
import { noLists } from '../support/no-lists.ts';
import type { StoredRow } from '../support/recording-connector.ts';
import { citizenIds, identifiers } from '../support/residents.ts';
import { execute, type Run, type RunOptions } from '../support/run-operation.ts';
import { sampleTables } from '../support/sample-tables.ts';
import { deny, inRegion, permitAllBut, permitIf } from '../support/table-policy.ts';

const ids = citizenIds(4);
const [one = '', two = ''] = ids;
const tables = sampleTables(ids);
const all = permitAllBut(hubGraph, {});
const down = new HubError('SOURCE_UNAVAILABLE');

function run(selection: string, options: RunOptions = {}, residents: readonly string[] = ids): Promise<Run> {
  const source = `query($is: [ResidentIdentifier!]!) { residents(identifiers: $is) { ${selection} } }`;
  return execute(source, { is: identifiers(residents) }, { tables, decisions: all, ...options });
}

function told({ errors }: Run): unknown[] {
  return errors.map(({ extensions: { code, coordinate, count, responsePath, responsePaths } = {} }) => [
    code,
    coordinate,
    count,
    responsePaths ?? responsePath,
  ]);
}

function withPolice(row: StoredRow): RunOptions {
  return {
    tables: {
      ...tables,
      PoliceRecord: [
        { gmsfhm: one, xm: '某人', ...row },
        { gmsfhm: two, xm: '另一人', csrq: '19800101', xbdm: '1' },
      ],
    },
  };
}

describe('the three nulls', () => {
  it('are told apart', async () => {
    const options: RunOptions = {
      decisions: permitAllBut(hubGraph, { 'PoliceRecord.phone': deny }),
      behaviours: { 'justice-cases': { failure: down } },
    };
    // The fourth resident is not registered: no word of it.
    const result = await run('police { sex phone } justice { name }', options);
    expect(result.data.residents[3]).toEqual({ police: null, justice: null });
    expect(result.data.residents[0]).toEqual({ police: { sex: 'MALE', phone: null }, justice: null });
    expect(told(result)).toEqual([
      ['FIELD_DENIED', 'PoliceRecord.phone', undefined, 'residents.*.police.phone'],
      ['SOURCE_UNAVAILABLE', 'Resident.justice', 4, 'residents.*.justice'],
    ]);
  });

  it('a denial says which rule, why, and how to apply', async () => {
    const { errors } = await run('police { phone }', { decisions: {} });
    expect(errors[0]?.extensions).toMatchObject({
      rule: 'default-deny',
      reason: 'NO_AGREEMENT',
      howToApply: expect.stringContaining('申请'),
    });
    expect(errors[0]?.message).toMatch(/^未获授权.*not granted/);
  });

  it('an empty list is no rows; a list that is denied or unreadable is null', async () => {
    const shown = async (options: RunOptions) =>
      (await run('socialSecurity { status contributions { month } }', options, [one])).data.residents[0]
        .socialSecurity.contributions;
    expect(await shown({ tables: { ...tables, SocialSecurityContribution: [] } })).toEqual([]);
    expect(
      await shown({ decisions: permitAllBut(hubGraph, { 'SocialSecurityContribution.month': deny }) }),
    ).toBeNull();
    expect(
      await shown({
        behaviours: {
          'social-security-insurance': { failure: down, failsFor: 'SocialSecurityContribution' },
        },
      }),
    ).toBeNull();
  });
});

describe('one error for each coordinate and code', () => {
  it('counts the residents, whatever the number of fields, rules and reads behind it', async () => {
    const options: RunOptions = {
      decisions: permitAllBut(hubGraph, {
        'PoliceRecord.name': permitIf(inRegion),
        'PoliceRecord.birthDate': permitIf({ op: 'eq', attribute: 'PoliceRecord.sex', value: 'MALE' }),
      }),
      subject: { region: '3301' },
      behaviours: { 'police-population': { failure: down } },
    };
    const result = await run('name police { name sex birthDate }', options);
    expect(told(result)).toEqual([
      ['SOURCE_UNAVAILABLE', 'Resident.name', 4, 'residents.*.name'],
      ['SOURCE_UNAVAILABLE', 'Resident.police', 4, 'residents.*.police'],
    ]);
    expect(Object.fromEntries(result.story.errors)).toEqual({ SOURCE_UNAVAILABLE: 8 });
  });

  it('names every place of the answer, eight at most', async () => {
    const aliases = Array.from({ length: 20 }, (_, n) => `p${n}: police { phone }`).join(' ');
    const { errors } = await run(aliases, { decisions: {} });
    expect(errors).toHaveLength(1);
    expect(errors[0]?.extensions?.['responsePaths']).toEqual(
      Array.from({ length: 8 }, (_, n) => `residents.*.p${n}.phone`),
    );
  });

  it('names places in the list of sections as the answer has them', async () => {
    const result = await run('s: sections { ... on PoliceRecord { phone household { headName } } }', {
      decisions: {},
    });
    expect(told(result)).toEqual([
      ['FIELD_DENIED', 'PoliceRecord.phone', undefined, 'residents.*.s.*.phone'],
      ['FIELD_DENIED', 'PoliceHousehold.headName', undefined, 'residents.*.s.*.household.headName'],
    ]);
  });

  it('names places in lists', async () => {
    const result = await run('justice { c: mediationCases { parties { name } } }', {
      decisions: permitAllBut(hubGraph, { 'JusticeParty.name': deny }),
    });
    expect(told(result)).toEqual([
      ['FIELD_DENIED', 'JusticeParty.name', undefined, 'residents.*.justice.c.*.parties.*.name'],
    ]);
  });

  it('sums up what the record is told', async () => {
    const result = await run('police { sex } justice { name }', {
      behaviours: { 'justice-cases': { failure: down } },
    });
    expect(Object.fromEntries(result.story.errors)).toEqual({ SOURCE_UNAVAILABLE: 4 });
    expect(
      result.story.reads.map(({ source, outcome, keys, rows }) => [source, outcome, keys, rows]),
    ).toEqual([
      ['police-population', 'OK', 4, 3],
      ['justice-cases', 'SOURCE_UNAVAILABLE', 4, 0],
    ]);
  });
});

describe('a department that fails', () => {
  it.each([...hubGraph.sources.keys()])('%s leaves the rest of the answer as it was', async (source) => {
    const selection =
      'maritalStatus police { sex household { headName } penalties { cause } } civilAffairs { name marriages { registrar } } socialSecurity { status contributions { month } } justice { name mediationCases { dispute } }';
    const whole = await run(selection);
    const broken = await run(selection, { behaviours: { [source]: { failure: down } } });
    const { department } = hubGraph.sources.get(source) ?? {};
    const own: Record<string, string> = {
      police: 'police',
      'civil-affairs': 'civilAffairs',
      'social-security': 'socialSecurity',
      justice: 'justice',
    };
    const field = own[department ?? ''] ?? '';
    whole.data.residents.forEach((resident: Record<string, unknown>, n: number) => {
      const expected = {
        ...resident,
        [field]: null,
        ...(department === 'civil-affairs' ? { maritalStatus: null } : {}),
      };
      expect(broken.data.residents[n]).toEqual(expected);
    });
    expect(broken.errors.length).toBeGreaterThan(0);
    expect(broken.unknown).toEqual([]);
  });

  it('all of them at once still give an answer', async () => {
    const behaviours = Object.fromEntries(
      [...hubGraph.sources.keys()].map((name) => [name, { failure: down }]),
    );
    const { data, errors, unknown } = await run('id name police { sex } sections { department }', {
      behaviours,
    });
    expect(unknown).toEqual([]);
    expect(data.residents[0]).toEqual({ id: expect.any(String), name: null, police: null, sections: [] });
    expect(new Set(errors.map(({ extensions }) => extensions?.['code']))).toEqual(
      new Set(['SOURCE_UNAVAILABLE']),
    );
  });

  it('its parent record stays, without what could not be read', async () => {
    const { data } = await run(
      'police { sex penalties { cause } household { headName } }',
      { behaviours: { 'police-population': { failure: down, failsFor: 'PolicePenalty' } } },
      [one],
    );
    expect(data.residents[0].police).toEqual({
      sex: 'MALE',
      penalties: null,
      household: { headName: '户主0' },
    });
  });

  it('a deadline that passed ends the request, without data', async () => {
    const { data, errors } = await run('police { sex }', {
      signal: AbortSignal.abort(new HubError('DEADLINE_EXCEEDED')),
    });
    expect(data).toBeUndefined();
    expect(errors.map(({ extensions }) => extensions?.['code'])).toEqual(['DEADLINE_EXCEEDED']);
  });
});

describe('rows that cannot be right', () => {
  it('two where one was declared are a fault of that resident only', async () => {
    const rows = [
      { gmsfhm: one, xm: '甲' },
      { gmsfhm: one, xm: '乙' },
      { gmsfhm: two, xm: '丙' },
    ];
    const result = await run('name police { name }', { tables: { PoliceRecord: rows } }, [one, two]);
    expect(result.data.residents).toEqual([
      { name: null, police: null },
      { name: '丙', police: { name: '丙' } },
    ]);
    expect(told(result)).toEqual([
      ['SOURCE_FAULT', 'Resident.name', 1, 'residents.*.name'],
      ['SOURCE_FAULT', 'Resident.police', 1, 'residents.*.police'],
    ]);
    expect(result.text).not.toMatch(/甲|乙/);
  });

  it('two that are the same are one', async () => {
    const { data, errors, reads } = await run(
      'police { name }',
      {
        tables: {
          PoliceRecord: [
            { gmsfhm: one, xm: '甲' },
            { gmsfhm: one, xm: '甲' },
          ],
        },
      },
      [one],
    );
    expect(reads[0]?.request.rows).toBe('ONE');
    expect([data.residents[0].police, errors]).toEqual([{ name: '甲' }, []]);
  });

  it.each<[what: string, row: StoredRow, field: string]>([
    ['a list for a text', { xm: ['某人'] }, 'name'],
    ['an object for a text', { xm: { text: '某人' } }, 'name'],
    ['true for a text', { xm: true }, 'name'],
    ['a list for a date', { csrq: [1990, 5, 6] }, 'birthDate'],
    ['an object for a code', { xbdm: { code: '1' } }, 'sex'],
    ['an object for what an age is made of', { csrq: {} }, 'age'],
  ])('%s is null and SOURCE_FAULT', async (_, row, field) => {
    const result = await run(`police { ${field} registrationType }`, withPolice({ hklb: '01', ...row }), [
      one,
    ]);
    expect(result.data.residents[0].police).toEqual({ [field]: null, registrationType: 'FAMILY' });
    expect(told(result)).toEqual([
      ['SOURCE_FAULT', `PoliceRecord.${field}`, 1, `residents.*.police.${field}`],
    ]);
    expect(result.unknown).toEqual([]);
  });

  it.each<[what: string, row: StoredRow, field: string]>([
    ['an unknown code', { xbdm: '7' }, 'sex'],
    ['a date that does not exist', { csrq: '19900230' }, 'birthDate'],
    ['a date of zeros', { csrq: '00000000' }, 'birthDate'],
    ['a birth date to come', { csrq: '20990101' }, 'age'],
    ['an empty text', { xm: '' }, 'name'],
    ['blanks', { xm: '  ' }, 'name'],
    ['an update time that does not exist', { gxsj: '20261301000000' }, 'asOf'],
    ['an update time of another kind', { gxsj: [1] }, 'asOf'],
  ])('%s is null, and no error', async (_, row, field) => {
    const { data, errors, unknown } = await run(
      `police { ${field} registrationType }`,
      withPolice({ hklb: '01', ...row }),
      [one],
    );
    expect(data.residents[0].police).toEqual({ [field]: null, registrationType: 'FAMILY' });
    expect([errors, unknown]).toEqual([[], []]);
  });

  it('a number that GraphQL could not write is null, and no internal error', async () => {
    const rows = [{ idType: '111', idNumber: one, legalAid: { count: 99_999_999_999 } }];
    const { data, errors, unknown } = await run(
      'justice { legalAidCount }',
      { tables: { JusticeRecord: rows } },
      [one],
    );
    expect(data.residents[0].justice).toEqual({ legalAidCount: null });
    expect([errors, unknown]).toEqual([[], []]);
  });

  it.each<[what: string, key: number]>([
    ['beyond the keys', 7],
    ['negative', -1],
    ['no whole number', 0.5],
    ['no number', Number.NaN],
  ])('a row for nobody who was asked (%s) is nobody’s', async (_, key) => {
    const connectors = new Map(
      [...hubGraph.sources.keys()].map((source) => [
        source,
        {
          source,
          kind: 'http' as const,
          read: async () => ({
            rows: [{ key, values: ['别人'] }],
            readAt: '2026-01-01T00:00:00.000Z',
            reads: 1,
            findings: {},
          }),
          ...noLists,
          probe: async () => ({ ok: true, notes: [] }),
          close: async () => {},
        },
      ]),
    );
    const { text, data } = await run('police { name }', { connectors }, [one]);
    expect(data.residents).toEqual([{ police: null }]);
    expect(text).not.toContain('别人');
  });

  it('an answer of the wrong shape is a fault of its source', async () => {
    for (const answer of [null, {}, { rows: null }, { rows: [null] }, { rows: [{ key: 0 }] }, 'html']) {
      const connectors = new Map(
        [...hubGraph.sources.keys()].map((source) => [
          source,
          {
            source,
            kind: 'http' as const,
            // A connector with a mistake, which its type would not allow.
            read: async () => answer as never,
            ...noLists,
            probe: async () => ({ ok: true, notes: [] }),
            close: async () => {},
          },
        ]),
      );
      const { data, errors, unknown } = await run('name police { name }', { connectors }, [one]);
      expect(unknown, JSON.stringify(answer)).toEqual([]);
      expect(data.residents[0], JSON.stringify(answer)).toMatchObject({ name: null });
      expect(errors.every(({ extensions }) => extensions?.['code'] === 'SOURCE_FAULT')).toBe(true);
    }
  });
});

describe('the record section', () => {
  it('says which department, which source, as of when and when it was read', async () => {
    const { data } = await run(
      'police { department source asOf readAt } civilAffairs { asOf } socialSecurity { asOf }',
      {},
      [one],
    );
    expect(data.residents[0]).toEqual({
      police: {
        department: '公安',
        source: 'police-population',
        asOf: '2026-01-01T00:00:00.000Z',
        readAt: '2026-01-02T03:04:05.678Z',
      },
      civilAffairs: { asOf: '2026-01-01T00:00:00.000Z' },
      socialSecurity: { asOf: null },
    });
  });

  it('of a record of which nothing may be read is denied, once', async () => {
    const decisions = Object.fromEntries(
      Object.entries(all).filter(([coordinate]) => !coordinate.startsWith('Police')),
    );
    const result = await run('police { department asOf __typename } justice { department }', { decisions }, [
      one,
    ]);
    expect(result.data.residents[0]).toEqual({ police: null, justice: { department: '司法行政' } });
    expect(told(result)).toEqual([['FIELD_DENIED', 'Resident.police', undefined, 'residents.*.police']]);
    expect(result.reads.map(({ source }) => source)).toEqual(['justice-cases']);
  });

  it('of the list of sections stays unsaid where nothing may be read', async () => {
    const decisions = Object.fromEntries(
      Object.entries(all).filter(([coordinate]) => !coordinate.startsWith('Police')),
    );
    const result = await run('sections { department }', { decisions }, [one]);
    expect(result.data.residents[0]).toEqual({
      sections: ['民政', '司法行政', '人社'].map((department) => ({ department })),
    });
    expect(told(result)).toEqual([]);
  });

  it('shows existence under the rule of a field, to whoever may read only under one', async () => {
    const decisions = { 'PoliceRecord.sex': permitIf(inRegion), 'PoliceRecord.divisionCode': deny };
    const result = await run('police { __typename }', { decisions, subject: { region: '330106' } });
    expect(result.data.residents).toEqual([
      { police: { __typename: 'PoliceRecord' } },
      { police: null },
      { police: { __typename: 'PoliceRecord' } },
      { police: null },
    ]);
    expect(result.errors).toEqual([]);
  });
});
