import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startChild } from './child.ts';
import { type LoadResult, percentile, runLoad } from './load.ts';
import type { BenchOptions } from './options.ts';
import type { Usage } from './servers/run-server.ts';
import { requestForms, type ServerKind, type ServerOptions } from './servers/server-kinds.ts';
import { requestBodies, requestHeaders } from './workload.ts';

/** A server that is measured, in its own process. */
export interface MeasuredServer {
  readonly kind: ServerKind;
  readonly url: string;
  takeUsage(): Promise<Usage>;
  beginProfile(): Promise<void>;
  /** Writes what was profiled since. */
  endProfile(file: string): Promise<void>;
  end(): Promise<void>;
}

/** What one server did under one load, all rounds together. */
export interface Measurement {
  readonly kind: ServerKind;
  readonly residents: number;
  readonly connections: number;
  readonly requests: number;
  /** Of the requests: refused, not answered, or answered in part. */
  readonly failures: number;
  /** The median of the rounds. */
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** CPU time of the server's process, user and system, all threads; the median of the rounds. */
  readonly cpuMsPerRequest: number;
  readonly peakRssMb: number;
  /** Each round by itself, for whoever wants to know how steady they were. */
  readonly rounds: readonly { readonly requestsPerSecond: number; readonly cpuMsPerRequest: number }[];
}

/** Those of `npm run serve`, for all four alike. */
const serveFlags = ['--max-semi-space-size=64'];

/** Starts one server as its own process. */
export async function startMeasured(kind: ServerKind, options: ServerOptions): Promise<MeasuredServer> {
  const child = startChild('servers/run-server.ts', serveFlags);
  // What a child of this module answers.
  const { url } = (await child.ask({ start: { kind, options } })) as { url: string };
  return {
    kind,
    url,
    takeUsage: async () => (await child.ask({ usage: true })) as Usage,
    beginProfile: async () => void (await child.ask({ beginProfile: true })),
    endProfile: async (file) => void (await child.ask({ endProfile: file })),
    end: () => child.end(),
  };
}

/** After how many requests of so many residents the compilers of the largest server have seen enough. */
const compiledAfter = [
  { residents: 1, requests: 8_000 },
  { residents: 100, requests: 2_000 },
  { residents: 1_000, requests: 200 },
] as const;

/** Compilers have seen the code, and sessions are open, before the first cell: all servers get the same. */
export async function warmServers(
  servers: readonly MeasuredServer[],
  cell: Omit<Cell, 'residents'>,
): Promise<void> {
  for (const { residents, requests } of compiledAfter) {
    for (const server of servers) await load(server, { ...cell, residents }, requests);
  }
}

export interface Cell {
  readonly residents: number;
  readonly connections: number;
  /** People at the departments. */
  readonly people: number;
  readonly token: string;
}

/**
 * Measures all servers under one load: each is warmed up, then one after the other in every round (ABCD ABCD …), so that whatever
 * disturbs the machine disturbs all alike.
 */
export async function measureCell(
  servers: readonly MeasuredServer[],
  cell: Cell,
  { rounds, seconds, profile }: Pick<BenchOptions, 'rounds' | 'seconds' | 'profile'>,
): Promise<readonly Measurement[]> {
  const amounts = new Map<ServerKind, number>();
  for (const server of servers) amounts.set(server.kind, await warmUp(server, cell, seconds));
  if (profile !== undefined) for (const server of servers) await server.beginProfile();
  const results = new Map<ServerKind, Round[]>(servers.map(({ kind }) => [kind, []]));
  for (let round = 0; round < rounds; round++) {
    for (const server of servers) {
      const amount = amounts.get(server.kind) ?? cell.connections;
      results.get(server.kind)?.push(await measureRound(server, cell, amount));
    }
  }
  if (profile !== undefined) await writeProfiles(servers, cell, profile);
  return servers.map(({ kind }) => summarise(kind, cell, results.get(kind) ?? []));
}

/** One file a server and cell, for any profile viewer. */
async function writeProfiles(servers: readonly MeasuredServer[], cell: Cell, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const server of servers) {
    const name = `${server.kind}-${cell.residents}-residents-${cell.connections}-connections.cpuprofile`;
    await server.endProfile(join(folder, name));
  }
}

interface Round {
  readonly load: LoadResult;
  readonly usage: Usage;
}

/** A server is warm when a further round costs no less than this share of the one before. */
const steadyShare = 0.97;
const maxWarmUps = 8;

/** Until compilers and pools have settled: servers with more code take longer. Resolves with how many requests a round takes. */
async function warmUp(server: MeasuredServer, cell: Cell, seconds: number): Promise<number> {
  const first = await load(server, cell, cell.connections * 2);
  let amount = Math.ceil((first.requests / first.seconds) * seconds);
  let lastCpuMs = Number.POSITIVE_INFINITY;
  for (let round = 0; round < maxWarmUps; round++) {
    const { load: result, usage } = await measureRound(server, cell, amount);
    amount = Math.ceil((result.requests / result.seconds) * seconds);
    const cpuMs = usage.cpuMs / result.requests;
    if (cpuMs > lastCpuMs * steadyShare) break;
    lastCpuMs = cpuMs;
  }
  return amount;
}

/** Refusals are fast, so a round with many says nothing of speed. */
const allowedFailures = 0.02;
const attempts = 3;

/** Once more where a machine that does other things too made a server refuse; what is left of it is in the table. */
async function measureRound(server: MeasuredServer, cell: Cell, amount: number): Promise<Round> {
  for (let attempt = 1; ; attempt++) {
    await server.takeUsage();
    const result = await load(server, cell, amount);
    const round = { load: result, usage: await server.takeUsage() };
    if (result.failures <= Math.max(1, result.requests * allowedFailures) || attempt === attempts)
      return round;
  }
}

/** No connection waits for another's last request: all send the same number. */
function load({ kind, url }: MeasuredServer, cell: Cell, amount: number): Promise<LoadResult> {
  const { connections, residents, people, token } = cell;
  return runLoad({
    url,
    connections,
    amount: Math.max(2, Math.ceil(amount / connections)) * connections,
    headers: requestHeaders(token),
    bodies: requestBodies(requestForms[kind], people, residents),
  });
}

function summarise(
  kind: ServerKind,
  { residents, connections }: Cell,
  rounds: readonly Round[],
): Measurement {
  const each = rounds.map(({ load: { requests, seconds }, usage }) => ({
    requestsPerSecond: requests / seconds,
    cpuMsPerRequest: usage.cpuMs / requests,
  }));
  const latencies = rounds.flatMap((round) => [...round.load.latencies]).sort((a, b) => a - b);
  return {
    kind,
    residents,
    connections,
    requests: latencies.length,
    failures: rounds.reduce((count, round) => count + round.load.failures, 0),
    requestsPerSecond: median(each.map((round) => round.requestsPerSecond)),
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    cpuMsPerRequest: median(each.map((round) => round.cpuMsPerRequest)),
    peakRssMb: Math.max(...rounds.map((round) => round.usage.peakRssBytes)) / 1_048_576,
    rounds: each,
  };
}

function median(values: readonly number[]): number {
  return percentile(
    [...values].sort((a, b) => a - b),
    0.5,
  );
}
