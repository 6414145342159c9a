import { once } from 'node:events';
import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createEmptyDatabase } from '../../examples/departments/empty-cluster.ts';
import { diffSchema } from '../../src/storage/diff-schema.ts';
import { readMigrations } from '../../src/storage/migration-files.ts';
import { connectToServer } from '../../src/storage/open-server.ts';
import { openStorage, type Storage, type StorageOptions } from '../../src/storage/storage.ts';
import { engines } from '../support/engines.ts';
import {
  createEmptyDir,
  createTestDatabase,
  createTestDataDir,
  openTestStorage,
  storageKinds,
  type TestStorage,
} from '../support/test-storage.ts';
import { createHistory, hubMigrations, schemaFile } from './support.ts';

// Creating a PGlite takes seconds, and many of them on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function open(options: StorageOptions): Promise<Storage> {
  const storage = await openStorage(options);
  cleanups.push(() => storage.close());
  return storage;
}

/** An empty place of that kind: a new directory, or a new database. */
async function createEmptyPlace(kind: Storage['kind']): Promise<StorageOptions> {
  const dataDir = keep(createEmptyDir());
  if (kind === 'embedded') return { dataDir, production: false };
  const database = await createTestDatabase();
  cleanups.push(() => database.drop());
  return { dataDir, production: true, databaseUrl: database.url };
}

/** The same, but the embedded one is already migrated, which saves seconds. */
async function createPlace(kind: Storage['kind']): Promise<StorageOptions> {
  if (kind === 'server') return createEmptyPlace(kind);
  return { dataDir: keep(await createTestDataDir()), production: false };
}

