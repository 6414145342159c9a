import { randomUUID } from 'node:crypto';
import { PrismaPGlite } from 'pglite-prisma-adapter';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AuditLog } from '../../src/audit/log.ts';
import { openEntry } from '../../src/audit/open-entry.ts';
import { sealEntry } from '../../src/audit/seal-entry.ts';
import { textOf } from '../../src/audit/sql.ts';
import type { PgliteAuditStore } from '../../src/audit/store-pglite.ts';
import { createFaultyStore, createRandom, type Fault } from './faulty-store.ts';
import {
  entriesOf,
  entryOf,
  type LogEngine,
  logEngines,
  migration,
  openLog,
  openPglite,
  openPostgres,
  readLog,
  readNext,
} from './support.ts';

const log = { origin: 'hub.example/log', replica: 'r1' };
/** On a busy machine nobody is told no for want of time. */
const patient = { deadlineMs: 50_000 };
const sealed = (count: number) => entriesOf(count).map((entry) => sealEntry(entry, log));

describe.each(logEngines)('the log on $name', ({ open }) => {
  let engine: LogEngine;
  let store: PgliteAuditStore;

  beforeAll(async () => {
    engine = await open();
  });
  beforeEach(async () => {
    await engine.reset();
    store = engine.createStore();
  });
  afterEach(() => store.close());
  afterAll(() => engine.close());

  it('is set up inside one transaction, or not at all', async () => {
    await engine.exec('DROP SCHEMA audit CASCADE');
    await expect(engine.exec(`BEGIN; ${migration}; SELECT 1/0; COMMIT`)).rejects.toThrow();
    await engine.exec('ROLLBACK').catch(() => {});
    expect(await engine.sql.query("SELECT to_regnamespace('audit')::text AS name", [])).toEqual([
      { name: null },
    ]);
    await engine.exec(`BEGIN; ${migration}; COMMIT`);
    expect(await store.append(sealed(1))).toEqual([0n]);
  });

  it('gives back the exact bytes, in order and without a gap', async () => {
    const records = sealed(3);
    expect(await store.append(records.slice(0, 2))).toEqual([0n, 1n]);
    expect(await store.append(records.slice(2))).toEqual([2n]);
    const rows = await engine.sql.query('SELECT body, leaf FROM audit.record ORDER BY leaf_index', []);
    expect(rows.map((row) => Buffer.from(row['body'] as Uint8Array))).toEqual(records.map((one) => one.body));
    expect(rows.map((row) => Buffer.from(row['leaf'] as Uint8Array))).toEqual(records.map((one) => one.leaf));
  });

  it('takes batches of any size up to 256 and of a megabyte', async () => {
    let next = 0;
    for (const size of [1, 2, 3, 7, 64, 65, 255, 256]) {
      const indexes = await store.append(sealed(size));
      expect(indexes.map(Number)).toEqual(Array.from({ length: size }, () => next++));
    }
    const subjects = Array.from({ length: 4_000 }, () => randomUUID().slice(0, 22));
    await store.append([sealEntry(entryOf({ subjects }), log)]);
    expect(await readNext(engine.sql)).toBe(next + 1);
    expect(await store.append([])).toEqual([]);
  });

  it('leaves no gap after a batch that failed', async () => {
    const [good, bad] = sealed(2);
    if (!good || !bad) throw new TypeError('two records expected');
    await expect(store.append([good, { ...bad, leaf: Buffer.alloc(31) }])).rejects.toMatchObject({
      code: 'AUDIT_UNAVAILABLE',
    });
    expect(await store.append([good])).toEqual([0n]);
    expect(await readNext(engine.sql)).toBe(1);
  });

  it('reports a failure without what was to be written', async () => {
    const [record] = sealed(1);
    if (!record) throw new TypeError('a record expected');
    const error: unknown = await store.append([{ ...record, leaf: Buffer.alloc(1) }]).catch((cause) => cause);
    const shown = JSON.stringify(error, Object.getOwnPropertyNames(Object(error)));
    expect(`${shown}${String((error as Error).cause)}`).not.toContain(
      record.body.toString('hex').slice(0, 40),
    );
    expect(Object.keys((error as Error).cause as object)).toEqual([]);
  });

  it('refuses to change or remove a record, in the whole or in a partition', async () => {
    await store.append(sealed(2));
    for (const table of ['audit.record', 'audit.record_00000000']) {
      for (const statement of [
        `UPDATE ${table} SET dept = 'x'`,
        `DELETE FROM ${table}`,
        `DELETE FROM ${table} WHERE false`,
        `TRUNCATE ${table}`,
      ]) {
        await expect(engine.exec(statement), statement).rejects.toThrow(/append-only/);
      }
    }
    expect(await readLog(engine.sql)).toHaveLength(2);
  });

  it('gives the writer role everything to append and nothing to change', async () => {
    const asWriter = (statement: string) =>
      engine.exec(`SET ROLE shuqiao_audit_writer; ${statement}; RESET ROLE`);
    await asWriter('SELECT audit.ensure_partitions(1)');
    await asWriter('UPDATE audit.seq SET next = next');
    for (const statement of [
      'UPDATE audit.record SET dept = dept',
      'DELETE FROM audit.record',
      'TRUNCATE audit.record',
      'DELETE FROM audit.record_00000000',
      'DROP TABLE audit.record_00000000',
      'ALTER TABLE audit.record DISABLE TRIGGER append_only',
      'DELETE FROM audit.seq',
    ]) {
      await expect(asWriter(statement), statement).rejects.toThrow(/permission denied|must be owner/);
      await engine.exec('RESET ROLE').catch(() => {});
    }
  });

  it('makes partitions ahead of need, keeps them guarded, and goes over their edge within a batch', async () => {
    await engine.exec('UPDATE audit.seq SET next = 1048574');
    await store.ensurePartitions();
    await store.ensurePartitions();
    expect((await store.append(sealed(4))).map(Number)).toEqual([1048574, 1048575, 1048576, 1048577]);
    await expect(engine.exec('DELETE FROM audit.record_00000001')).rejects.toThrow(/append-only/);
    await expect(engine.exec('TRUNCATE audit.record_00000001')).rejects.toThrow(/append-only/);
  });

  it('finds its partition at the second try even if nobody made one', async () => {
    await engine.exec('UPDATE audit.seq SET next = 5242880');
    await expect(store.append(sealed(1))).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
    expect(await store.append(sealed(1))).toEqual([5242880n]);
  });

  it('is gapless and complete under concurrent appends', async () => {
    const auditLog = openLog(store, { limits: patient });
    const entries = entriesOf(500);
    const receipts = await Promise.all(entries.map((entry) => auditLog.append(entry)));
    const rows = await readLog(engine.sql);
    expect(rows.map((row) => row.index)).toEqual(Array.from({ length: 500 }, (_, i) => i));
    for (const receipt of receipts) {
      expect(rows[Number(receipt.index)]).toMatchObject({ eventId: receipt.eventId, leaf: receipt.leafHash });
    }
  });

  describe('with appends that fail', () => {
    const schedules: readonly (readonly [name: string, faultOf: (n: number) => Fault])[] = [
      ...[1, 2, 3].flatMap((k) => [
        [`the ${k}. is lost`, (n: number) => (n === k ? 'LOST' : 'OK')] as const,
        [`the ${k}. is written, but reported failed`, (n: number) => (n === k ? 'UNKNOWN' : 'OK')] as const,
      ]),
      ...[1, 3].flatMap((k) => [
        [`from the ${k}. on all are lost`, (n: number) => (n >= k ? 'LOST' : 'OK')] as const,
        [
          `from the ${k}. on all are written, but reported failed`,
          (n: number) => (n >= k ? 'UNKNOWN' : 'OK'),
        ] as const,
      ]),
      ...[1, 2, 3].map((seed) => {
        const random = createRandom(seed);
        const faults: readonly Fault[] = ['OK', 'LOST', 'UNKNOWN'];
        return [`at random (seed ${seed})`, () => faults[Math.floor(random() * 3)] ?? 'OK'] as const;
      }),
    ];

    it.each(schedules)('%s: every receipt has its record, and no index is missing', async (_, faultOf) => {
      const limits = { deadlineMs: 100, retryMs: 1, maxRetryMs: 5, closeMs: 10 };
      const auditLog = openLog(createFaultyStore(store, faultOf), { limits });
      const receipts = await appendInWaves(auditLog);
      await auditLog.close();
      const rows = await readLog(engine.sql);
      expect(rows.map((row) => row.index)).toEqual(rows.map((_row, i) => i));
      expect(await readNext(engine.sql)).toBe(rows.length);
      for (const receipt of receipts) {
        expect(rows[Number(receipt.index)]).toMatchObject({
          eventId: receipt.eventId,
          leaf: receipt.leafHash,
        });
      }
    });
  });
});

