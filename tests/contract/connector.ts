import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type {
  Connection,
  Connector,
  ReadRequest,
  ReadShape,
  SourceSettings,
} from '../../src/connectors/connector.ts';
import { createConnector } from '../../src/connectors/create-connector.ts';
import { defaultTuning, type GuardTuning } from '../../src/connectors/guarded-connector.ts';
import { HubError } from '../../src/errors.ts';
import {
  absentId,
  allForms,
  ambiguousId,
  crowdIds,
  emptyId,
  eventfulId,
  type Fixture,
  fixture,
  idOf,
  oddId,
  oddName,
  quietId,
  repeatedId,
  secretValues,
  storedPeople,
} from '../connectors/support/fixture.ts';
import { type ReadParts, readRequest } from '../connectors/support/read-parts.ts';
import type { TcpProxy } from '../connectors/support/tcp-proxy.ts';
import { describeLists } from './register-lists.ts';

/**
 * What every kind of connector promises, against a real engine or a real local server behind a proxy. A kind's own test file
 * starts the engine, says what it can do, and adds its own cases.
 */
export interface ConnectorHarness {
  readonly capabilities: SourceCapabilities;
  start(fixture: Fixture): Promise<RunningSource>;
}

export interface SourceCapabilities {
  /** Can the source hold two rows for one person where ONE is declared? */
  readonly ambiguity: boolean;
  /** Are all keys of a batch asked in one statement or request? */
  readonly batched: boolean;
  /** Can it list a register? */
  readonly lists: boolean;
}

export interface RunningSource {
  readonly settings: SourceSettings;
  readonly connection: Connection;
  /** ONE row per person: full_name, region, score, note. */
  readonly people: Pick<ReadShape, 'target'>;
  /** MANY: happened, kind, sealed. */
  readonly events: Pick<ReadShape, 'target'>;
  readonly proxy: TcpProxy;
  stop(): Promise<void>;
}

/** Fails fast and tries again soon, so that tests wait for nothing but the source. */
const quick: GuardTuning = { ...defaultTuning, breakerFailures: 2, breakerPauseMs: 50 };