function keep(directory: string): string {
  cleanups.push(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

async function refusal(options: StorageOptions): Promise<Error> {
  return open(options).then(
    () => expect.unreachable('the storage opened'),
    (error) => error,
  );
}

describe.each(storageKinds)('the %s database', (kind) => {
  it('is created and migrated by the first start, whatever one that was cut short left, and left alone by the second', async () => {
    const place = await createEmptyPlace(kind);
    if (kind === 'embedded') writeFileSync(join(place.dataDir, 'db.new'), 'half of a database');
    const first = await open(place);
    expect(first.kind).toBe(kind);
    expect(first.migrated).toEqual((await readMigrations(hubMigrations)).map((file) => file.name));
    expect(await first.prisma.policyState.findMany()).toEqual([{ id: 1, revision: 0n }]);
    expect(existsSync(join(place.dataDir, 'db.new'))).toBe(false);
    await first.close();
    await first.close();

    const second = await open(place);
    expect(second.migrated).toEqual([]);
    expect(await second.prisma.policyState.count()).toBe(1);
  });

  it('keeps nothing of a migration that fails, names it, and goes on from there once it is mended', async () => {
    const place = await createPlace(kind);
    const start = (script: string) => ({
      ...place,
      migrationsDir: keep(createHistory({ '29990101000000_bad': script })),
    });

    const error = await refusal(
      start('CREATE TABLE half (a int); INSERT INTO half VALUES (1); SELECT no_such_function();'),
    );
    expect(error.message).toContain('29990101000000_bad of the hub');
    const cause = { message: expect.stringMatching(/no_such_function.*\(42883\)/) };
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', cause });

    const storage = await open(start('CREATE TABLE half (a int);'));
    expect(storage.migrated).toEqual(['29990101000000_bad']);
    expect(await storage.sql.query('SELECT count(*) FROM half')).toEqual([{ count: 0n }]);
  });

  it('takes whole scripts, refuses edited ones, and starts an older release beside a newer history', async () => {
    const place = await createPlace(kind);
    const script = `CREATE FUNCTION two() RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM 1; RETURN 2; END $$;
      CREATE TABLE three AS SELECT two() + 1 AS n;`;
    const newer = await open({
      ...place,
      migrationsDir: keep(createHistory({ '29990101000000_more': script })),
    });
    expect(await newer.sql.query('SELECT n FROM three')).toEqual([{ n: 3 }]);
    await newer.close();

    const edited = keep(createHistory({ '29990101000000_more': `${script} -- edited` }));
    expect((await refusal({ ...place, migrationsDir: edited })).message).toContain(
      '29990101000000_more was changed after',
    );
    expect((await open(place)).migrated).toEqual([]);
  });
});

describe.each(storageKinds)('in the %s database', (kind) => {
  let database: TestStorage;
  beforeAll(async () => {
    database = await openTestStorage(kind);
  });
  afterAll(() => database.remove());

  it('nobody rewrites the history of agreements', async () => {
    for (const sql of [
      'DELETE FROM agreement_version',
      'TRUNCATE agreement_version',
      'UPDATE agreement_version SET content = 1',
    ]) {
      await expect(database.storage.sql.query(sql)).rejects.toThrow('append-only');
    }
  });

  it('raw values have one form, whatever the engine', async () => {
    const sql = `SELECT 9007199254740993::int8 AS big, $1::bytea AS bytes, $2::timestamptz AS at, 1.10::numeric AS number,
      '[1]'::jsonb AS json, $3::text[] AS list, NULL::int8 AS nothing`;
    const params = [Buffer.from([0, 255]), '2026-11-21T08:00:00.5+08:00', ['a', 'b']];
    expect(await database.storage.sql.query(sql, params)).toEqual([
      {
        big: 9007199254740993n,
        bytes: Buffer.from([0, 255]),
        at: '2026-11-21T00:00:00.500Z',
        number: '1.10',
        json: [1],
        list: ['a', 'b'],
        nothing: null,
      },
    ]);
  });

  it('an undefined id never means "any row"', async () => {
    // What a missing property of untyped input would be.
    const id = undefined as unknown as string;
    await expect(database.storage.prisma.client.deleteMany({ where: { id } })).rejects.toThrow('undefined');
  });
});

describe('the history of migrations', () => {
  it.each(['SELECT 1; COMMIT;', '-- x\nbegin;', "SELECT ';'; /* ; */ Rollback", 'SELECT $a$;$a$;\n END'])(
    'has no script that begins or ends a transaction (%j)',
    async (script) => {
      const directory = keep(createHistory({ '29990101000000_ending': script }));
      await expect(readMigrations(directory)).rejects.toThrow('29990101000000_ending must not BEGIN, COMMIT');
    },
  );

  it('gives exactly the tables that the schema describes, and leaves other schemas to themselves', async () => {
    expect(await diffSchema(schemaFile, hubMigrations, createEmptyDatabase)).toBeUndefined();
    const script = 'CREATE SCHEMA apart; CREATE TABLE apart.t (a int); CREATE TABLE public.drift (a int);';
    const drifted = keep(createHistory({ '29990101000000_drift': script }));
    const difference = await diffSchema(schemaFile, drifted, createEmptyDatabase);
    expect(difference).toContain('DROP TABLE "drift"');
    expect(difference).not.toContain('apart');
  });
});

describe('the embedded database', () => {
  it('is refused in production', async () => {
    const error = await refusal({ dataDir: join(createEmptyDir(), 'never'), production: true });
    expect(error.message).toContain('set DATABASE_URL');
  });

  it('lets nobody but its owner into its files', async () => {
    const dataDir = keep(await createTestDataDir());
    await open({ dataDir, production: false });
    expect(statSync(join(dataDir, 'db')).mode & 0o077).toBe(0);
  });

  it('says so when its files are damaged, and frees the directory', async () => {
    const dataDir = keep(await createTestDataDir());
    writeFileSync(join(dataDir, 'db/global/pg_control'), 'nonsense');
    const error = await refusal({ dataDir, production: false });
    expect(error.message).toContain('cannot be opened');
    expect(existsSync(join(dataDir, 'hub.lock'))).toBe(false);
  });
});

describe.runIf(engines.postgres)('the database server', () => {
  it('is migrated once by three replicas that start together', async () => {
    const place = await createPlace('server');
    const replicas = await Promise.all([open(place), open(place), open(place)]);
    expect(replicas.map((replica) => replica.migrated.length).sort()).toEqual([
      0,
      0,
      (await readMigrations(hubMigrations)).length,
    ]);
    expect(await replicas[0]?.prisma.policyState.count()).toBe(1);
  });

  it('is not taken over when it holds the tables of something else', async () => {
    const place = await createPlace('server');
    const client = new pg.Client({ connectionString: place.databaseUrl });
    await client.connect();
    await client.query('CREATE TABLE somebody_elses (a int)');
    await client.end();
    expect((await refusal(place)).message).toContain('the tables of something else');
  });

  it('keeps instants whatever its own time zone', async () => {
    const place = await createPlace('server');
    const storage = await open(place);
    const [row] = await storage.sql.query('SELECT current_database() AS name');
    await storage.sql.query(`ALTER DATABASE ${row?.['name']} SET timezone TO 'Asia/Shanghai'`);
    await storage.close();

    const again = await open(place);
    const updatedAt = new Date('2026-11-21T16:30:00.123Z');
    const row2 = { name: 'police', sealed: new Uint8Array([1]), keyId: 'k', algorithm: 'a', updatedAt };
    await again.prisma.connection.create({ data: row2 });
    expect((await again.prisma.connection.findFirstOrThrow()).updatedAt).toEqual(updatedAt);
    expect(await again.sql.query('SELECT updated_at FROM connection')).toEqual([
      { updated_at: updatedAt.toISOString() },
    ]);
  });

  it('is waited for while it drops connections, as one that is starting does', async () => {
    const place = await createPlace('server');
    const url = new URL(place.databaseUrl ?? '');
    const [port, host] = [Number(url.port || 5432), url.hostname];
    let dropped = 0;
    const proxy = createServer((socket) => {
      if (dropped++ < 2) return socket.destroy();
      const server = connect(port, host);
      for (const end of [socket, server]) end.on('error', () => {});
      return socket.pipe(server).pipe(socket);
    }).listen(0, '127.0.0.1');
    cleanups.push(() => proxy.close());
    await once(proxy, 'listening');
    // A TCP server has an address object.
    url.host = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;

    const storage = await open({ ...place, databaseUrl: url.href });
    expect(dropped).toBeGreaterThan(2);
    expect(storage.migrated.length).toBeGreaterThan(0);
  });

  it('serves again after it has cut every connection', async () => {
    const storage = await open(await createPlace('server'));
    const client = await connectToServer(engines.postgres ?? '', 0);
    const [row] = await storage.sql.query('SELECT current_database() AS name');
    await client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [
      row?.['name'],
    ]);
    await client.end();
    await vi.waitFor(() => storage.prisma.policyState.findMany());
  });

  it('ends the pools that it made, whether or not their user did', async () => {
    const storage = await open(await createPlace('server'));
    const pools = [storage.createPool?.({ max: 1 }), storage.createPool?.({ max: 1 })];
    await pools[0]?.query('SELECT 1');
    await pools[1]?.end();
    await storage.close();
    expect(pools.map((pool) => pool?.ended)).toEqual([true, true]);
  });

  it('is refused at once, without its password, when it does not admit the hub', async () => {
    const url = new URL(engines.postgres ?? '');
    Object.assign(url, { pathname: '/no_such_database', password: 'S3cret-Pass' });
    const error = await refusal({ dataDir: '.', production: true, databaseUrl: url.href });
    expect(error.message).toContain(`${url.host} (DATABASE_URL) refuses the hub: no such database (3D000)`);
    expect(JSON.stringify([error.message, error.cause, error.stack])).not.toContain('S3cret-Pass');
  });
});

describe('a database server that cannot be used', () => {
  it('is waited for, then named by its host and never by its password', async () => {
    const databaseUrl = 'postgresql://hub:S3cret-Pass@127.0.0.1:9/hub';
    const started = performance.now();
    const error = await refusal({ dataDir: '.', production: true, databaseUrl, patienceMs: 500 });
    expect(error.message).toContain(
      '127.0.0.1:9 (DATABASE_URL) cannot be used: nothing listens there (ECONNREFUSED)',
    );
    expect(performance.now() - started).toBeGreaterThan(250);
    expect(JSON.stringify([error.message, error.cause, error.stack])).not.toContain('S3cret-Pass');
  });

  it.each([
    'mysql://hub:S3cret-Pass@db/hub',
    'not a url S3cret-Pass',
    'postgresql://hub:S3cret-Pass@db/hub?schema=x',
  ])('is a mistake of DATABASE_URL when that is no address of one (%#)', async (databaseUrl) => {
    const error = await refusal({ dataDir: '.', production: true, databaseUrl });
    expect(error.message).toContain('DATABASE_URL');
    expect(error.message).not.toContain('S3cret-Pass');
  });
});
