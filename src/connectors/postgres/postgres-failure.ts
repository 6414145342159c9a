import { failureCode, SourceFailure } from '../source-failure.ts';

/**
 * SQLSTATE classes and codes (PostgreSQL, Appendix A) that say "not now": connection, resources, shutdown, time, locks, internal.
 * All others mean that this statement will fail again.
 */
const notNow = /^(08|53|57|58|XX|55P03|40001|40P01|28)/;
const sqlState = /^[0-9A-Z]{5}$/;

/** A driver's error without anything in it that could be a value. */
export function postgresFailure(error: unknown): SourceFailure {
  if (error instanceof SourceFailure) return error;
  const code = failureCode(error);
  // Without a SQLSTATE it is the connection that failed, not the statement.
  const kind = !sqlState.test(code) || notNow.test(code) ? 'down' : 'fault';
  return new SourceFailure(kind, `postgres ${code}`);
}

/**
 * The prepared statement is not, or no longer, what the driver thinks: a pooler between us and the server, or a changed table. Asking
 * once more, on another session, is right.
 */
export function isStaleStatement(error: unknown): boolean {
  return isUnknownStatement(error) || failureCode(error) === '0A000';
}

/** A parameter is no value of its column's type: text for a number, or a number beyond its range. */
export function isUnfitValue(error: unknown): boolean {
  return ['22P02', '22003'].includes(failureCode(error));
}

/** The server lost it, or has another one of that name: statements do not stay with our session. */
export function isUnknownStatement(error: unknown): boolean {
  return ['26000', '42P05'].includes(failureCode(error));
}
