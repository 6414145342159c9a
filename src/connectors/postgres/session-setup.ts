import type pg from 'pg';

/**
 * A pooler (PgBouncer and its kin, `pool_mode = transaction`) may run each transaction in another session of the server: what we set would
 * not hold for our next statement, and would for somebody else's. Such a one answers with a backend key of its own.
 */
export async function findPooler(session: pg.Client): Promise<boolean> {
  const { rows } = await session.query({ text: 'SELECT pg_backend_pid()', rowMode: 'array' });
  // The driver keeps it, its types do not say so.
  return rows[0]?.[0] !== Reflect.get(session, 'processID');
}

/** For the life of the session. As statements, not as start-up options, which poolers refuse. */
export async function setUpSession(session: pg.Client, deadlineMs: number): Promise<void> {
  const settings = Object.entries(settingsOf(deadlineMs)).map(([name, value]) => `SET ${name} = ${value}`);
  await session.query(['SET default_transaction_read_only = on', ...settings].join('; '));
}

/** The task in one transaction that cannot write, under the same settings. */
export async function runInTransaction<T>(
  session: pg.PoolClient,
  deadlineMs: number,
  task: () => Promise<T>,
): Promise<T> {
  const settings = Object.entries(settingsOf(deadlineMs)).map(
    ([name, value]) => `SET LOCAL ${name} = ${value}`,
  );
  await session.query(['BEGIN TRANSACTION READ ONLY', ...settings].join('; '));
  try {
    const result = await task();
    await session.query('COMMIT');
    return result;
  } catch (error) {
    // Where the session broke, what happened before says why.
    await session.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

function settingsOf(deadlineMs: number): Readonly<Record<string, string>> {
  return { statement_timeout: String(Math.ceil(deadlineMs)), datestyle: "'ISO, YMD'" };
}
