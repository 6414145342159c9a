import { getHeapStatistics } from 'node:v8';

export interface PressureLimits {
  readonly maxEventLoopDelayMs: number;
  readonly maxHeapPercent: number;
}

/** Bytes; set when the process starts. */
const ownHeapLimit = getHeapStatistics().heap_size_limit;

/** What `@fastify/under-pressure` measures. */
export interface Pressure {
  readonly eventLoopDelay: number;
  readonly heapUsed: number;
}

/**
 * Is there more work than this process can do? Asked instead of the plugin itself, which takes a sample in which nothing could be
 * measured (one pause longer than its interval) for an endless delay and so refuses everybody after it.
 */
export function isUnderPressure(
  { eventLoopDelay, heapUsed }: Pressure,
  { maxEventLoopDelayMs, maxHeapPercent }: PressureLimits,
  heapLimit = ownHeapLimit,
): boolean {
  if (Number.isFinite(eventLoopDelay) && eventLoopDelay > maxEventLoopDelayMs) return true;
  return heapUsed > (heapLimit * maxHeapPercent) / 100;
}
