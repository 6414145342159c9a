import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { createEmptyDatabase } from '../../examples/departments/empty-cluster.ts';
import type { AccessEntry, AuditStore } from '../../src/audit/entry.ts';
import { type AuditLog, type AuditLogOptions, createAuditLog } from '../../src/audit/log.ts';
import { createReceiptSigner } from '../../src/audit/receipt.ts';
import type { Sql } from '../../src/audit/sql.ts';
import { createPgAuditStore } from '../../src/audit/store-pg.ts';
import { createPgliteAuditStore, type PgliteAuditStore } from '../../src/audit/store-pglite.ts';
import { createPgSql } from '../../src/audit/store-sql-pg.ts';
import { createPgliteSql } from '../../src/audit/store-sql-pglite.ts';
import { engines } from '../support/engines.ts';

const readMigration = (name: string) =>
  readFileSync(new URL(`../../prisma/migrations/${name}/migration.sql`, import.meta.url), 'utf8');

/** The log as it was before its search tables were made anew. */
export const firstMigrations = `${readMigration('20261121000200_audit_log')};
${readMigration('20261122031736_audit_kind')}`;
export const searchMigration = readMigration('20261128000100_search_tables');
/** All that made the log's tables, as one script. */
export const migration = `${firstMigrations};
${searchMigration}`;

export const receiptKeys = generateKeyPairSync('ed25519');

/** An entry as request.ts would make it; each has an event of its own. */
export function entryOf(overrides: Partial<AccessEntry> = {}): AccessEntry {
  return {
    eventId: randomUUID(),
    kind: 'access',
    at: '2026-11-21T08:00:00.000Z',
    requestId: randomUUID(),
    caller: {
      client: 'one-stop-hall',
      department: 'civil-affairs',
      officer: 'P-0107',
      roles: ['caseworker'],
      issuer: 'https://issuer.example',
      tokenId: 'token-1',
      purpose: 'subsidy-review',
      caseReference: 'BJ-2026-0042',
    },
    operation: {
      hash: 'ab'.repeat(32),
      name: 'View',
      schemaVersion: `sha256:${'cd'.repeat(32)}`,
      policyFingerprint: 'ef'.repeat(32),
    },
    decisions: [
      { coordinate: 'PoliceRecord.name', effect: 'MASK', rule: 'AGR-2026-0001.v3#0' },
      { coordinate: 'PoliceRecord.registrationType', effect: 'DENY', rule: 'share:NON_SHARED' },
    ],
    subjects: ['AAAAAAAAAAAAAAAAAAAAAA'],
    subjectKey: 'hmac-sha256-128/civil-affairs/2026-11',
    reads: [
      {
        source: 'police-population',
        entity: 'PoliceRecord',
        role: 'data',
        columns: ['xm'],
        keys: 1,
        rows: 1,
        outcome: 'OK',
        readAt: '2026-11-21T07:59:59.990Z',
      },
    ],
    outcome: { status: 200, errors: { FIELD_DENIED: 1 }, commitment: '12'.repeat(32) },
    ...overrides,
  };
}

export function entriesOf(count: number): readonly AccessEntry[] {
  return Array.from({ length: count }, () => entryOf());
}

export function openLog(store: AuditStore, options: Partial<AuditLogOptions> = {}): AuditLog {
  const signReceipt = createReceiptSigner(receiptKeys.privateKey);
  return createAuditLog({ store, origin: 'hub.example/log', replica: 'r1', signReceipt, ...options });
}

/** A database of its own with the log's tables in it. */
export interface LogEngine {
  readonly name: 'PGlite' | 'PostgreSQL';
  readonly sql: Sql;
  readonly db?: PGlite;
  readonly url?: string;
  createStore(options?: { role?: string; timeoutMs?: number }): PgliteAuditStore;
  /** Several statements; in one transaction where the engine is asked to. */
  exec(script: string): Promise<void>;
  /** An empty log again. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

export const logEngines: readonly { readonly name: string; readonly open: () => Promise<LogEngine> }[] = [
  { name: 'PGlite', open: openPglite },
  ...(engines.postgres ? [{ name: 'PostgreSQL', open: openPostgres }] : []),
];

const emptyLog = `DROP SCHEMA IF EXISTS audit CASCADE; ${migration}`;

export async function openPglite(): Promise<LogEngine> {
  const db = await createEmptyDatabase();
  const exec = async (script: string) => void (await db.exec(script));
  await exec(emptyLog);
  const sql = createPgliteSql(db);
  return {
    name: 'PGlite',
    db,
    sql,
    createStore: () => createPgliteAuditStore({ db }),
    exec,
    reset: await createReset(sql, exec),
    close: () => db.close(),
  };
}

export async function openPostgres(): Promise<LogEngine> {
  const server = engines.postgres;
  if (server === undefined) throw new TypeError('no PostgreSQL server');
  const name = `shuqiao_audit_${randomUUID().replaceAll('-', '')}`;
  const url = new URL(server);
  url.pathname = `/${name}`;
  await onServer(server, `CREATE DATABASE ${name}`);
  const pool = new pg.Pool({ connectionString: url.href, max: 4 });
  pool.on('error', () => {});
  const exec = async (script: string) => void (await pool.query(script));
  await exec(emptyLog);
  const sql = createPgSql(pool);
  return {
    name: 'PostgreSQL',
    url: url.href,
    sql,
    createStore: (options = {}) =>
      createPgAuditStore({
        createPool: (settings) => new pg.Pool({ ...settings, connectionString: url.href }),
        ...options,
      }),
    exec,
    reset: await createReset(sql, exec),
    async close() {
      await pool.end();
      await onServer(server, `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

/** Empties the tables, as long as they are those that the migration made: making them anew takes many times as long. */
async function createReset(sql: Sql, exec: (script: string) => Promise<void>): Promise<() => Promise<void>> {
  const made = await tablesOf(sql);
  const truncate = `BEGIN; SET LOCAL session_replication_role = replica; TRUNCATE ${made.join(', ')};
    INSERT INTO audit.seq (log_id, next) VALUES (1, 0); INSERT INTO audit.projection (log_id, next) VALUES (1, 0); COMMIT`;
  return async () => exec(String(await tablesOf(sql)) === String(made) ? truncate : emptyLog);
}

async function tablesOf(sql: Sql): Promise<readonly string[]> {
  const rows = await sql.query(
    `SELECT 'audit.' || tablename AS name FROM pg_tables WHERE schemaname = 'audit' ORDER BY 1`,
    [],
  );
  return rows.map((row) => String(row['name']));
}

async function onServer(url: string, statement: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query(statement);
  await client.end();
}

export interface LoggedRow {
  readonly index: number;
  readonly eventId: string;
  readonly leaf: string;
}

/** What the log holds, in order. */
export async function readLog(sql: Sql): Promise<readonly LoggedRow[]> {
  const rows = await sql.query(
    `SELECT leaf_index::integer AS index, event_id::text AS event_id, encode(leaf, 'base64') AS leaf
     FROM audit.record ORDER BY leaf_index`,
    [],
  );
  return rows.map((row) => ({
    index: Number(row['index']),
    eventId: String(row['event_id']),
    leaf: String(row['leaf']),
  }));
}

export async function readNext(sql: Sql): Promise<number> {
  return Number((await sql.query('SELECT next::integer AS next FROM audit.seq', []))[0]?.['next']);
}
