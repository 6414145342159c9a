/**
 * PostgreSQL servers of a test's own, in a scratch folder, for what cannot be tried on the server that all tests share: settings of the
 * whole server, standbys, a server that ends. Debian keeps the programs outside the PATH.
 */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

/** Of the newest version that is installed; undefined where there is none. */
export const serverPrograms = findPrograms();

if (serverPrograms === undefined && process.env['SHUQIAO_REQUIRE_ENGINES'] === '1') {
  throw new TypeError(
    'SHUQIAO_REQUIRE_ENGINES is set: the programs of a PostgreSQL server must be installed',
  );
}

export interface Cluster {
  readonly port: number;
  url(account?: string): string;
  /** As its superuser. */
  sql(statement: string): Promise<readonly Readonly<Record<string, string>>[]>;
  /** Changes a setting of the whole server, and waits until the server has it. */
  set(name: string, value: string): Promise<void>;
  /** A second server that follows this one, under the name `standby`. */
  startStandby(): Promise<Cluster>;
  stop(): Promise<void>;
  /** Stops it and removes its folder. */
  remove(): Promise<void>;
}

export async function startCluster(): Promise<Cluster> {
  const folder = createFolder();
  await runProgram('initdb', ['-D', folder, '-A', 'trust', '-U', 'postgres', '--no-sync', '-E', 'UTF8']);
  return openCluster(folder);
}

async function openCluster(folder: string): Promise<Cluster> {
  const port = await findPort();
  const url = (account = 'postgres') => `postgres://${account}@127.0.0.1:${port}/postgres`;
  const options = `-p ${port} -h 127.0.0.1 -k ${folder} -c shared_buffers=16MB`;
  await runProgram('pg_ctl', ['-D', folder, '-l', join(folder, 'server.log'), '-w', '-o', options, 'start']);
  const sql = (statement: string) => runSql(url(), statement);
  const stop = async () => {
    await runProgram('pg_ctl', ['-D', folder, '-m', 'immediate', 'stop']).catch(() => {});
  };
  return {
    port,
    url,
    sql,
    async set(name, value) {
      await sql(`ALTER SYSTEM SET ${name} = '${value}'`);
      await sql('SELECT pg_reload_conf()');
      while ((await sql(`SHOW ${name}`))[0]?.[name] !== value) await sql('SELECT pg_sleep(0.02)');
    },
    async startStandby() {
      const copy = createFolder();
      const primary = `host=127.0.0.1 port=${port} user=postgres application_name=standby`;
      const flags = ['--write-recovery-conf', '--no-sync', '--checkpoint=fast', '--wal-method=stream'];
      await runProgram('pg_basebackup', ['-D', copy, '-d', primary, ...flags]);
      return openCluster(copy);
    },
    stop,
    async remove() {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function runSql(url: string, statement: string) {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query<Record<string, string>>(statement)).rows;
  } finally {
    await client.end();
  }
}

function createFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'shuqiao-postgres-'));
  const owner = serverAccount();
  if (owner) execFileSync('chown', [`${owner.uid}:${owner.gid}`, folder]);
  return folder;
}

/** The server must not inherit pipes: the program that starts it would never be seen to end. */
function runProgram(name: string, args: readonly string[]): Promise<void> {
  if (serverPrograms === undefined) throw new TypeError('no PostgreSQL server is installed');
  const child = spawn(join(serverPrograms, name), [...args], {
    cwd: tmpdir(),
    stdio: 'ignore',
    ...serverAccount(),
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${name} ended with ${code}`))));
  });
}

/** PostgreSQL refuses to run as root. */
function serverAccount(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

function findPrograms(): string | undefined {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  return versions.map((version) => join(root, version, 'bin')).find((bin) => existsSync(join(bin, 'initdb')));
}

function findPort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0));
    });
  });
}
