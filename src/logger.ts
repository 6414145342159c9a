import pino, { type Logger } from 'pino';
import { HubError } from './errors.ts';

export type { Logger };

/**
 * The hub's log, one JSON line an event. Errors are reduced to what cannot hold a value: class, code, our own sentence and the places
 * in the code. Headers, bodies, variables and what a driver said are never written.
 */
export function createLogger(level: string): Logger {
  return pino({ level, base: null, serializers: { err: describeError } });
}

export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { type: typeof error };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return {
    type: error.name,
    ...(code === undefined ? {} : { code }),
    ...(error instanceof HubError ? { message: error.message, details: error.details } : {}),
    // The first line of a stack repeats the message, which may be anybody's.
    at: stackFrames(error),
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
  };
}

/** The stack repeats the message first, and a message of several lines could pass for places. */
function stackFrames({ stack = '', message }: Error): string[] {
  const places = message === '' ? stack : stack.slice(stack.indexOf(message) + message.length);
  return places
    .split('\n')
    .filter((line) => /^\s+at .*:\d+:\d+\)?$/.test(line))
    .slice(0, 8)
    .map((line) => line.trim());
}
