import { Duplex } from 'node:stream';
import mysql, {
  type FieldPacket,
  type Pool,
  type PoolConnection,
  type PoolOptions,
  type RowDataPacket,
} from 'mysql2';
import type { ConnectorObserver, SourceSettings } from '../connector.ts';
import { type Deadline, raceDeadline } from '../deadline.ts';
import { failureCode, SourceFailure } from '../source-failure.ts';
import { DatabaseSocket } from '../sql/database-socket.ts';
import { runOnSocket } from '../sql/run-on-socket.ts';
import { createOpenSockets, setUpWithin } from '../sql/sessions-closing.ts';
import type { SqlConnection } from '../sql/sql-connection.ts';
import type { SqlParameter } from '../sql/sql-text.ts';
import { mysqlFailure, serverErrorNumber } from './mysql-failure.ts';
import {
  findProxy,
  findTimeout,
  runInTransaction,
  type StatementTimeout,
  setUpSession,
} from './session-setup.ts';

export interface MysqlAnswer {
  readonly rows: unknown[][];
  readonly fields: readonly FieldPacket[];
}

/**
 * Sessions at one MySQL or MariaDB server that cannot write, end their statements at the source's deadline, and give dates as text, behind a
 * multiplexing proxy too. A session whose call was given up is closed, never used again: its statement may still run.
 */
export interface MysqlSessions {
  /**
   * Runs one prepared statement. Rejects with the deadline's reason as soon as it ends, else with a `SourceFailure`.
   */
  execute(text: string, values: readonly SqlParameter[], deadline: Deadline): Promise<MysqlAnswer>;
  close(): Promise<void>;
}

export function createMysqlSessions(
  settings: SourceSettings,
  connection: SqlConnection,
  poolSize: number,
  observer: ConnectorObserver,
): MysqlSessions {
  const pool = mysql.createPool({ ...poolOptions(settings, connection), connectionLimit: poolSize });
  const ready = new WeakMap<PoolConnection, StatementTimeout>();
  const sockets = createOpenSockets();
  /** Once seen it holds for every session: a proxy's own numbers may be a server's by chance. */
  let isProxied = false;

  const setUp = async (session: PoolConnection): Promise<StatementTimeout> => {
    if (!isProxied && (await findProxy(session))) isProxied = true;
    const timeout = await findTimeout(session, settings.deadlineMs);
    if (!isProxied) await setUpSession(session, timeout);
    return timeout;
  };

  const open = async (): Promise<OpenSession> => {
    const session = await getSession(pool);
    const known = ready.get(session);
    if (known) return { session, timeout: known };
    // An idle session that breaks is replaced by the next read; without a listener it would end the process.
    session.on('error', (error) => observer.warn(settings.name, 'session broke', mysqlFailure(error)));
    sockets.add(socketOf(session));
    try {
      const timeout = await setUpWithin(settings.deadlineMs, socketOf(session), () => setUp(session));
      ready.set(session, timeout);
      return { session, timeout };
    } catch (error) {
      destroy(session);
      throw error;
    }
  };

  return {
    async execute(text, values, deadline) {
      const { session, timeout } = await raceDeadline(deadline, open(), (late) =>
        late.session.release(),
      ).catch(rethrowDown);
      const limits = { deadline, maxBytes: settings.maxResponseBytes };
      const task = () => execute(session, text, values);
      return runStatement(session, limits, () =>
        isProxied ? runInTransaction(session, timeout, task) : task(),
      );
    },
    close: () => sockets.closeAfter(new Promise((resolve) => pool.end(resolve)), settings.deadlineMs),
  };
}

interface OpenSession {
  readonly session: PoolConnection;
  readonly timeout: StatementTimeout;
}

async function runStatement<T>(
  session: PoolConnection,
  limits: { readonly deadline: Deadline; readonly maxBytes: number },
  task: () => Promise<T>,
): Promise<T> {
  try {
    const result = await runOnSocket(socketOf(session), limits, task);
    session.release();
    return result;
  } catch (error) {
    if (error instanceof SourceFailure || serverErrorNumber(error) === undefined) destroy(session);
    else session.release();
    throw mysqlFailure(error);
  }
}

/** Whatever goes wrong before there is a session, the source cannot be asked at the moment. */
function rethrowDown(error: unknown): never {
  if (error instanceof SourceFailure) throw error;
  throw new SourceFailure('down', `mysql connect ${serverErrorNumber(error) ?? failureCode(error)}`);
}

function poolOptions(settings: SourceSettings, connection: SqlConnection): PoolOptions {
  const { host, port, database, user, password, tls } = connection;
  return {
    host,
    port,
    stream: () => new DatabaseSocket(connection).setNoDelay(true).setKeepAlive(true).connect(),
    database,
    user,
    ...(password === undefined ? {} : { password }),
    ...(tls ? { ssl: { ...(tls.ca === undefined ? {} : { ca: tls.ca }), verifyIdentity: true } } : {}),
    charset: 'utf8mb4',
    connectTimeout: settings.deadlineMs,
    rowsAsArray: true,
    dateStrings: true,
    supportBigNumbers: true,
    jsonStrings: true,
    // Else the driver compiles code from column names and types, which the server chooses.
    disableEval: true,
    // A server has 16,382 of them for all its clients.
    maxPreparedStatements: 100,
    trace: false,
  };
}

/** The driver's own `destroy` only says goodbye and goes on reading. */
function destroy(session: PoolConnection): void {
  session.destroy();
  socketOf(session).destroy();
}

function socketOf(session: PoolConnection): Duplex {
  const stream: unknown = Reflect.get(session, 'stream');
  if (!(stream instanceof Duplex)) throw new TypeError('mysql2 connections are expected to have a stream');
  return stream;
}

function getSession(pool: Pool): Promise<PoolConnection> {
  return new Promise((resolve, reject) => {
    pool.getConnection((error, session) => (error ? reject(error) : resolve(session)));
  });
}

function execute(
  session: PoolConnection,
  text: string,
  values: readonly SqlParameter[],
): Promise<MysqlAnswer> {
  return new Promise((resolve, reject) => {
    session.execute<RowDataPacket[][]>(text, [...values], (error, rows, fields) => {
      // With rowsAsArray rows are arrays, which the driver's types do not say.
      if (error) reject(error);
      else resolve({ rows: rows as unknown as unknown[][], fields });
    });
  });
}
