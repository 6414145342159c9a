import autocannon from 'autocannon';

export interface Load {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly bodies: readonly string[];
  readonly connections: number;
  /** Requests in all. */
  readonly amount: number;
}

export interface LoadResult {
  readonly requests: number;
  /** From the first request to the last answer. */
  readonly seconds: number;
  /** Milliseconds of each request. */
  readonly latencies: readonly number[];
  /** Requests that were refused, not answered, or answered in part. */
  readonly failures: number;
}

const timeoutSeconds = 60;

/** So many requests, each connection sending its next one when it has its answer. */
export async function runLoad(load: Load): Promise<LoadResult> {
  const { bodies, ...rest } = load;
  const latencies: number[] = [];
  const start = performance.now();
  let end = start;
  const running = autocannon({
    ...rest,
    amount: Math.max(load.amount, load.connections),
    timeout: timeoutSeconds,
    method: 'POST',
    requests: bodies.map((body) => ({ body })),
    verifyBody: isWhole,
  });
  running.on('response', (_client: unknown, _status: unknown, _bytes: unknown, milliseconds: number) => {
    latencies.push(milliseconds);
    end = performance.now();
  });
  const { errors, timeouts, mismatches, non2xx } = await running;
  const failures = errors + timeouts + Math.max(mismatches, non2xx);
  return { requests: latencies.length, seconds: (end - start) / 1_000, latencies, failures };
}

/** A department that was not reached leaves nulls and an error, and so a faster answer. */
function isWhole(body: string): boolean {
  return !body.startsWith('{"errors"') && body.includes('"data"');
}

/** The value below which the given share of the sorted values lies. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
