import { inspect } from 'node:util';
import { describe, expect, test, vi } from 'vitest';
import { type Connection, maxCopies, type SourceSettings } from '../../src/connectors/connector.ts';
import { createConnector } from '../../src/connectors/create-connector.ts';
import type { Deadline } from '../../src/connectors/deadline.ts';
import { defaultTuning, GuardedConnector, type GuardTuning } from '../../src/connectors/guarded-connector.ts';
import type { HttpConnection } from '../../src/connectors/http/http-connection.ts';
import type { KeyBatch } from '../../src/connectors/key-batch.ts';
import type { SourceDriver } from '../../src/connectors/source-driver.ts';
import { SourceFailure } from '../../src/connectors/source-failure.ts';
import { expectFailure, never } from '../contract/connector.ts';
import { httpRead } from './support/chosen-answers.ts';
import { httpSettings } from './support/http-source.ts';
import type { ReadParts } from './support/read-parts.ts';
import { sqlRead } from './support/read-request.ts';
import { sqlSettings } from './support/sql-source.ts';

type Call = (batch: KeyBatch, deadline: Deadline) => Promise<unknown[][]>;

/** The shell around a source that answers as a test says: what no real engine does on demand. */
function guard(
  call: Call,
  options: { tuning?: Partial<GuardTuning>; settings?: Partial<SourceSettings>; concurrency?: number } = {},
) {
  const warnings: string[] = [];
  let calls = 0;
  const driver: SourceDriver = {
    kind: 'postgres',
    prepare: () => ({
      limits: { maxKeys: options.settings?.batch ?? 1000, maxForms: 1000 },
      keyShapes: () => [],
      prepareRead: () => async (batch, deadline) => {
        calls++;
        return { rows: await call(batch, deadline), reads: 1 };
      },
    }),
    probe: async () => ({ ok: true, canWrite: true, notes: ['superuser'] }),
    close: async () => undefined,
  };
  const connector = new GuardedConnector({
    settings: sqlSettings('postgres', options.settings),
    driver,
    observer: { warn: (_, message) => warnings.push(message) },
    concurrency: options.concurrency ?? 4,
    tuning: { ...defaultTuning, ...options.tuning },
  });
  return { connector, warnings, calls: () => calls };
}

const request = (ids: readonly string[], more: Partial<ReadParts> = {}) => sqlRead('t', ids, more);

