import { fileURLToPath } from 'node:url';
import type { PGlite } from '@electric-sql/pglite';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { PrismaPGlite } from 'pglite-prisma-adapter';
import { HubError } from '../errors.ts';
import { PrismaClient } from '../generated/prisma/client.ts';
import { migrate } from './migrate.ts';
import { openEmbedded } from './open-embedded.ts';
import { connectToServer, createServerPool } from './open-server.ts';
import { rawParsers } from './raw-values.ts';

/** The hub's own database: open, migrated, and holding nothing of any resident. */
export interface Storage {
  readonly kind: 'embedded' | 'server';
  readonly prisma: PrismaClient;
  readonly sql: RawSql;
  /** Embedded only. The audit log appends here, in process: over a socket it would run inside Prisma's transactions. */
  readonly pglite?: PGlite;
  /**
   * Server only: connections besides Prisma's, for the audit log's appends. The address is added to `settings` and
   * nothing else; `close` ends the pool where its user has not.
   */
  readonly createPool?: (settings: pg.PoolConfig) => pg.Pool;
  /** Names of the migrations that this start applied. */
  readonly migrated: readonly string[];
  /** Idempotent. */
  close(): Promise<void>;
}

export interface RawSql {
  /** One statement with `$1` parameters. Values come as `raw-values.ts` says. */
  query(text: string, params?: readonly unknown[]): Promise<readonly Readonly<Record<string, unknown>>[]>;
}

export interface StorageOptions {
  /** A PostgreSQL server, 15 or later; without it, PGlite in `<dataDir>/db`. */
  readonly databaseUrl?: string;
  readonly dataDir: string;
  /** The embedded database does not survive a power cut, so production is refused without a server. */
  readonly production: boolean;
  /** How long to wait for a server that does not answer yet; 30 seconds by default. */
  readonly patienceMs?: number;
  /** Another history than the hub's own; for tests. */
  readonly migrationsDir?: string;
}

/**
 * Opens the hub's own database and brings it to this release's history. Rejects with `CONFIG_INVALID` and a sentence for
 * the operator where it cannot, and then holds neither a connection nor the directory. Several replicas may call it
 * at once on one server; on one data directory the second caller is refused.
 */
export async function openStorage(options: StorageOptions): Promise<Storage> {
  const { databaseUrl } = options;
  if (databaseUrl !== undefined) return openServerStorage({ ...options, databaseUrl });
  if (options.production) {
    throw new HubError('CONFIG_INVALID', {
      hintZh: '生产环境须有 PostgreSQL 服务器：请设 DATABASE_URL。内置数据库断电会丢失记录。',
      hint: 'Production needs a PostgreSQL server: set DATABASE_URL. The embedded database does not survive a power cut.',
    });
  }
  return openEmbeddedStorage(options);
}

async function openEmbeddedStorage(options: StorageOptions): Promise<Storage> {
  const database = await openEmbedded(options.dataDir);
  const { pglite } = database;
  const factory = new PrismaPGlite(pglite);
  try {
    const exec = async (script: string) => void (await pglite.exec(script));
    const migrated = await migrate({ adapter: await factory.connect(), exec }, migrationsDir(options));
    const prisma = new PrismaClient({ adapter: factory });
    return {
      kind: 'embedded',
      prisma,
      sql: { query: async (text, params = []) => queryPglite(pglite, text, params) },
      pglite,
      migrated,
      close: once(async () => {
        await prisma.$disconnect();
        await database.close();
      }),
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function queryPglite(pglite: PGlite, text: string, params: readonly unknown[]) {
  const result = await pglite.query<Record<string, unknown>>(text, [...params], {
    parsers: { ...rawParsers },
  });
  return result.rows;
}

async function openServerStorage(options: StorageOptions & { databaseUrl: string }): Promise<Storage> {
  const { databaseUrl } = options;
  const migrated = await migrateServer(options);
  const pool = createServerPool(databaseUrl);
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) });
  const pools = [pool];
  return {
    kind: 'server',
    prisma,
    sql: { query: async (text, params = []) => queryServer(pool, text, params) },
    createPool(settings) {
      const own = new pg.Pool({ ...settings, connectionString: databaseUrl });
      pools.push(own);
      return own;
    },
    migrated,
    close: once(async () => {
      await prisma.$disconnect();
      await Promise.all(pools.filter((each) => !each.ending).map((each) => each.end()));
    }),
  };
}

async function queryServer(pool: pg.Pool, text: string, params: readonly unknown[]) {
  const types = {
    getTypeParser: (oid: number, format?: 'text' | 'binary') =>
      (format !== 'binary' && rawParsers[oid]) || pg.types.getTypeParser(oid, format),
  };
  const result = await pool.query<Record<string, unknown>>({ text, values: [...params], types });
  return result.rows;
}

/** Any number that no other program on this database takes as an advisory lock: `shuqiao` on a phone's keys. */
const migrationLock = 7_487_426;

/** On a connection of its own, so that the locks of this session, ours and the engine's, end with it. */
async function migrateServer(options: StorageOptions & { databaseUrl: string }): Promise<readonly string[]> {
  const client = await connectToServer(options.databaseUrl, options.patienceMs ?? 30_000);
  try {
    await client.query('SET search_path TO public');
    await client.query('SELECT pg_advisory_lock($1)', [migrationLock]);
    const adapter = await new PrismaPg(createPoolOf(client)).connect();
    const exec = async (script: string) => void (await client.query(script));
    return await migrate({ adapter, exec }, migrationsDir(options));
  } finally {
    await client.end();
  }
}

/** Prisma's adapter insists on a pool; this one has a single connection, and never opens another when that is lost. */
function createPoolOf(client: pg.Client): pg.Pool {
  return Object.assign(new pg.Pool({ max: 1 }), { query: client.query.bind(client) });
}

function migrationsDir(options: StorageOptions): string {
  return options.migrationsDir ?? fileURLToPath(new URL('../../prisma/migrations', import.meta.url));
}

function once(close: () => Promise<void>): () => Promise<void> {
  let closing: Promise<void> | undefined;
  return () => {
    closing ??= close();
    return closing;
  };
}
