import { HubError } from '../errors.ts';

/**
 * A driver's error, wrapped once at the store's edge. Only its message and SQLSTATE are kept: drivers attach the failing
 * row, the statement and all parameters, and the log's bodies have no business in the hub's own log file. Our own errors go on whole.
 */
export function storeFailure(error: unknown): HubError {
  if (error instanceof HubError) return new HubError('AUDIT_UNAVAILABLE', { cause: error });
  const message = error instanceof Error ? error.message : 'unknown failure';
  const sqlState = sqlStateOf(error);
  const cause = new Error(sqlState === undefined ? message : `${message} (SQLSTATE ${sqlState})`);
  return new HubError('AUDIT_UNAVAILABLE', { cause });
}

/** Undefined for failures that did not come from the database itself. */
export function sqlStateOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}
