import pg from 'pg';
import type { ConnectorObserver, SourceSettings } from '../connector.ts';
import { type Deadline, raceDeadline } from '../deadline.ts';
import { failureCode, SourceFailure } from '../source-failure.ts';
import { DatabaseSocket } from '../sql/database-socket.ts';
import { runOnSocket } from '../sql/run-on-socket.ts';
import { createOpenSockets, setUpWithin } from '../sql/sessions-closing.ts';
import type { SqlConnection } from '../sql/sql-connection.ts';
import { isStaleStatement, postgresFailure } from './postgres-failure.ts';
import { findPooler, runInTransaction, setUpSession } from './session-setup.ts';

/**
 * Sessions at one PostgreSQL server that cannot write, end their statements at the source's deadline, and say dates in one way, behind a
 * pooler too. A session whose call was given up is closed, never used again: its statement may still run.
 */
export interface PostgresSessions {
  /**
   * Runs the task with a session of its own. Rejects with the deadline's reason as soon as it ends, with a `SourceFailure` if no
   * session can be had or the server says more than the source's limit, else with what the task threw.
   */
  use<T>(deadline: Deadline, task: (session: pg.PoolClient) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export function createPostgresSessions(
  settings: SourceSettings,
  connection: SqlConnection,
  poolSize: number,
  observer: ConnectorObserver,
  /** Statements do not stay where they were prepared. */
  onPooler: () => void,
): PostgresSessions {
  const pooled = new WeakSet<object>();
  const setUp = async (session: pg.Client): Promise<void> => {
    if (!(await findPooler(session))) return setUpSession(session, settings.deadlineMs);
    pooled.add(session);
    onPooler();
  };
  const sockets = createOpenSockets();
  const pool = new pg.Pool({
    ...poolOptions(settings, connection),
    max: poolSize,
    onConnect: (session) => {
      // What a pool makes are clients with a connection, which the type of the hook does not say.
      const client = session as pg.Client;
      const { stream } = client.connection;
      sockets.add(stream);
      // The pool listens only while a session is idle, and an error without a listener would end the process.
      session.on('error', () => undefined);
      return setUpWithin(settings.deadlineMs, stream, () => setUp(client));
    },
  });
  // An idle session that breaks is replaced by the next read.
  pool.on('error', (error) => observer.warn(settings.name, 'session broke', postgresFailure(error)));
  return {
    async use(deadline, task) {
      const session = await raceDeadline(deadline, pool.connect(), (late) => late.release()).catch(
        rethrowDown,
      );
      const limits = { deadline, maxBytes: settings.maxResponseBytes };
      if (!pooled.has(session)) return runTask(session, limits, task);
      return runTask(session, limits, () =>
        runInTransaction(session, settings.deadlineMs, () => task(session)),
      );
    },
    close: () => sockets.closeAfter(pool.end(), settings.deadlineMs),
  };
}

async function runTask<T>(
  session: pg.PoolClient,
  limits: { readonly deadline: Deadline; readonly maxBytes: number },
  task: (session: pg.PoolClient) => Promise<T>,
): Promise<T> {
  try {
    const result = await runOnSocket(session.connection.stream, limits, () => task(session));
    session.release();
    return result;
  } catch (error) {
    session.release(error instanceof SourceFailure || isStaleStatement(error));
    throw error;
  }
}

/** Whatever goes wrong before there is a session, the source cannot be asked at the moment. */
function rethrowDown(error: unknown): never {
  throw error instanceof SourceFailure
    ? error
    : new SourceFailure('down', `postgres connect ${failureCode(error)}`);
}

function poolOptions(settings: SourceSettings, connection: SqlConnection): pg.PoolConfig {
  const { host, port, database, user, password, tls } = connection;
  return {
    host,
    port,
    stream: () => new DatabaseSocket(connection),
    database,
    user,
    password,
    ...(tls ? { ssl: tls.ca === undefined ? true : { ca: tls.ca } } : {}),
    application_name: 'shuqiao',
    connectionTimeoutMillis: settings.deadlineMs,
    keepAlive: true,
  };
}
