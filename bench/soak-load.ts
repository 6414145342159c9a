import { Pool } from 'undici';
import { requestBodies, requestHeaders } from './workload.ts';

/** What became of the requests of one stretch of load. */
export interface LoadCount {
  requests: number;
  /** By HTTP status; `aborted` by the caller, `broken` connections. */
  readonly endings: Map<string, number>;
  /** Of refusals by load (429, 503): those without Retry-After. */
  refusalsWithoutRetryAfter: number;
  /** Milliseconds of every so-manieth answer with status 200. */
  readonly latencies: number[];
}

export interface SoakLoad {
  readonly url: string;
  readonly connections: number;
  readonly people: number;
  /** Residents of one request, one of them each. */
  readonly sizes: readonly number[];
  readonly forMs: number;
  readonly token: string;
  /** Mistakes, refusals and callers that go away, among the good requests. */
  readonly isMixed: boolean;
}

/** Keeps one latency in so many, so that hours of load take no memory of this process. */
const keptLatencies = 20;

/** So many connections, each sending its next request when it has its answer, until the time is over. */
export async function runSoakLoad(load: SoakLoad): Promise<LoadCount> {
  const pool = new Pool(new URL(load.url).origin, { connections: load.connections, pipelining: 1 });
  const count: LoadCount = {
    requests: 0,
    endings: new Map(),
    refusalsWithoutRetryAfter: 0,
    latencies: [],
  };
  const bodies = load.sizes.map((size) => requestBodies('graphql', load.people, size));
  const until = performance.now() + load.forMs;
  const work = async (worker: number): Promise<void> => {
    for (let turn = worker; performance.now() < until; turn += 1) {
      await ask(pool, load, pickRequest(load, bodies, turn), count);
    }
  };
  await Promise.all(Array.from({ length: load.connections }, (_, worker) => work(worker)));
  await pool.destroy();
  return count;
}

interface SoakRequest {
  readonly body: string;
  readonly token: string;
  readonly abortAfterMs?: number;
}

/** One in twenty of each: a malformed identifier, a field that is not there, a token that is none, a caller who leaves. */
function pickRequest(
  { isMixed, token }: SoakLoad,
  bodies: readonly (readonly string[])[],
  turn: number,
): SoakRequest {
  const ofSize = bodies[turn % bodies.length] ?? [];
  const body = ofSize[Math.floor(turn / bodies.length) % ofSize.length] ?? '';
  switch (isMixed ? turn % 20 : -1) {
    case 3:
      return { token, body: body.replace(/"value":"\d{6}/, '"value":"x') };
    case 7:
      return { token, body: body.replace('registrationType', 'noSuchField') };
    case 11:
      return { token: `${token.slice(0, -4)}AAAA`, body };
    case 15:
      return { token, body, abortAfterMs: 3 };
    default:
      return { token, body };
  }
}

async function ask(pool: Pool, { url }: SoakLoad, request: SoakRequest, count: LoadCount): Promise<void> {
  const start = performance.now();
  const end = (ending: string) => count.endings.set(ending, (count.endings.get(ending) ?? 0) + 1);
  const signal = request.abortAfterMs === undefined ? null : AbortSignal.timeout(request.abortAfterMs);
  count.requests += 1;
  try {
    const { statusCode, headers, body } = await pool.request({
      method: 'POST',
      path: new URL(url).pathname,
      headers: requestHeaders(request.token),
      body: request.body,
      signal,
    });
    await body.dump({ limit: 64_000_000 });
    end(String(statusCode));
    const isRefused = statusCode === 429 || statusCode === 503;
    if (isRefused && headers['retry-after'] === undefined) count.refusalsWithoutRetryAfter += 1;
    if (statusCode === 200 && count.requests % keptLatencies === 0)
      count.latencies.push(performance.now() - start);
  } catch {
    end(signal?.aborted ? 'aborted' : 'broken');
  }
}
