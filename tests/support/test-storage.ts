/**
 * Databases for tests: the embedded one always, a PostgreSQL server where `engines` names one.
 *
 * Creating a PGlite takes seconds and opening one a third of a second, so a migrated directory is kept in node_modules/.cache
 * per history of migrations, and every test gets a copy of its own.
 */
import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { readMigrations } from '../../src/storage/migration-files.ts';
import { openStorage, type Storage, type StorageOptions } from '../../src/storage/storage.ts';
import { engines } from './engines.ts';

export type StorageKind = Storage['kind'];

/** For `describe.each`. */
export const storageKinds: readonly StorageKind[] = engines.postgres ? ['embedded', 'server'] : ['embedded'];

export interface TestStorage {
  readonly storage: Storage;
  /** Opens the same database again, beside the first (server) or after it was closed (embedded). */
  readonly options: StorageOptions;
  /** Closes the storage and removes database and directory. */
  remove(): Promise<void>;
}

export async function openTestStorage(kind: StorageKind = 'embedded'): Promise<TestStorage> {
  const dataDir = kind === 'embedded' ? await createTestDataDir() : createEmptyDir();
  const database = kind === 'server' ? await createTestDatabase() : undefined;
  const url = database ? { databaseUrl: database.url } : {};
  const options = { dataDir, production: false, ...url };
  const storage = await openStorage(options);
  return {
    storage,
    options,
    async remove() {
      await storage.close();
      await database?.drop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** A data directory of its own with a migrated embedded database. */
export async function createTestDataDir(): Promise<string> {
  template ??= createTemplate();
  const dataDir = createEmptyDir();
  cpSync(await template, dataDir, { recursive: true });
  return dataDir;
}

export function createEmptyDir(): string {
  return mkdtempSync(join(tmpdir(), 'shuqiao-test-'));
}

/** An empty database on the server of `engines.postgres`. */
export async function createTestDatabase(): Promise<{ readonly url: string; drop(): Promise<void> }> {
  if (!engines.postgres) throw new TypeError('SHUQIAO_TEST_POSTGRES is not set');
  const name = `shuqiao_test_${randomBytes(6).toString('hex')}`;
  const server = engines.postgres;
  await runOn(server, `CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => runOn(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

async function runOn(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

let template: Promise<string> | undefined;

/** Built aside and renamed, since several test processes may need it at once; who comes second uses the first one's. */
async function createTemplate(): Promise<string> {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const migrations = await readMigrations(join(root, 'prisma/migrations'));
  const history = migrations.map((file) => file.checksum.slice(0, 8)).join('-');
  const cache = join(root, 'node_modules/.cache/shuqiao');
  const path = join(cache, `storage-${history}`);
  if (existsSync(path)) return path;
  mkdirSync(cache, { recursive: true });
  const draft = mkdtempSync(join(cache, 'draft-'));
  try {
    await (await openStorage({ dataDir: draft, production: false })).close();
    renameSync(draft, path);
  } catch (error) {
    if (!existsSync(path)) throw error;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return path;
}
