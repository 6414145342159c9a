import { describe, expect, it } from 'vitest';
import { HubError } from '../../src/errors.ts';
import { healthGraph } from '../support/health-fixture.ts';
import { noLists } from '../support/no-lists.ts';
import type { RecordedRequest, StoredRow, Tables } from '../support/recording-connector.ts';
import { citizenIds, identifiers } from '../support/residents.ts';
import { codes, execute, type Run, type RunOptions } from '../support/run-operation.ts';
import { permitAllBut } from '../support/table-policy.ts';

const [east = '', west = '', nowhere = '', both = ''] = citizenIds(4);

function index(id: string, pno: string | null, county: string | null): StoredRow {
  return { id_type: 'CITIZEN_ID', id_no: id, pno, county };
}

const perSource: Record<string, Tables> = {
  'health-index': {
    HealthRecord: [
      index(east, 'P1', 'E01'),
      index(west, 'P2', 'W01'),
      index(nowhere, 'P3', 'N01'),
      index(both, 'P1', 'E02'),
    ],
  },
  'health-east': {
    HealthClinic: [{ pno: 'P1', clinic_name: '东院', beds: '12' }],
    HealthCard: [
      { id_no: east, no: 'CARD-E', issuer: '东' },
      { id_no: both, no: 'CARD-B', issuer: '东' },
    ],
    HealthVisit: [
      visit('id_no', east, '20260101', 'A'),
      visit('id_no', east, '20260103', 'B'),
      visit('id_no', both, '20260102', 'A'),
    ],
  },
  'health-west': {
    HealthClinic: [{ patient: { no: 'P2' }, clinic: { name: '西院' }, beds: 7 }],
    HealthCard: [
      { idNo: west, no: 'CARD-W', issuer: '西' },
      { idNo: both, no: 'CARD-W2', issuer: '西' },
    ],
    HealthVisit: [
      { ...visit('idNo', west, '20260105', 'A'), sealed: 'N' },
      { ...visit('idNo', west, '20260106', 'A'), sealed: 'Y' },
      { ...visit('idNo', both, '20260104', 'C'), sealed: 'N' },
    ],
  },
};

function visit(key: string, id: string, day: string, ward: string): StoredRow {
  return { [key]: id, day, ward, blood: 'A1', urgent: '是', fee: 1250 };
}

const down = new HubError('SOURCE_UNAVAILABLE');

function run(selection: string, options: RunOptions = {}): Promise<Run> {
  const header = selection.includes('$ward') ? ', $ward: String' : '';
  const source = `query($is: [ResidentIdentifier!]!${header}) { residents(identifiers: $is) { health { ${selection} } } }`;
  return execute(
    source,
    { is: identifiers([east, west, nowhere, both]) },
    {
      graph: healthGraph,
      decisions: permitAllBut(healthGraph, {}),
      tables: (name) => perSource[name] ?? {},
      ...options,
    },
  );
}

function told(reads: readonly RecordedRequest[]): string[] {
  return reads
    .map(
      ({ source, request }) =>
        `${source} ${request.entity}(${request.columns.join(',')}) ${request.keys.map((key) => key.join('+')).join(' ')}`,
    )
    .sort();
}

