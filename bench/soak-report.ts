import { percentile } from './load.ts';
import type { MemoryInUse, Usage } from './servers/run-server.ts';
import type { LoadCount } from './soak-load.ts';

/** A stretch of load, and what the hub held in memory after it. */
export interface Stretch {
  readonly name: string;
  readonly seconds: number;
  readonly requests: number;
  readonly endings: Readonly<Record<string, number>>;
  readonly refusalsWithoutRetryAfter: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly memory: MemoryInUse;
  /** The most that it held meanwhile. */
  readonly peakRssBytes: number;
}

export function summarise(
  name: string,
  seconds: number,
  count: LoadCount,
  { memory, usage }: { readonly memory: MemoryInUse; readonly usage: Usage },
): Stretch {
  const latencies = [...count.latencies].sort((a, b) => a - b);
  return {
    name,
    seconds,
    requests: count.requests,
    endings: Object.fromEntries([...count.endings].sort()),
    refusalsWithoutRetryAfter: count.refusalsWithoutRetryAfter,
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    memory,
    peakRssBytes: usage.peakRssBytes,
  };
}

export const head: readonly string[] = [
  'stretch',
  'requests/s',
  'p50 ms',
  'p99 ms',
  'endings',
  'heap MB',
  'external MB',
  'resident MB',
  'at most MB',
];

export function rowOf({
  name,
  seconds,
  requests,
  endings,
  p50Ms,
  p99Ms,
  memory,
  peakRssBytes,
}: Stretch): readonly string[] {
  const megabytes = (bytes: number) => (bytes / 1_048_576).toFixed(1);
  return [
    name,
    (requests / seconds).toFixed(0),
    p50Ms.toFixed(1),
    p99Ms.toFixed(1),
    Object.entries(endings)
      .map(([ending, times]) => `${ending}: ${times}`)
      .join(', '),
    megabytes(memory.heapBytes),
    megabytes(memory.externalBytes),
    megabytes(memory.rssBytes),
    megabytes(peakRssBytes),
  ];
}

/** Megabytes an hour that the heap in use grew by, over the minutes of steady load after the first: least squares. */
export function growthPerHour(heapBytes: readonly number[]): number {
  const points = heapBytes.slice(1).map((bytes, minute) => ({ x: minute, y: bytes / 1_048_576 }));
  const mean = (of: (point: { x: number; y: number }) => number) =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [meanX, meanY] = [mean(({ x }) => x), mean(({ y }) => y)];
  const covariance = mean(({ x, y }) => (x - meanX) * (y - meanY));
  const variance = mean(({ x }) => (x - meanX) ** 2);
  return variance === 0 ? 0 : (covariance / variance) * 60;
}