describe('the shell around every source', () => {
  test('drops and counts rows of persons who were not asked, in every batch', async () => {
    const { connector } = guard(
      async () => [
        ['张三', 'a'],
        ['李四', 'b'],
        ['王五', 'z'],
        ['无名', null],
      ],
      { settings: { batch: 1 } },
    );
    // Each batch asked one of them: the other's row is foreign there.
    const { rows, findings } = await connector.read(request(['a', 'b']), never);
    expect(rows).toEqual([
      { key: 0, values: ['张三'] },
      { key: 1, values: ['李四'] },
    ]);
    expect(findings).toEqual({ foreignRow: 6 });
  });

  test('copies of a row hide no second person, whatever their number and order', async () => {
    const copies = Array.from({ length: 50 }, () => ['张三', 'a']);
    const { connector } = guard(async () => [...copies.map((row) => [...row]), ['李四', 'a'], ['张三', 'a']]);
    const { rows, findings } = await connector.read(request(['a']), never);
    expect(rows.map(({ values }) => values[0])).toEqual(['张三', '李四']);
    expect(findings).toEqual({ duplicateRow: 50 });
  });

  // Each row was compared with all before it, which stopped the hub for everybody.
  test.each(['ONE', 'MANY'] as const)(
    'a flood of rows for one person costs no more than to drop it (%s)',
    async (kind) => {
      const flood = Array.from({ length: 50_000 }, (_, i) => [{ name: `n${i}` }, 'a']);
      const { connector } = guard(async () => flood.map((row) => [...row]));
      const started = performance.now();
      const { rows } = await connector.read(request(['a'], { rows: kind }), never);
      expect(performance.now() - started).toBeLessThan(1500);
      expect(rows.map(({ values }) => values[0])).toEqual([{ name: 'n0' }, { name: 'n1' }]);
    },
  );

  test('more copies of a row than anybody keeps are no row', async () => {
    const copies = (count: number) => Array.from({ length: count }, () => ['张三', 'a']);
    const read = (count: number) => guard(async () => copies(count)).connector.read(request(['a']), never);
    expect((await read(maxCopies)).rows).toHaveLength(1);
    expect((await read(maxCopies + 1)).rows).toHaveLength(2);
  });

  test('rows of a list may be alike', async () => {
    const { connector } = guard(async () => [
      ['110', 'a'],
      ['110', 'a'],
      ['110', 'a'],
    ]);
    const { rows } = await connector.read(request(['a'], { rows: 'MANY', maxRowsPerKey: 2 }), never);
    expect(rows).toHaveLength(2);
  });

  test('one failed batch fails the read, and the others are given up', async () => {
    const given = vi.fn();
    const { connector, calls } = guard(
      (batch, deadline) =>
        new Promise((_, reject) => {
          if (batch.stored[0]?.[0] === 'b') reject(new SourceFailure('fault', 'broken'));
          else
            deadline.onEnd((reason) => {
              given(reason.kind);
              reject(reason);
            });
        }),
      { settings: { batch: 1 }, concurrency: 2 },
    );
    await expectFailure(connector.read(request(['a', 'b', 'c', 'd']), never), 'SOURCE_FAULT');
    expect(given.mock.calls).toEqual([['ours']]);
    expect(calls()).toBe(2);
  });

  test('never more calls at a time than the source allows, and no read waits behind all batches of another', async () => {
    let running = 0;
    let most = 0;
    const order: string[] = [];
    const { connector } = guard(
      async (batch) => {
        most = Math.max(most, ++running);
        await new Promise(setImmediate);
        running--;
        order.push(String(batch.stored[0]?.[0]));
        return [];
      },
      { settings: { batch: 1 }, concurrency: 2 },
    );
    const long = Array.from({ length: 20 }, (_, i) => `long${i}`);
    await Promise.all([connector.read(request(long), never), connector.read(request(['short']), never)]);
    expect(most).toBe(2);
    expect(order.indexOf('short')).toBeLessThan(6);
  });

  test('time in the queue counts', async () => {
    const { connector } = guard((_, deadline) => new Promise((__, reject) => deadline.onEnd(reject)), {
      concurrency: 1,
      settings: { deadlineMs: 200 },
    });
    const started = performance.now();
    const reads = [1, 2, 3, 4, 5].map(() => connector.read(request(['a']), never));
    await Promise.all(reads.map((read) => expectFailure(read, 'SOURCE_UNAVAILABLE')));
    // One after another they would take five deadlines; the bound leaves room for a slow machine.
    expect(performance.now() - started).toBeLessThan(5 * 200);
  });

  test('answers that cannot be used do not open the breaker, missing answers do', async () => {
    let kind: 'fault' | 'down' = 'fault';
    const { connector, calls, warnings } = guard(
      async () => {
        throw new SourceFailure(kind, 'x');
      },
      { tuning: { breakerFailures: 3, breakerPauseMs: 60_000 } },
    );
    for (let i = 0; i < 10; i++) await expectFailure(connector.read(request(['a']), never), 'SOURCE_FAULT');
    expect(calls()).toBe(10);
    kind = 'down';
    for (let i = 0; i < 10; i++)
      await expectFailure(connector.read(request(['a']), never), 'SOURCE_UNAVAILABLE');
    expect(calls()).toBe(13);
    expect(warnings).toEqual(['source does not answer and is left alone for a while']);
  });

  test('a source that comes back is tried by one call, for which the others wait', async () => {
    let isDown = true;
    let mostTrying = 0;
    let trying = 0;
    const { connector } = guard(
      async () => {
        if (isDown) throw new SourceFailure('down', 'x');
        mostTrying = Math.max(mostTrying, ++trying);
        await new Promise(setImmediate);
        trying--;
        return [];
      },
      { tuning: { breakerFailures: 1, breakerPauseMs: 0 }, concurrency: 8 },
    );
    await expectFailure(connector.read(request(['a']), never), 'SOURCE_UNAVAILABLE');
    isDown = false;
    await Promise.all(Array.from({ length: 8 }, () => connector.read(request(['a']), never)));
    expect(mostTrying).toBe(7);
  });

  test('a try that was given up has not shown that the source answers', async () => {
    let isDown = true;
    const { connector, warnings } = guard(
      async (_, deadline) => {
        if (isDown) throw new SourceFailure('down', 'x');
        return new Promise((__, reject) => deadline.onEnd(reject));
      },
      { tuning: { breakerFailures: 1, breakerPauseMs: 0 } },
    );
    await expectFailure(connector.read(request(['a']), never), 'SOURCE_UNAVAILABLE');
    isDown = false;
    const caller = new AbortController();
    const read = connector.read(request(['a']), caller.signal);
    caller.abort();
    await expectFailure(read, 'SOURCE_UNAVAILABLE');
    expect(warnings).not.toContain('source answers again');
  });

  test('a deadline of the caller says that the source is slow; a caller that leaves says nothing', async () => {
    const hanging: Call = (_, deadline) => new Promise((__, reject) => deadline.onEnd(reject));
    const slow = guard(hanging, { tuning: { breakerFailures: 1 } });
    await expectFailure(slow.connector.read(request(['a']), AbortSignal.timeout(20)), 'SOURCE_UNAVAILABLE');
    expect(slow.warnings).toHaveLength(1);
    const left = guard(hanging, { tuning: { breakerFailures: 1 } });
    const caller = new AbortController();
    const read = left.connector.read(request(['a']), caller.signal);
    caller.abort();
    await expectFailure(read, 'SOURCE_UNAVAILABLE');
    expect(left.warnings).toEqual([]);
  });

  test('whatever goes wrong inside, the error has the frames and nothing that was in its message', async () => {
    const { connector } = guard(async () => {
      throw new RangeError('invalid value 110101199001011234 in SELECT xm FROM t', {
        cause: new Error('hunter2'),
      });
    });
    const error = await expectFailure(connector.read(request(['a']), never), 'SOURCE_FAULT');
    const printed = inspect(error, { depth: 10 });
    expect(printed).toContain('unexpected RangeError');
    expect(printed).toContain('guarded-connector.test.ts');
    for (const secret of ['110101199001011234', 'SELECT xm', 'hunter2'])
      expect(printed).not.toContain(secret);
  });

  test('a probe warns of an account that could write, once', async () => {
    const { connector, warnings } = guard(async () => []);
    expect(await connector.probe(never)).toMatchObject({ canWrite: true });
    expect(await connector.probe(never)).toMatchObject({ canWrite: true });
    expect(warnings).toEqual(['account could write: superuser']);
  });

  test('a probe says of a source that is left alone that it does not answer, as reads do', async () => {
    const { connector } = guard(
      async () => {
        throw new SourceFailure('down', 'connection refused');
      },
      { tuning: { breakerFailures: 1, breakerPauseMs: 60_000 } },
    );
    expect(await connector.probe(never)).toMatchObject({ ok: true });
    await expectFailure(connector.read(request(['a']), never), 'SOURCE_UNAVAILABLE');
    expect(await connector.probe(never)).toMatchObject({ ok: false });
  });

  test('reads leave nothing behind on the signal of their request, however many there are', async () => {
    const ended = vi.fn();
    const { connector } = guard(async (_, deadline) => {
      deadline.onEnd(ended);
      return [];
    });
    const caller = new AbortController();
    const added = vi.spyOn(caller.signal, 'addEventListener');
    for (let i = 0; i < 20; i++) await connector.read(request(['a']), caller.signal);
    expect(added).toHaveBeenCalledTimes(1);
    caller.abort();
    expect(ended).not.toHaveBeenCalled();
  });
});