/** Three waves of forty, one after the other; the receipts of those that got one. */
async function appendInWaves(auditLog: AuditLog) {
  const receipts = [];
  for (let wave = 0; wave < 3; wave++) {
    const endings = await Promise.allSettled(entriesOf(40).map((entry) => auditLog.append(entry)));
    for (const ending of endings) {
      if (ending.status === 'fulfilled') receipts.push(ending.value);
      else expect(ending.reason).toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
    }
  }
  return receipts;
}

describe('an append on PGlite, while another party has a transaction open on the same instance', () => {
  let engine: LogEngine;
  beforeAll(async () => {
    engine = await openPglite();
    await engine.exec('CREATE TABLE note (text text)');
  });
  beforeEach(() => engine.reset());
  afterAll(() => engine.close());

  it('waits for it, and survives its rollback', async () => {
    const store = engine.createStore();
    let isAppended = false;
    let append: Promise<readonly bigint[]> | undefined;
    await expect(
      engine.db?.transaction(async (transaction) => {
        await transaction.query("INSERT INTO note VALUES ('mine')");
        append = store.append(sealed(1));
        void append.then(() => {
          isAppended = true;
        });
        for (let i = 0; i < 50; i++) await transaction.query('SELECT 1');
        expect(isAppended).toBe(false);
        throw new Error('changed my mind');
      }),
    ).rejects.toThrow('changed my mind');
    expect(await append).toEqual([0n]);
    expect(await readLog(engine.sql)).toHaveLength(1);
    expect(await engine.sql.query('SELECT text FROM note', [])).toEqual([]);
  });

  it('waits for one of Prisma’s, and survives its rollback', async () => {
    const store = engine.createStore();
    if (!engine.db) throw new TypeError('PGlite expected');
    const prisma = await new PrismaPGlite(engine.db).connect();
    const transaction = await prisma.startTransaction();
    const insert = "INSERT INTO note VALUES ('prisma')";
    await transaction.executeRaw({ sql: insert, args: [], argTypes: [] });
    const append = store.append(sealed(1));
    await transaction.executeRaw({ sql: insert, args: [], argTypes: [] });
    await transaction.rollback();
    expect(await append).toEqual([0n]);
    expect(await readLog(engine.sql)).toHaveLength(1);
    expect(await engine.sql.query('SELECT text FROM note', [])).toEqual([]);
  });

  it('is never acknowledged inside one that was begun by hand', async () => {
    const store = engine.createStore();
    const auditLog = openLog(store, { limits: { deadlineMs: 100, retryMs: 5, maxRetryMs: 10 } });
    await engine.exec('BEGIN');
    await expect(store.append(sealed(1))).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
    await expect(auditLog.append(entryOf())).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
    await engine.exec('ROLLBACK');
    const receipt = await auditLog.append(entryOf());
    const rows = await readLog(engine.sql);
    expect(rows[Number(receipt.index)]?.eventId).toBe(receipt.eventId);
    expect(rows.map((row) => row.index)).toEqual(rows.map((_, i) => i));
    await auditLog.close();
  });

  it('does not survive a power cut, and says so', async () => {
    expect(await engine.createStore().durability()).toMatchObject({
      survivesPowerCut: false,
      weaknesses: [expect.objectContaining({ en: expect.stringContaining('fsync') })],
    });
  });
});