describe('several sources of one type', () => {
  it('routed: each is asked about its own residents, by its own columns', async () => {
    const { data, errors, reads } = await run('clinic { name beds source }');
    expect(errors).toEqual([]);
    expect(told(reads)).toEqual([
      'health-east HealthClinic(clinic_name,beds) P1',
      `health-index HealthRecord(pno,county) ${[east, west, nowhere, both].map((id) => `CITIZEN_ID+${id}`).join(' ')}`,
      'health-west HealthClinic(clinic.name,beds) P2',
    ]);
    const eastern = { name: '东院', beds: 12, source: 'health-east' };
    expect(
      data.residents.map(({ health }: { health: { clinic: unknown } | null }) => health?.clinic),
    ).toEqual([eastern, { name: '西院', beds: 7, source: 'health-west' }, undefined, eastern]);
  });

  it('a key that two residents share is asked once and answers both', async () => {
    const { reads } = await run('clinic { name }');
    expect(
      reads.find(({ source, request }) => source === 'health-east' && request.entity === 'HealthClinic')
        ?.request.keys,
    ).toEqual([['P1']]);
  });

  it('one that is down nulls only its own residents', async () => {
    const { data, errors } = await run('patientNumber clinic { name }', {
      behaviours: { 'health-west': { failure: down } },
    });
    expect(data.residents.map(({ health }: { health: unknown }) => health)).toEqual([
      { patientNumber: 'P1', clinic: { name: '东院' } },
      { patientNumber: 'P2', clinic: null },
      { patientNumber: 'P3', clinic: null },
      { patientNumber: 'P1', clinic: { name: '东院' } },
    ]);
    expect(errors.map(({ extensions }) => extensions)).toEqual([
      {
        code: 'SOURCE_UNAVAILABLE',
        retryable: true,
        coordinate: 'HealthRecord.clinic',
        department: 'health',
        responsePath: 'residents.*.health.clinic',
        // Whoever no source serves is told like its own: else an outage would tell whose county has none.
        count: 2,
      },
    ]);
  });

  it('the index of keys and routes that is down fails what depends on it', async () => {
    const { errors, reads } = await run('clinic { name } visits { ward }', {
      behaviours: { 'health-index': { failure: down } },
    });
    expect(errors.map(({ extensions }) => [extensions?.['coordinate'], extensions?.['count']])).toEqual([
      ['HealthRecord.clinic', 4],
    ]);
    expect(reads.filter(({ request }) => request.entity === 'HealthClinic')).toEqual([]);
  });

  it('not routed: all are asked about everybody', async () => {
    const { data, reads } = await run('card { number }');
    expect(told(reads)).toEqual(
      [east, west, nowhere, both].reduce(
        (texts, id) => texts.map((text) => `${text} ${id}`),
        ['health-east HealthCard(no)', 'health-west HealthCard(no)'],
      ),
    );
    expect(data.residents.slice(0, 3).map(({ health }: { health: unknown }) => health)).toEqual([
      { card: { number: 'CARD-E' } },
      { card: { number: 'CARD-W' } },
      null,
    ]);
  });

  it('not routed: two rows where one was declared are a fault of that resident alone', async () => {
    const { data, errors } = await run('card { number }');
    expect(data.residents[3].health).toBeNull();
    expect(
      errors.map(({ extensions }) => [
        extensions?.['code'],
        extensions?.['coordinate'],
        extensions?.['count'],
      ]),
    ).toEqual([['SOURCE_FAULT', 'HealthRecord.card', 1]]);
  });

  it('not routed and one down: who was found elsewhere is shown, of the others nobody knows', async () => {
    const { data, errors } = await run('card { number }', {
      behaviours: { 'health-west': { failure: down } },
    });
    expect(data.residents.map(({ health }: { health: unknown }) => health)).toEqual([
      { card: { number: 'CARD-E' } },
      null,
      null,
      { card: { number: 'CARD-B' } },
    ]);
    expect(errors.map(({ extensions }) => [extensions?.['code'], extensions?.['count']])).toEqual([
      ['SOURCE_UNAVAILABLE', 2],
    ]);
  });

  it('lists of several sources are whole or not shown', async () => {
    const { data, errors } = await run('visits { day }', {
      behaviours: { 'health-west': { failure: down } },
    });
    expect(data.residents.map(({ health }: { health: unknown }) => health)).toEqual([null, null, null, null]);
    expect(errors.map(({ extensions }) => [extensions?.['code'], extensions?.['count']])).toEqual([
      ['SOURCE_UNAVAILABLE', 4],
    ]);
  });

  it('lists of several sources come in one order, whichever answers first', async () => {
    for (const slow of ['health-east', 'health-west']) {
      let release = () => {};
      const waitsFor = new Promise<void>((resolve) => {
        release = resolve;
      });
      const reads: string[] = [];
      const onRead = ({ source, request }: RecordedRequest) => {
        reads.push(`${source} ${request.entity}`);
        if (reads.filter((read) => read.endsWith('HealthVisit')).length === 2) setImmediate(release);
      };
      const { data } = await run('visits { day ward }', { behaviours: { [slow]: { waitsFor } }, onRead });
      expect(data.residents[3].health.visits, slow).toEqual([
        { day: '2026-01-02', ward: 'A' },
        { day: '2026-01-04', ward: 'C' },
      ]);
    }
  });
});