export function describeConnector(name: string, harness: ConnectorHarness): void {
  describe(`connector contract: ${name}`, () => {
    let source: RunningSource;
    let open: Connector[] = [];
    const warnings: string[] = [];

    beforeAll(async () => {
      source = await harness.start(fixture);
    });
    afterAll(() => source?.stop());
    afterEach(async () => {
      await source.proxy.recover();
      await Promise.all(open.map((connector) => connector.close()));
      open = [];
      warnings.length = 0;
    });

    const connect = (settings: Partial<SourceSettings> = {}, tuning = quick): Connector => {
      source.proxy.takeAsked();
      const connector = createConnector(
        { ...source.settings, ...settings },
        source.connection,
        { warn: (_, message) => warnings.push(message) },
        tuning,
      );
      open.push(connector);
      return connector;
    };
    const people = (ids: readonly string[], more: Partial<ReadParts> = {}): ReadRequest =>
      readRequest({
        requestId: 'req-1',
        entity: 'PersonRecord',
        target: source.people.target,
        keyColumns: [{ column: 'id_no', forms: allForms }],
        keys: [ids],
        columns: ['full_name', 'score'],
        rows: 'ONE',
        order: [],
        maxRowsPerKey: 2,
        ...more,
      });
    const events = (ids: readonly string[], more: Partial<ReadParts> = {}): ReadRequest =>
      people(ids, {
        entity: 'EventRecord',
        target: source.events.target,
        columns: ['happened', 'kind'],
        rows: 'MANY',
        maxRowsPerKey: 100,
        ...more,
      });
    /** Until the source is asked and answers: on a loaded machine not at once. */
    const connected = (connector: Connector) =>
      vi.waitFor(() => connector.read(people([crowdIds[0] ?? '']), never), { timeout: 20_000 });
    const { capabilities } = harness;

    describe('finds who was asked for', () => {
      test.each(storedPeople)('whose id is stored $what', async ({ id, forms }) => {
        const { rows } = await connect().read(
          people([absentId, id], { keyColumns: [{ column: 'id_no', forms }] }),
          never,
        );
        expect(rows).toEqual([{ key: 1, values: [expect.stringMatching(/^某人/), expect.any(Number)] }]);
      });

      test.each(storedPeople.filter(({ forms }) => forms.length > 0))(
        'and nobody whose id is stored $what, where that was not declared',
        async ({ id }) => {
          const request = people([id], { keyColumns: [{ column: 'id_no', forms: [] }] });
          expect((await connect().read(request, never)).rows).toEqual([]);
        },
      );

      test('everybody at once, under all declared forms, and again when the column is known', async () => {
        const connector = connect();
        const ids = storedPeople.map(({ id }) => id);
        for (const _ of [1, 2]) {
          const { rows } = await connector.read(people(ids), never);
          expect(rows.map(({ key }) => key).sort((a, b) => a - b)).toEqual(ids.map((_, key) => key));
          for (const { key, values } of rows) expect(values).toEqual([`某人${key}`, key]);
        }
      });

      test('of a thousand, in no more reads than their batches', async () => {
        const keys = crowdIds;
        const connector = connect({ batch: 400 });
        const { rows, reads } = await connector.read(
          people(keys, { keyColumns: [{ column: 'id_no', forms: [] }], columns: ['score'] }),
          never,
        );
        expect(rows).toHaveLength(1000);
        for (const { key, values } of rows) expect(values).toEqual([1000 + key]);
        if (capabilities.batched) expect(reads).toBe(3);
      });

      test('in concurrent reads, and mixes nobody up', async () => {
        const connector = connect();
        const reads = crowdIds.slice(0, 60).map(async (id, i) => {
          const { rows } = await connector.read(people([id, absentId], { columns: ['score'] }), never);
          expect(rows).toEqual([{ key: 0, values: [1000 + i] }]);
        });
        await Promise.all(reads);
      });

      test('and asks nobody when there is nobody to ask for', async () => {
        const connector = connect();
        expect(await connector.read(people([]), never)).toMatchObject({ rows: [], reads: 0, findings: {} });
        expect(source.proxy.takeAsked()).toBe('');
      });

      test('and takes hostile keys for keys', async () => {
        const hostile = [
          "' OR '1'='1",
          '"; DROP TABLE people; --',
          '%',
          '_',
          '{key}',
          '$keys',
          '__proto__',
          'constructor',
          '\0',
          '\ud800',
          '../..',
          '..',
          '{"a":1}',
          '🀄',
          'x'.repeat(300),
        ];
        const { rows } = await connect().read(people([...hostile, crowdIds[0] ?? '']), never);
        expect(rows).toEqual([{ key: hostile.length, values: ['某人1000', 1000] }]);
      });
    });

    describe('says rows as they are', () => {
      test('null where there is nothing, text untouched, numbers as numbers', async () => {
        const request = people([emptyId, oddId], { columns: ['full_name', 'region', 'score', 'note'] });
        const { rows, findings } = await connect().read(request, never);
        expect(sortByKey(rows)).toEqual([
          { key: 0, values: [null, null, null, null] },
          { key: 1, values: [oddName, '110108', -7, ''] },
        ]);
        expect(findings).toEqual({});
      });

      test('values follow the order in which columns were asked, the key among them if it is one', async () => {
        const { rows } = await connect().read(
          people([crowdIds[3] ?? ''], { columns: ['score', 'id_no', 'full_name'] }),
          never,
        );
        expect(rows).toEqual([{ key: 0, values: [1003, crowdIds[3], '某人1003'] }]);
      });

      test('no columns at all still tells who has a row', async () => {
        const { rows } = await connect().read(people([absentId, crowdIds[3] ?? ''], { columns: [] }), never);
        expect(rows).toEqual([{ key: 1, values: [] }]);
      });

      test('nor does a list need any to tell that it has a row', async () => {
        const request = events([absentId, eventfulId], { columns: [], maxRowsPerKey: 1 });
        expect((await connect().read(request, never)).rows).toEqual([{ key: 1, values: [] }]);
      });

      test('when the hub read', async () => {
        const before = Date.now();
        const { readAt } = await connect().read(people([absentId]), never);
        expect(readAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
        expect(Date.parse(readAt)).toBeGreaterThanOrEqual(before);
      });

      test.runIf(capabilities.ambiguity)(
        'two persons under one key are both seen, up to the limit',
        async () => {
          const connector = connect();
          const { rows } = await connector.read(people([ambiguousId]), never);
          expect(rows.map(({ values }) => values[0]).sort()).toEqual(['欧阳乙', '欧阳甲'].sort());
          expect(
            (await connector.read(people([ambiguousId], { maxRowsPerKey: 1 }), never)).rows,
          ).toHaveLength(1);
        },
      );

      test.runIf(capabilities.ambiguity)('the same row twice is one row, and is counted', async () => {
        const { rows, findings } = await connect().read(people([repeatedId]), never);
        expect(rows).toEqual([{ key: 0, values: ['某人31', 31] }]);
        expect(findings).toEqual({ duplicateRow: 1 });
      });

      test('lists come in the requested order, nulls last', async () => {
        const connector = connect();
        const read = async (direction: 'ASC' | 'DESC') => {
          const request = events([eventfulId], { order: [{ column: 'happened', direction }] });
          return (await connector.read(request, never)).rows.map(({ values }) => values[0]);
        };
        expect(await read('ASC')).toEqual(['20180105', '20200105', '20220105', '20240105', null]);
        expect(await read('DESC')).toEqual(['20240105', '20220105', '20200105', '20180105', null]);
      });

      test('lists end at the limit of rows per key, for each key by itself', async () => {
        const request = events([eventfulId, quietId, crowdIds[0] ?? ''], {
          order: [{ column: 'happened', direction: 'DESC' }],
          maxRowsPerKey: 2,
        });
        const { rows } = await connect().read(request, never);
        expect(sortByKey(rows).map(({ key, values }) => [key, values[0]])).toEqual([
          [0, '20240105'],
          [0, '20220105'],
          [1, '20210601'],
          [2, '20210602'],
        ]);
      });
    });

    describe('asks for what is permitted and nothing else', () => {
      test('columns that were not permitted are not named to the source', async () => {
        const connector = connect();
        await connector.read(people([crowdIds[5] ?? ''], { columns: ['full_name'] }), never);
        const asked = source.proxy.takeAsked();
        expect(asked).toContain('full_name');
        for (const column of ['score', 'region', 'note']) expect(asked).not.toContain(column);
      });

      test('a filter is applied by the source: sealed rows never leave it', async () => {
        const connector = connect();
        const where = { op: 'in', column: 'sealed', values: ['N'] } as const;
        const { rows } = await connector.read(
          events([eventfulId, quietId], { where, columns: ['happened'] }),
          never,
        );
        expect(rows.map(({ key, values }) => `${key} ${values[0]}`).sort()).toEqual([
          '0 20180105',
          '0 20200105',
          '0 20240105',
          '0 null',
        ]);
        expect(source.proxy.takeAsked()).toContain('sealed');
      });

      test('several filters all hold', async () => {
        const where = {
          op: 'and',
          filters: [
            { op: 'in', column: 'sealed', values: ['N'] },
            { op: 'eq', column: 'kind', value: 'marriage' },
          ],
        } as const;
        const { rows } = await connect().read(events([eventfulId], { where, columns: ['happened'] }), never);
        expect(rows.map(({ values }) => values[0]).sort()).toEqual(['20180105', '20200105']);
      });

      test('a filter that nothing can match gives nothing', async () => {
        const where = { op: 'in', column: 'sealed', values: [] } as const;
        expect((await connect().read(events([eventfulId], { where }), never)).rows).toEqual([]);
      });
    });

    describeLists({
      lists: capabilities.lists,
      connect: () => connect(),
      source: () => source,
      expectFailure,
    });

    describe('survives its source', () => {
      test('that hangs: the read ends at its deadline, and the next one is served when the source is back', async () => {
        const connector = connect({ deadlineMs: 300 }, { ...quick, breakerFailures: 100 });
        await connected(connector);
        source.proxy.hang();
        const started = performance.now();
        await expectFailure(connector.read(people([absentId]), never), 'SOURCE_UNAVAILABLE');
        expect(performance.now() - started).toBeLessThan(5000);
        await source.proxy.recover();
        await connected(connector);
      });

      test('that hangs while it is being connected to', async () => {
        source.proxy.hang();
        const connector = connect({ deadlineMs: 300 }, { ...quick, breakerFailures: 100 });
        const reads = Array.from({ length: 8 }, () => connector.read(people([absentId]), never));
        await Promise.all(reads.map((read) => expectFailure(read, 'SOURCE_UNAVAILABLE')));
        await source.proxy.recover();
        await connected(connector);
      });

      test('that breaks off in the middle of an answer', async () => {
        const connector = connect();
        await connector.read(people([absentId]), never);
        source.proxy.cutAfter(2000);
        await expectFailure(connector.read(people(crowdIds), never), 'SOURCE_UNAVAILABLE');
        await source.proxy.recover();
        await connected(connector);
      });

      test('that is down: it is left alone for a while, then tried again by one call', async () => {
        const connector = connect({}, { ...quick, breakerPauseMs: 300 });
        await source.proxy.goDown();
        await expectFailure(connector.read(people([absentId]), never), 'SOURCE_UNAVAILABLE');
        await expectFailure(connector.read(people([absentId]), never), 'SOURCE_UNAVAILABLE');
        expect(warnings).toContain('source does not answer and is left alone for a while');
        source.proxy.takeAsked();
        await source.proxy.recover();
        await expectFailure(connector.read(people([absentId]), never), 'SOURCE_UNAVAILABLE');
        expect(source.proxy.takeAsked()).toBe('');
        await connected(connector);
        expect(warnings).toContain('source answers again');
      });

      test('and a caller that gives up waits for nothing and is not held against the source', async () => {
        const connector = connect();
        source.proxy.hang();
        for (const _ of [1, 2, 3]) {
          const caller = new AbortController();
          const read = connector.read(people([absentId]), caller.signal);
          caller.abort();
          await expectFailure(read, 'SOURCE_UNAVAILABLE');
        }
        expect(warnings).toEqual([]);
        await expectFailure(connector.read(people([absentId]), AbortSignal.abort()), 'SOURCE_UNAVAILABLE');
      });

      test('and is told when more wait than it will serve', async () => {
        const connector = connect({}, { ...quick, maxReads: 3 });
        const reads = await Promise.allSettled(
          Array.from({ length: 10 }, () => connector.read(people([crowdIds[0] ?? '']), never)),
        );
        expect(reads.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(0);
        const refused = reads.find(({ status }) => status === 'rejected');
        expect(refused).toMatchObject({ reason: { code: 'SOURCE_UNAVAILABLE' } });
        expect((await connector.read(people([crowdIds[0] ?? '']), never)).rows).toHaveLength(1);
      });
    });

    describe('ends', () => {
      test('after the reads that are running, once, and for good', async () => {
        const connector = connect();
        const read = connector.read(people(crowdIds.slice(0, 100)), never);
        const closings = [connector.close(), connector.close()];
        expect((await read).rows).toHaveLength(100);
        await Promise.all(closings);
        await expectFailure(connector.read(people([absentId]), never), 'SOURCE_UNAVAILABLE');
        expect(await connector.probe(never)).toMatchObject({ ok: false });
      });

      test('in time even if the source hangs', async () => {
        const connector = connect({ deadlineMs: 300 }, { ...quick, breakerFailures: 100 });
        await connected(connector);
        source.proxy.hang();
        await connector.close();
      });
    });

    describe('probe', () => {
      test('says that the source is reachable, or that it is not, and never throws', async () => {
        expect(await connect().probe(never)).toMatchObject({ ok: true });
        await source.proxy.goDown();
        expect(await connect().probe(never)).toMatchObject({ ok: false });
      });
    });
  });
}

export const never = new AbortController().signal;

export function sortByKey<T extends { readonly key: number }>(rows: readonly T[]): T[] {
  return [...rows].sort((a, b) => a.key - b.key);
}

/** The read fails with the code, names source and entity, and holds nothing else: no value, no statement, no credential. */
export async function expectFailure(
  read: Promise<unknown>,
  code: 'SOURCE_UNAVAILABLE' | 'SOURCE_FAULT',
): Promise<HubError> {
  const error = await read.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof HubError)) throw new TypeError(`expected a HubError, got ${inspect(error)}`);
  expect(error.code).toBe(code);
  expect(Object.keys(error.details).sort()).toEqual(['entity', 'source']);
  expectNoSecrets(error);
  return error;
}

const forbidden = [
  'select "',
  'select `',
  'where ',
  'representations',
  'hunter2',
  's3cr3t',
  idOf(1),
  ...secretValues,
];

/** Looks through everything that a log could print of it. */
export function expectNoSecrets(error: Error): void {
  const printed = inspect(error, { depth: 10, showHidden: true, maxStringLength: null }).toLowerCase();
  for (const secret of [...forbidden, absentId, ambiguousId, crowdIds[0] ?? '']) {
    expect(printed.includes(secret.toLowerCase()), `the error holds ${secret}`).toBe(false);
  }
}
