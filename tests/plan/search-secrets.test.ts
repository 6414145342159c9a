import { describe, expect, it } from 'vitest';
import { hubGraph } from '../support/hub-graph.ts';
import type { StoredRow, Tables } from '../support/recording-connector.ts';
import { citizenId } from '../support/residents.ts';
import { codes, comparable, execute, type RunOptions } from '../support/run-operation.ts';
import { policeRow } from '../support/sample-tables.ts';
import {
  createTablePolicy,
  deny,
  inRegion,
  masked,
  permit,
  permitAllBut,
  permitIf,
} from '../support/table-policy.ts';
import { type SearchAttempt, searchAttempts, secret } from './search-attempts.ts';

/** Two worlds that differ in nothing but what the caller may not know of: values of denied and masked fields, people out of scope. */
const worlds = { with: worldOf(true), without: worldOf(false) };

const searches = {
  'Resident.police#search': permitIf(inRegion),
  'Resident.police#count': permit,
  'PoliceRecord.residencePermit#search': permit,
  'PoliceRecord.residencePermit#count': permit,
};

const strict: RunOptions = {
  policy: createTablePolicy({
    ...permitAllBut(hubGraph, {
      'PoliceRecord.name': deny,
      'PoliceRecord.birthDate': masked('YEAR'),
      // Granted apart from the birth date that they are computed of.
      'PoliceRecord.age': deny,
      'PoliceRecord.isMinor': deny,
      'PoliceRecord.registrationType': { effect: 'DENY', rule: 'share:NON_SHARED', reason: 'NOT_SHARED' },
    }),
    ...searches,
  }),
  subject: { region: '330106' },
};
const open: RunOptions = {
  policy: createTablePolicy({ ...permitAllBut(hubGraph, {}), ...searches }),
  subject: { region: '330106' },
};

describe('a search reveals nothing about a field that the caller may not read', () => {
  it('tries at least thirty ways', () => {
    expect(searchAttempts.length).toBeGreaterThanOrEqual(30);
  });

  it.each(searchAttempts.map((attempt) => [attempt.what, attempt] as const))('%s', async (_, attempt) => {
    const [one, other] = await Promise.all([
      run(attempt, worlds.with, strict),
      run(attempt, worlds.without, strict),
    ]);
    // Byte for byte: people, totals, page information, cursors, errors.
    expect(comparable(one)).toBe(comparable(other));
    expect(one.unknown).toEqual([]);
    expect(one.text).not.toContain(secret.name);
    expect(one.story.reads).toEqual(other.story.reads);
  });

  it.each(
    searchAttempts.filter(({ isBlind }) => !isBlind).map((attempt) => [attempt.what, attempt] as const),
  )('and would tell it to who may read it: %s', async (_, attempt) => {
    const [one, other] = await Promise.all([
      run(attempt, worlds.with, open),
      run(attempt, worlds.without, open),
    ]);
    expect(comparable(one)).not.toBe(comparable(other));
  });

  it('a filter that is not available is refused as the reading of its field is, and no list is read for it', async () => {
    const where = { name: { eq: secret.name } };
    const refused = await run({ what: '', where }, worlds.with, strict);
    const read = await execute(
      'query($i: ResidentIdentifier!) { resident(identifier: $i) { police { name } } }',
      { i: { value: citizenId(1) } },
      { ...strict, tables: worlds.with },
    );
    const [error] = refused.errors.filter(
      ({ extensions }) => extensions?.['coordinate'] === 'PoliceRecord.name',
    );
    expect(error?.extensions).toMatchObject({
      code: 'FILTER_NOT_AVAILABLE',
      rule: read.errors[0]?.extensions?.['rule'],
    });
    expect(refused.lists.map(({ request }) => request.entity)).not.toContain('PoliceRecord');
  });

  it.each<[what: string, where: unknown, filter: string]>([
    ['denied', { name: { eq: secret.name } }, 'PoliceRecord.name#filter'],
    ['masked', { birthDate: { eq: secret.birthDate } }, 'PoliceRecord.birthDate#filter'],
    [
      'not shared',
      { policeRecord: { registrationType: { eq: 'COLLECTIVE' } } },
      'PoliceRecord.registrationType#filter',
    ],
  ])(
    'a refused filter by a %s field is on record as refused, and its value is not',
    async (_, where, filter) => {
      const { story, errors } = await run(
        { what: '', where, selection: 'nodes { birthDate }' },
        worlds.with,
        strict,
      );
      const [error] = errors.filter(({ extensions }) => extensions?.['code'] === 'FILTER_NOT_AVAILABLE');
      expect(story.decisions).toContainEqual({
        coordinate: filter,
        effect: 'DENY',
        rule: error?.extensions?.['rule'],
      });
      expect(story.errors.get('FILTER_NOT_AVAILABLE')).toBe(1);
      expect(JSON.stringify(story.decisions)).not.toMatch(/欧阳|1976|COLLECTIVE/);
    },
  );

  it('a refused filter of a list is on record too', async () => {
    const { story } = await execute(
      'query($i: ResidentIdentifier!) { resident(identifier: $i) { socialSecurity { contributions(insurance: PENSION) { month } } } }',
      { i: { value: citizenId(1) } },
      {
        ...strict,
        policy: createTablePolicy(permitAllBut(hubGraph, { 'SocialSecurityContribution.insurance': deny })),
      },
    );
    expect(story.decisions).toContainEqual({
      coordinate: 'SocialSecurityContribution.insurance#filter',
      effect: 'DENY',
      rule: expect.any(String),
    });
  });

  it('whoever may read a field of some rows finds by it in those rows alone', async () => {
    const scoped = {
      ...strict,
      policy: createTablePolicy({
        ...permitAllBut(hubGraph, { 'PoliceRecord.name': permitIf(inRegion) }),
        ...searches,
        'Resident.police#search': permit,
      }),
    };
    const attempt = { what: '', where: { policeRecord: { name: { prefix: '欧' } } } };
    const [one, other] = await Promise.all([
      run(attempt, { ...worlds.with, PoliceRecord: [outsider('欧阳甲')] }, scoped),
      run(attempt, { ...worlds.with, PoliceRecord: [outsider('赵甲')] }, scoped),
    ]);
    expect(comparable(one)).toBe(comparable(other));
    expect(one.data.searchResidents.nodes).toEqual([]);
  });

  it('a rule that needs another source refuses the list, and says so', async () => {
    const gated = permitIf({ op: 'eq', attribute: 'CivilAffairsRecord.maritalStatus', value: 'WIDOWED' });
    const policy = createTablePolicy({
      ...permitAllBut(hubGraph, {}),
      ...searches,
      'Resident.police#search': gated,
    });
    const run = await execute(
      '{ searchResidents { nodes { id } } }',
      {},
      { ...strict, policy, tables: worlds.with },
    );
    const [error] = run.errors;
    expect(error?.extensions).toMatchObject({
      code: 'FIELD_DENIED',
      reason: 'UNSUPPORTED_SCOPE',
      coordinate: 'Resident.police#search',
    });
    expect(run.lists.map(({ request }) => request.entity)).not.toContain('PoliceRecord');
  });

  it('a source that ignores the filter shows nobody whom it should not', async () => {
    const behaviours = { 'police-population': { ignoresFilters: true } };
    const attempt = { what: '', where: { sex: { eq: 'MALE' } }, selection: 'nodes { id }' };
    const honest = await run(attempt, worlds.with, strict);
    const careless = await run(attempt, worlds.with, { ...strict, behaviours });
    expect(careless.data).toEqual(honest.data);
  });

  it('a total that may not be told, or is not to be had, is null and harms no page', async () => {
    const source = '{ searchResidents { totalCount nodes { id } } }';
    const policy = createTablePolicy({
      ...permitAllBut(hubGraph, {}),
      ...searches,
      'Resident.police#count': deny,
    });
    const denied = await execute(source, {}, { ...strict, policy, tables: worlds.with });
    expect(denied.data.searchResidents.totalCount).toBeNull();
    expect(denied.data.searchResidents.nodes).not.toHaveLength(0);
    expect(codes(denied)).toEqual(['FIELD_DENIED']);
    expect(denied.lists.every(({ request }) => 'limit' in request)).toBe(true);
    const behaviours = { 'police-population': { failsToCount: new Error('down') } };
    const failed = await execute(source, {}, { ...open, behaviours, tables: worlds.with });
    expect(failed.data.searchResidents.totalCount).toBeNull();
    expect(failed.data.searchResidents.nodes).toEqual(denied.data.searchResidents.nodes);
    expect(new Set(codes(failed))).toEqual(new Set(['SOURCE_FAULT']));
  });

  it('a cursor that has expired leads nowhere', async () => {
    const source =
      'query($a: String) { searchResidents(first: 1, after: $a) { nodes { id } pageInfo { endCursor } } }';
    const first = await execute(source, {}, { ...open, tables: worlds.with });
    const a = first.data.searchResidents.pageInfo.endCursor;
    const at = (minutes: number) => new Date(Date.parse('2026-03-01T04:00:00Z') + minutes * 60_000);
    const soon = await execute(source, { a }, { ...open, tables: worlds.with, now: at(14) });
    expect(soon.data.searchResidents.nodes).toHaveLength(1);
    const late = await execute(source, { a }, { ...open, tables: worlds.with, now: at(15) });
    expect(codes(late)).toEqual(['CURSOR_INVALID']);
  });
});

