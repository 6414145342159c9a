import { failureCode, SourceFailure } from '../source-failure.ts';

/**
 * Server error numbers (MySQL and MariaDB) that say "not now": resources, access refused, shutdown, network, locks, killed, out of
 * time, failover. Others will happen again with the same statement.
 */
const notNow = new Set([
  1037, 1038, 1040, 1041, 1044, 1045, 1053, 1129, 1130, 1158, 1159, 1160, 1161, 1203, 1205, 1213, 1226, 1290,
  1317, 1836, 1927, 1969, 3024,
]);

/** A driver's error without anything in it that could be a value. */
export function mysqlFailure(error: unknown): SourceFailure {
  if (error instanceof SourceFailure) return error;
  const number = serverErrorNumber(error);
  // Without a server's number it is the connection that failed, not the statement.
  if (number === undefined) return new SourceFailure('down', `mysql ${failureCode(error)}`);
  return new SourceFailure(notNow.has(number) ? 'down' : 'fault', `mysql ${number}`);
}

/** Undefined for errors of the driver or the network, whose `errno` is negative or absent. */
export function serverErrorNumber(error: unknown): number | undefined {
  const number = typeof error === 'object' && error !== null && 'errno' in error ? error.errno : undefined;
  return typeof number === 'number' && number > 0 && number < 100_000 ? number : undefined;
}
