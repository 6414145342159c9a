import { HubError } from '../errors.ts';

/**
 * What became of a call to a source, inside this folder. `down`: it did not answer (refused, slow, broken off), which the
 * breaker counts. `fault`: it answered, and the answer cannot be used. `ours`: the hub did not let the call run its course
 * (queue full, breaker open, request given up), which says nothing about the source.
 */
export type FailureKind = 'down' | 'fault' | 'ours';

/**
 * Thrown by the kinds and turned into a `HubError` at the edge. The message is a fixed phrase, at most with a driver's code
 * or a count: a driver's own message, `detail` or stack can hold query text, credentials and values, so nothing else of it gets in here.
 */
export class SourceFailure extends Error {
  override readonly name = 'SourceFailure';
  readonly kind: FailureKind;

  constructor(kind: FailureKind, phrase: string) {
    super(phrase);
    this.kind = kind;
  }
}

/** The one wrap at a connector's edge. Whatever was not foreseen is a fault and keeps its class and frames for the log. */
export function wrapFailure(
  error: unknown,
  at: { readonly source: string; readonly entity: string },
): HubError {
  const cause = error instanceof SourceFailure ? error : scrubUnexpected(error);
  const code = cause.kind === 'fault' ? 'SOURCE_FAULT' : 'SOURCE_UNAVAILABLE';
  return new HubError(code, { details: { source: at.source, entity: at.entity }, cause });
}

/** A driver's code, if it has the form of one: `ECONNREFUSED`, `22P02`, `UND_ERR_SOCKET`. A hostile server chooses its text. */
export function failureCode(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[A-Z0-9_]{5,40}$/.test(code) && !/\d{6}/.test(code) ? code : 'no code';
}

function scrubUnexpected(error: unknown): SourceFailure {
  const failure = new SourceFailure(
    'fault',
    `unexpected ${error instanceof Error ? error.name : typeof error}`,
  );
  const frames =
    error instanceof Error ? (error.stack ?? '').split('\n').filter((line) => /^ {4}at /.test(line)) : [];
  failure.stack = [`${failure.name}: ${failure.message}`, ...frames].join('\n');
  return failure;
}