function run(attempt: SearchAttempt, tables: Tables, options: RunOptions) {
  const { where, literal, selection = 'totalCount nodes { id }', first = 20, source, variables } = attempt;
  if (source !== undefined) return execute(source, variables ?? {}, { ...options, tables });
  const args = literal === undefined ? 'where: $w' : `where: ${literal}`;
  const head = literal === undefined ? 'query($w: ResidentFilter, $f: Int)' : 'query($f: Int)';
  return execute(
    `${head} { searchResidents(${args}, first: $f) { ${selection} } }`,
    { f: first, ...(literal === undefined ? { w: where } : {}) },
    { ...options, tables },
  );
}

function worldOf(isMatching: boolean): Tables {
  const rows = Array.from({ length: 5 }, (_, n) => inRegionRow(n + 1));
  const [first, ...rest] = rows;
  const target = {
    ...first,
    xm: isMatching ? secret.name : '赵钱',
    csrq: isMatching ? '19760704' : '19760203',
    hklb: isMatching ? '02' : '01',
  };
  return {
    PoliceRecord: [target, ...rest, ...(isMatching ? [outsider(secret.name)] : [])],
    PoliceResidencePermit: [permitRow(7), permitRow(2)],
  };
}

function inRegionRow(n: number): StoredRow {
  return { ...policeRow(citizenId(n), n), csrq: '19760102', qhdm: '330106001001', xbdm: '1' };
}

function outsider(name: string): StoredRow {
  return {
    ...policeRow(citizenId(9), 9),
    xm: name,
    csrq: '19760704',
    hklb: '02',
    qhdm: '510104001001',
    xbdm: '1',
  };
}

function permitRow(n: number): StoredRow {
  return {
    gmsfhm: citizenId(n),
    xm: `流动${n}`,
    xbdm: '1',
    csrq: '19800101',
    xzdqh: '330106001001',
    jzsy: '01',
  };
}
