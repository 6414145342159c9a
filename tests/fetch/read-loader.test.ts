import { describe, expect, it } from 'vitest';
import type { Connector, ReadRequest, ReadShape } from '../../src/connectors/connector.ts';
import { HubError } from '../../src/errors.ts';
import { createReadLoader, type ReadNote } from '../../src/fetch/read-loader.ts';
import type { ReadParts } from '../connectors/support/read-parts.ts';
import { hubGraph } from '../support/hub-graph.ts';
import { noLists } from '../support/no-lists.ts';
import type { RecordedRequest } from '../support/recording-connector.ts';
import { citizenIds, identifiers } from '../support/residents.ts';
import { execute } from '../support/run-operation.ts';
import { sampleTables } from '../support/sample-tables.ts';
import { inRegion, permitAllBut, permitIf } from '../support/table-policy.ts';

const usual: ReadShape = {
  entity: 'PoliceRecord',
  target: { kind: 'sql', table: 't' },
  keyColumns: [{ column: 'id', forms: ['CANONICAL'] }],
  columns: ['xm'],
  order: [],
  maxRowsPerKey: 2,
};

function request(keys: string[], { where, ...changes }: Partial<ReadParts> = {}): ReadRequest {
  const shape = Object.keys(changes).length === 0 ? usual : { ...usual, ...changes };
  return { requestId: 'r', shape, keys: [keys], ...(where ? { where } : {}) };
}

/** Answers each key with itself, twice. */
function echo(source: string, asked: ReadRequest[]): Connector {
  return {
    source,
    kind: 'http',
    async read(read) {
      asked.push(read);
      if (read.shape.entity === 'Down') throw new HubError('SOURCE_UNAVAILABLE');
      if (read.shape.entity === 'Broken') throw new TypeError('unforeseen');
      // A careless source may also answer what nobody asked.
      const stray = { key: 99, values: ['stray'] };
      const rows = (read.keys[0] ?? []).flatMap((key, index) => [
        { key: index, values: [key] },
        { key: index, values: [key] },
      ]);
      return { rows: [stray, ...rows], readAt: '2026-01-01T00:00:00.000Z', reads: 1, findings: {} };
    },
    ...noLists,
    probe: async () => ({ ok: true, notes: [] }),
    close: async () => {},
  };
}

function setUp() {
  const asked: ReadRequest[] = [];
  const notes: ReadNote[] = [];
  const loader = createReadLoader({
    beginRead: () => () => {},
    connectors: new Map([
      ['a', echo('a', asked)],
      ['b', echo('b', asked)],
    ]),
    signal: new AbortController().signal,
    now: () => new Date('2026-01-01T00:00:00Z'),
    onRead: (note) => notes.push(note),
  });
  const load = (source: string, read: ReadRequest, role: 'data' | 'gate' | 'key' = 'data') =>
    loader.load({ source, role, request: read });
  return { asked, notes, load };
}

describe('pages that ask the same', () => {
  it('are one read, and each gets its own keys’ rows, numbered as it asked', async () => {
    const { asked, load } = setUp();
    const [one, two, three] = await Promise.all([
      load('a', request(['x', 'y'])),
      load('a', request(['y', 'z'])),
      load('a', request(['y'])),
    ]);
    expect(asked.map(({ keys }) => keys)).toEqual([[['x', 'y', 'z']]]);
    expect(one?.rows.map(({ key, values }) => [key, ...values])).toEqual([
      [0, 'x'],
      [0, 'x'],
      [1, 'y'],
      [1, 'y'],
    ]);
    expect(two?.rows.map(({ key, values }) => [key, ...values])).toEqual([
      [0, 'y'],
      [0, 'y'],
      [1, 'z'],
      [1, 'z'],
    ]);
    expect(three?.rows).toHaveLength(2);
  });

  it.each<[what: string, source: string, changes: Partial<ReadParts>]>([
    ['source', 'b', {}],
    ['type', 'a', { entity: 'PoliceHousehold' }],
    ['columns', 'a', { columns: ['xm', 'lxdh'] }],
    ['filter', 'a', { where: { op: 'eq', column: 'qhdm', value: '1' } }],
    ['target', 'a', { target: { kind: 'sql', table: 'other' } }],
    ['number of rows', 'a', { maxRowsPerKey: 5 }],
    ['order', 'a', { order: [{ column: 'x', direction: 'ASC' }] }],
  ])('never share a read with one of another %s', async (_, source, changes) => {
    const { asked, load } = setUp();
    await Promise.all([load('a', request(['x'])), load(source, request(['x'], changes))]);
    expect(asked).toHaveLength(2);
  });

  it('do not share a gate read with one for data, which the record tells apart', async () => {
    const { asked, notes, load } = setUp();
    await Promise.all([load('a', request(['x'])), load('a', request(['x']), 'gate')]);
    expect(asked).toHaveLength(2);
    expect(notes.map(({ role }) => role).sort()).toEqual(['data', 'gate']);
  });

  it('are not remembered: what is asked later is read again', async () => {
    const { asked, load } = setUp();
    await load('a', request(['x']));
    await load('a', request(['x']));
    expect(asked).toHaveLength(2);
  });
});

describe('a read that fails', () => {
  it('fails its own pages and no others, and is noted with its outcome', async () => {
    const { notes, load } = setUp();
    const reads = [
      load('a', request(['x'])),
      load('a', request(['x'], { entity: 'Down' })),
      load('b', request(['x'], { entity: 'Broken' })),
      load('nowhere', request(['x'])),
    ];
    const results = await Promise.allSettled(reads);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected']);
    expect(notes.map(({ source, entity, outcome, rows }) => [source, entity, outcome, rows]).sort()).toEqual([
      ['a', 'Down', 'SOURCE_UNAVAILABLE', 0],
      ['a', 'PoliceRecord', 'OK', 3],
      ['b', 'Broken', 'SOURCE_FAULT', 0],
      ['nowhere', 'PoliceRecord', 'SOURCE_UNAVAILABLE', 0],
    ]);
  });
});

it('a slow department keeps nobody waiting who does not need it', async () => {
  const ids = citizenIds(3);
  let release = () => {};
  const waitsFor = new Promise<void>((resolve) => {
    release = resolve;
  });
  const seen: string[] = [];
  // Justice answers only after the reads behind the gate and behind the key have begun.
  const onRead = ({ request: { entity } }: RecordedRequest) => {
    seen.push(entity);
    if (seen.includes('CivilAffairsRecord') && seen.includes('PoliceHousehold')) release();
  };
  const run = execute(
    'query($is: [ResidentIdentifier!]!) { residents(identifiers: $is) { justice { name } civilAffairs { name } police { household { memberCount } } } }',
    { is: identifiers(ids) },
    {
      tables: sampleTables(ids),
      decisions: permitAllBut(hubGraph, { 'CivilAffairsRecord.name': permitIf(inRegion) }),
      subject: { region: '330106' },
      behaviours: { 'justice-cases': { waitsFor } },
      onRead,
    },
  );
  const patience = new Promise((resolve) => setTimeout(resolve, 2_000, 'waited'));
  const outcome = await Promise.race([run.then(() => 'answered'), patience]);
  release();
  expect(outcome).toBe('answered');
  expect((await run).data.residents[0]).toEqual({
    justice: { name: '居民0' },
    civilAffairs: { name: '居民0' },
    police: { household: { memberCount: 2 } },
  });
});
