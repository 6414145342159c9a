import type { PoolConnection } from 'mysql2';
import { SourceFailure } from '../source-failure.ts';

/** What ends a session's statements at the server, as `SET` takes it. */
export interface StatementTimeout {
  readonly variable: 'max_statement_time' | 'max_execution_time';
  readonly value: number;
}

/**
 * A proxy (ProxySQL, MaxScale and their kin) may run each statement in another session of the servers: what we set would not hold for our
 * next statement, and would for somebody else's. Such a one greets with a thread id of its own.
 */
export async function findProxy(session: PoolConnection): Promise<boolean> {
  // Not the plain `SELECT CONNECTION_ID()`: ProxySQL answers that text itself, with the id of its greeting.
  const [row] = await queryRows(session, 'SELECT 0 + CONNECTION_ID()');
  const id = String(row?.[0]);
  // A greeting has room for 32 bits of it.
  return !/^\d{1,20}$/.test(id) || BigInt.asUintN(32, BigInt(id)) !== BigInt(session.threadId);
}

/** MariaDB counts seconds, MySQL milliseconds. Throws `SourceFailure` where the server has neither. */
export async function findTimeout(session: PoolConnection, deadlineMs: number): Promise<StatementTimeout> {
  const rows = await queryRows(
    session,
    "SHOW SESSION VARIABLES WHERE variable_name IN ('max_statement_time', 'max_execution_time')",
  );
  const names = new Set(rows.map(([name]) => String(name)));
  if (names.has('max_statement_time')) return { variable: 'max_statement_time', value: deadlineMs / 1000 };
  if (names.has('max_execution_time'))
    return { variable: 'max_execution_time', value: Math.ceil(deadlineMs) };
  throw new SourceFailure('down', 'mysql server has no statement timeout');
}

/** For the life of the session. */
export async function setUpSession(
  session: PoolConnection,
  { variable, value }: StatementTimeout,
): Promise<void> {
  await query(session, 'SET SESSION TRANSACTION READ ONLY');
  await query(session, `SET SESSION sql_mode = '', SESSION ${variable} = ${value}`);
  await checkSettings(session);
}

/** What stands between us and the server may take a setting without passing it on: such a session must not be read through. */
async function checkSettings(session: PoolConnection): Promise<void> {
  const rows = await queryRows(
    session,
    `SHOW SESSION VARIABLES WHERE (variable_name IN ('tx_read_only', 'transaction_read_only') AND value = 'ON')
      OR (variable_name IN ('max_statement_time', 'max_execution_time') AND value > 0)`,
  );
  const names = new Set(rows.map(([name]) => String(name)));
  const isReadOnly = names.has('tx_read_only') || names.has('transaction_read_only');
  const isTimed = names.has('max_statement_time') || names.has('max_execution_time');
  if (!isReadOnly || !isTimed) throw new SourceFailure('down', 'mysql session does not keep its settings');
}

/**
 * The task in one transaction that cannot write, under the same settings, which are put back behind it: the next transaction in that session
 * may be somebody else's. Throws `SourceFailure` where they cannot be, so that the session is closed.
 */
export async function runInTransaction<T>(
  session: PoolConnection,
  { variable, value }: StatementTimeout,
  task: () => Promise<T>,
): Promise<T> {
  await query(session, 'START TRANSACTION READ ONLY');
  try {
    await query(session, `SET SESSION sql_mode = '', SESSION ${variable} = ${value}`);
    return await task();
  } finally {
    await endTransaction(session, variable);
  }
}

async function endTransaction(
  session: PoolConnection,
  variable: StatementTimeout['variable'],
): Promise<void> {
  try {
    await query(session, `SET SESSION sql_mode = DEFAULT, SESSION ${variable} = DEFAULT`);
    await query(session, 'ROLLBACK');
  } catch {
    throw new SourceFailure('down', 'mysql session was not put back');
  }
}

async function queryRows(session: PoolConnection, text: string): Promise<readonly unknown[][]> {
  const rows = await query(session, text);
  return Array.isArray(rows) ? rows.filter((row) => Array.isArray(row)) : [];
}

function query(session: PoolConnection, text: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    session.query(text, (error, result) => (error ? reject(error) : resolve(result)));
  });
}