describe.skipIf(logEngines.length < 2)('the log on a PostgreSQL server', () => {
  let engine: LogEngine;
  beforeAll(async () => {
    engine = await openPostgres();
  });
  beforeEach(() => engine.reset());
  afterAll(() => engine.close());

  it('is one order for three replicas that write at once', async () => {
    const logs = ['r1', 'r2', 'r3'].map((replica) =>
      openLog(engine.createStore(), { replica, limits: patient }),
    );
    const receipts = await Promise.all(
      logs.flatMap((auditLog) => entriesOf(300).map((entry) => auditLog.append(entry))),
    );
    await Promise.all(logs.map((auditLog) => auditLog.close()));
    const rows = await readLog(engine.sql);
    expect(rows.map((row) => row.index)).toEqual(Array.from({ length: 900 }, (_, i) => i));
    for (const receipt of receipts) expect(rows[Number(receipt.index)]?.eventId).toBe(receipt.eventId);
  });

  it('loses no receipt when its sessions are killed in the middle of batches, again and again', async () => {
    const auditLog = openLog(engine.createStore(), { limits: { ...patient, retryMs: 1, maxRetryMs: 5 } });
    const kill = `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = 'shuqiao-audit'`;
    const appends: Promise<{ index: string; eventId: string }>[] = [];
    for (let round = 0; round < 20; round++) {
      appends.push(...entriesOf(50).map((entry) => auditLog.append(entry)));
      await engine.exec(kill);
    }
    const receipts = await Promise.all(appends);
    await auditLog.close();
    const rows = await readLog(engine.sql);
    expect(rows.map((row) => row.index)).toEqual(rows.map((_, i) => i));
    expect(new Set(rows.map((row) => row.eventId)).size).toBe(1_000);
    for (const receipt of receipts) expect(rows[Number(receipt.index)]?.eventId).toBe(receipt.eventId);
  });

  it('refuses while the counter is held by a stalled party, and recovers by itself', async () => {
    const store = engine.createStore({ timeoutMs: 100 });
    const auditLog = openLog(store, { limits: { deadlineMs: 60, retryMs: 1, maxRetryMs: 5 } });
    await engine.sql.transaction(async (transaction) => {
      await transaction.query('UPDATE audit.seq SET next = next', []);
      await expect(auditLog.append(entryOf())).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
    });
    await auditLog.close();
    const rows = await readLog(engine.sql);
    expect(rows.map((row) => row.index)).toEqual([0]);
  });

  it('fails in bounded time where there is no server, and the caller is told no', async () => {
    const auditLog = openLog(await storeWithoutServer(), { limits: { deadlineMs: 100, closeMs: 50 } });
    await expect(auditLog.append(entryOf())).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
    expect(await auditLog.close()).toEqual({ unwritten: 1 });
  });

  it('reports what the server says of its durability', async () => {
    const store = engine.createStore();
    expect(await store.durability()).toEqual({
      survivesPowerCut: true,
      hasSynchronousStandby: false,
      weaknesses: [
        expect.objectContaining({ en: expect.stringContaining('synchronous_standby_names is empty') }),
      ],
    });
    await store.close();
  });

  it('insists on synchronous commit, whatever the database or the account is set to', async () => {
    await engine.exec(
      "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database()); END $$",
    );
    const store = engine.createStore();
    expect((await store.durability()).survivesPowerCut).toBe(true);
    await store.close();
  });

  it('can be written by the writer role alone', async () => {
    const store = engine.createStore({ role: 'shuqiao_audit_writer' });
    expect(await store.append(sealed(2))).toEqual([0n, 1n]);
    await store.ensurePartitions();
    await store.close();
  });

  it('is set up by an account that may not create roles, without the role', async () => {
    const name = `plain_${randomUUID().replaceAll('-', '')}`;
    await engine.exec(`DROP SCHEMA audit CASCADE; CREATE ROLE ${name};
      DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO ${name}', current_database()); END $$`);
    await engine.exec(`SET ROLE ${name}; ${migration}; RESET ROLE`);
    const store = engine.createStore();
    expect(await store.append(sealed(1))).toEqual([0n]);
    await store.close();
    await engine.exec(`DROP SCHEMA audit CASCADE; DROP OWNED BY ${name}; DROP ROLE ${name}`);
  });

  it('holds what openEntry opens', async () => {
    const store = engine.createStore();
    const entry = entryOf();
    await store.append([sealEntry(entry, log)]);
    const [row] = await engine.sql.query('SELECT body, leaf, dept FROM audit.record', []);
    if (!row) throw new TypeError('a row expected');
    expect(textOf(row, 'dept')).toBe('civil-affairs');
    const { body, leaf } = row as { body: Buffer; leaf: Buffer };
    expect(openEntry({ body, leaf })).toMatchObject({ isDamaged: false, entry });
    await store.close();
  });
});

/** An address where nothing listens. */
async function storeWithoutServer() {
  const { createPgAuditStore } = await import('../../src/audit/store-pg.ts');
  const { default: pg } = await import('pg');
  return createPgAuditStore({
    createPool: (settings) => new pg.Pool({ ...settings, host: '127.0.0.1', port: 1 }),
  });
}