describe('a connector that cannot be made says why, and nothing of the connection', () => {
  const http = (baseUrl: string): Connection => ({ kind: 'http', baseUrl });
  const sql: Connection = {
    kind: 'mysql',
    host: 'h',
    port: 1,
    database: 'd',
    user: 'u',
    password: 'hunter2',
  };

  test.each<readonly [string, SourceSettings, Connection]>([
    ['needs a postgres connection', sqlSettings('postgres'), sql],
    ['names an unknown character set', sqlSettings('mysql', { columnCharsets: { a: 'GBK-2' } }), sql],
    ['must answer in UTF-8', httpSettings('http', { charset: 'GBK' }), http('http://127.0.0.1')],
    ['needs http(s) URLs', httpSettings('http'), http('ftp://hunter2')],
    ['needs http(s) URLs', httpSettings('http'), http('http://u:hunter2@127.0.0.1')],
    ['needs http(s) URLs', httpSettings('http'), http('http://127.0.0.1/?key=hunter2')],
    ['needs http(s) URLs', httpSettings('http'), http('hunter2')],
    // Where clouds hand out the machine's own credentials, however it is written.
    ['to which the hub does not connect', httpSettings('http'), http('http://169.254.169.254/latest')],
    ['to which the hub does not connect', httpSettings('http'), http('http://0xA9FEA9FE')],
    ['to which the hub does not connect', httpSettings('http'), http('https://[fd00:ec2::254]')],
    ['to which the hub does not connect', sqlSettings('mysql'), { ...sql, host: '169.254.169.254' }],
  ])('%s', (problem, settings, connection) => {
    const error = catchError(() => createConnector(settings, connection, { warn: () => undefined }));
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining(problem) });
    expect(inspect(error)).not.toContain('hunter2');
  });

  test('in production nothing is asked by HTTP on the hub’s own machine, by name or address', async () => {
    const rule = { refusesLoopback: true };
    const create = (baseUrl: string, oauth2?: NonNullable<HttpConnection['oauth2']>) =>
      createConnector(
        httpSettings('http'),
        { kind: 'http', baseUrl, ...(oauth2 ? { oauth2 } : {}) },
        { warn: () => undefined },
        defaultTuning,
        rule,
      );
    const problem = { code: 'CONFIG_INVALID' };
    expect(catchError(() => create('http://127.1/'))).toMatchObject(problem);
    const oauth2 = { tokenUrl: 'http://[::1]/token', clientId: 'c', clientSecret: 's' };
    expect(catchError(() => create('https://register.example', oauth2))).toMatchObject(problem);
    const byName = create('http://localhost:9');
    const failure = byName.read(httpRead(), never);
    await expect(failure).rejects.toMatchObject({
      code: 'SOURCE_UNAVAILABLE',
      cause: { message: 'http EFORBIDDENADDRESS' },
    });
    await byName.close();
  });

  // An address that is not written as one is a name, which the resolver turns into the address of the cloud's metadata.
  test.each(['postgres', 'mysql'] as const)(
    'a %s database is not reached at what its name resolves to',
    async (kind) => {
      const connection = { ...sql, kind, host: '0xa9fea9fe', tls: {} };
      const connector = createConnector(sqlSettings(kind), connection, { warn: () => undefined });
      const failure = connector.read(sqlRead('people', ['a']), never);
      await expect(failure).rejects.toMatchObject({
        code: 'SOURCE_UNAVAILABLE',
        cause: { message: `${kind} connect EFORBIDDENADDRESS` },
      });
      await connector.close();
    },
  );

  test('a database over a network without TLS is allowed, with a warning', async () => {
    const warn = vi.fn();
    const connect = (more: object) =>
      createConnector(sqlSettings('mysql'), { ...sql, ...more }, { warn }).close();
    await connect({ host: '10.0.0.1' });
    await connect({ host: '127.0.0.1' });
    await connect({ host: '10.0.0.1', tls: {} });
    expect(warn.mock.calls).toEqual([['population', 'is reached without TLS']]);
  });

  test('plain HTTP over a network is allowed, with a warning', async () => {
    const warn = vi.fn();
    await createConnector(httpSettings('http'), http('http://10.0.0.1/'), { warn }).close();
    await createConnector(httpSettings('http'), http('http://127.0.0.1/'), { warn }).close();
    await createConnector(httpSettings('http'), http('https://10.0.0.1/'), { warn }).close();
    expect(warn.mock.calls).toEqual([['registry', 'is reached without TLS']]);
  });

  function catchError(work: () => unknown): unknown {
    try {
      return work();
    } catch (error) {
      return error;
    }
  }
});
