import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { HubError } from '../errors.ts';

/** The oldest PostgreSQL that the hub's migrations are tried on. */
const oldestVersion = 150_000;

const pause = { firstMs: 100, longestMs: 2_000 };

/**
 * A connection of its own to the hub's database server: waits while the server is starting, unreachable, full or still a
 * standby, at most `patienceMs`. What waiting cannot mend (password, database name, version) fails at once. The sentence of
 * the error names the host in DATABASE_URL, and nothing else of it.
 */
export async function connectToServer(databaseUrl: string, patienceMs: number): Promise<pg.Client> {
  const host = readHost(databaseUrl);
  const deadline = Date.now() + patienceMs;
  for (let pauseMs = pause.firstMs; ; pauseMs = Math.min(pauseMs * 2, pause.longestMs)) {
    const attempt = await tryConnect(databaseUrl);
    if (attempt instanceof pg.Client) return attempt;
    if (!attempt.isTransient)
      throw refusal(
        `The database server ${host} (DATABASE_URL) refuses the hub: ${attempt.why}.`,
        `数据库服务器 ${host}（DATABASE_URL）拒绝连接：${attempt.why}。`,
      );
    if (Date.now() + pauseMs > deadline) {
      throw refusal(
        `The database server ${host} (DATABASE_URL) cannot be used: ${attempt.why}.`,
        `数据库服务器 ${host}（DATABASE_URL）无法使用：${attempt.why}。`,
      );
    }
    await setTimeout(pauseMs);
  }
}

/**
 * The pool for all but the migrations and the audit log's appends. A statement that hangs ends after half a minute on the
 * server, and where the server is cut off, here. Connects when first used.
 */
export function createServerPool(databaseUrl: string): pg.Pool {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    application_name: 'shuqiao',
    max: 8,
    keepAlive: true,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 30_000,
    query_timeout: 35_000,
  });
  // An idle connection that the server closes is replaced at the next query; without a listener it would end the process.
  pool.on('error', () => {});
  return pool;
}

function readHost(databaseUrl: string): string {
  const url = URL.canParse(databaseUrl) ? new URL(databaseUrl) : undefined;
  if (!url || !/^postgres(ql)?:$/.test(url.protocol) || url.hostname === '') {
    throw refusal('DATABASE_URL must be postgresql://user:password@host:port/database.');
  }
  if (url.searchParams.has('schema')) {
    throw refusal(
      'DATABASE_URL names a schema, but the hub keeps its tables in "public": remove the parameter.',
    );
  }
  return url.host;
}

interface Failure {
  readonly isTransient: boolean;
  readonly why: string;
}

async function tryConnect(databaseUrl: string): Promise<pg.Client | Failure> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    application_name: 'shuqiao',
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    const failure = await findFault(client);
    if (!failure) return client;
    await client.end();
    return failure;
  } catch (error) {
    await client.end().catch(() => {});
    return describe(error);
  }
}

async function findFault(client: pg.Client): Promise<Failure | undefined> {
  const { rows } = await client.query<{ version: number; standby: boolean }>(
    `SELECT current_setting('server_version_num')::int AS version, pg_is_in_recovery() AS standby`,
  );
  const version = rows[0]?.version ?? 0;
  if (version < oldestVersion) return { isTransient: false, why: 'it is older than PostgreSQL 15' };
  if (rows[0]?.standby) return { isTransient: true, why: 'it is a standby, which cannot be written to' };
  return undefined;
}

/** Words for what an operator meets; anything else is named by its code. The driver's own text could quote the URL. */
const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the name cannot be resolved now',
  ETIMEDOUT: 'no answer',
  '28P01': 'wrong user or password',
  '28000': 'this user or host is not admitted',
  '3D000': 'no such database',
  '53300': 'it has no connection left',
  '57P03': 'it is starting or stopping',
};

function describe(error: unknown): Failure {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'NO_ANSWER';
  const isRefusal = /^(28|3D|42|0A)/.test(code) || /CERT|TLS|SSL/.test(code);
  return { isTransient: !isRefusal, why: reasons[code] ? `${reasons[code]} (${code})` : code };
}

function refusal(hint: string, hintZh?: string): HubError {
  return new HubError('CONFIG_INVALID', { hint, ...(hintZh === undefined ? {} : { hintZh }) });
}