describe('filters', () => {
  it('mandatory ones are sent with every read, in the form that the source declares', async () => {
    const { reads, text } = await run('visits { day }');
    const filters = reads.map(({ source, request }) => [source, request.where]);
    expect(filters).toContainEqual(['health-west', { op: 'eq', column: 'sealed', value: 'N' }]);
    expect(filters).toContainEqual(['health-east', undefined]);
    expect(text).not.toContain('2026-01-06');
  });

  it('of the caller are sent beside them', async () => {
    const { reads, data } = await run('visits(ward: "A") { day }');
    const filters = reads.map(({ source, request }) => [source, request.where]);
    expect(filters).toContainEqual(['health-east', { op: 'eq', column: 'ward', value: 'A' }]);
    expect(filters).toContainEqual([
      'health-west',
      {
        op: 'and',
        filters: [
          { op: 'eq', column: 'sealed', value: 'N' },
          { op: 'eq', column: 'ward', value: 'A' },
        ],
      },
    ]);
    expect(data.residents[3].health.visits).toEqual([{ day: '2026-01-02' }]);
  });

  it('by a collapsed value ask for all its codes', async () => {
    const { reads } = await run('visits(blood: A) { day }');
    const eastern = reads.find(({ source }) => source === 'health-east');
    expect(eastern?.request.where).toEqual({ op: 'in', column: 'blood', values: ['A1', 'A2'] });
  });

  it.each([['urgent: true'], ['fee: 12.5']])(
    'by %s cannot be said in stored values, which is told instead of an empty list',
    async (filter) => {
      const { data, errors, reads } = await run(`visits(${filter}) { day }`);
      expect(errors.map(({ extensions }) => extensions?.['code'])).toEqual(['FILTER_NOT_AVAILABLE']);
      expect(data.residents[0].health).toBeNull();
      expect(reads).toEqual([]);
    },
  );

  it('whose variable is not given, or null, do not filter', async () => {
    const { reads } = await run('visits(ward: $ward) { day }');
    expect(reads.find(({ source }) => source === 'health-east')?.request.where).toBeUndefined();
  });
});

describe('long lists', () => {
  const many = Array.from({ length: 9 }, (_, n) => visit('id_no', east, `2026010${n + 1}`, 'A'));
  const tables = (name: string): Tables => (name === 'health-east' ? { HealthVisit: many } : {});

  it('are cut where the contract says, and named', async () => {
    const { data, result, reads } = await run('visits { day }', { tables });
    expect(reads.find(({ source }) => source === 'health-east')?.request.maxRowsPerKey).toBe(4);
    expect(data.residents[0].health.visits.map(({ day }: { day: string }) => day)).toEqual([
      '2026-01-09',
      '2026-01-08',
      '2026-01-07',
    ]);
    expect(result.extensions?.['truncated']).toEqual(['HealthRecord.visits']);
  });

  it('of which only the first are wanted are not called cut', async () => {
    const { data, result, reads } = await run('visits(first: 2) { day }', { tables });
    expect(reads.find(({ source }) => source === 'health-east')?.request.maxRowsPerKey).toBe(3);
    expect(data.residents[0].health.visits).toHaveLength(2);
    expect(result.extensions?.['truncated']).toBeUndefined();
  });

  it('of which none is wanted are empty', async () => {
    expect((await run('patientNumber visits(first: 0) { day }')).data.residents[0].health.visits).toEqual([]);
  });

  it('of which more are wanted than the contract allows are cut, and named', async () => {
    const { data, result } = await run('visits(first: 1000) { day }', { tables });
    expect(data.residents[0].health.visits).toHaveLength(3);
    expect(result.extensions?.['truncated']).toEqual(['HealthRecord.visits']);
  });

  it('cannot be wanted less than not at all', async () => {
    const refused = await run('visits(first: -1) { day }');
    expect(codes(refused)).toEqual(['VARIABLE_INVALID']);
    expect(refused.reads).toEqual([]);
  });

  it('that a source makes longer than asked are cut all the same', async () => {
    const { data } = await run('visits(first: 1) { day }', { connectors: generous() });
    expect(data.residents[0].health.visits).toHaveLength(1);
  });
});

/** Sources that do not know how to count. */
function generous(): NonNullable<RunOptions['connectors']> {
  const rows = Array.from({ length: 50 }, () => ({ key: 0, values: ['20260101'] }));
  const names = ['health-index', 'health-east', 'health-west'];
  return new Map(
    names.map((source) => [
      source,
      {
        source,
        kind: 'http' as const,
        read: async () => ({ rows, readAt: '2026-01-01T00:00:00.000Z', reads: 1, findings: {} }),
        ...noLists,
        probe: async () => ({ ok: true, notes: [] }),
        close: async () => {},
      },
    ]),
  );
}
