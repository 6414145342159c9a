import { writeFile } from 'node:fs/promises';
import { Session } from 'node:inspector/promises';
import { serveParent } from '../child.ts';
import type { RunningServer, ServerKind, ServerOptions } from './server-kinds.ts';

type Message =
  | { readonly start: { readonly kind: ServerKind; readonly options: ServerOptions } }
  | { readonly usage: true }
  | { readonly memory: true }
  | { readonly beginProfile: true }
  /** The file to write. */
  | { readonly endProfile: string };

/** What the process used since it was last asked. */
export interface Usage {
  readonly cpuMs: number;
  readonly peakRssBytes: number;
}

type ServerModule = { startServer(options: ServerOptions): Promise<RunningServer> };

/** Only the module of the server that is asked for is ever loaded into its process. */
const modules: Readonly<Record<ServerKind, () => Promise<ServerModule>>> = {
  hub: () => import('./hub.ts'),
  'hub-bare': () => import('./hub-bare.ts'),
  'hand-written': () => import('./hand-written.ts'),
  mercurius: () => import('./mercurius.ts'),
};

let server: RunningServer | undefined;
let spent = process.cpuUsage();
let peakRssBytes = 0;

/** Asking takes half a millisecond, which the server's own work should not be charged with. */
const sampleMs = 1_000;

const sampling = setInterval(() => {
  peakRssBytes = Math.max(peakRssBytes, process.memoryUsage.rss());
}, sampleMs);
sampling.unref();

function takeUsage(): Usage {
  const { user, system } = process.cpuUsage(spent);
  spent = process.cpuUsage();
  const peak = Math.max(peakRssBytes, process.memoryUsage.rss());
  peakRssBytes = 0;
  return { cpuMs: (user + system) / 1_000, peakRssBytes: peak };
}

/** What is in use after everything that can be collected was. Needs `--expose-gc`. */
export interface MemoryInUse {
  readonly heapBytes: number;
  /** Buffers and the like. */
  readonly externalBytes: number;
  readonly rssBytes: number;
}

function measureMemory(): MemoryInUse {
  for (let times = 0; times < 3; times++) globalThis.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heapBytes: heapUsed, externalBytes: external, rssBytes: rss };
}

let profiler: Session | undefined;

async function beginProfile(): Promise<void> {
  profiler = new Session();
  profiler.connect();
  await profiler.post('Profiler.enable');
  await profiler.post('Profiler.start');
}

async function endProfile(file: string): Promise<void> {
  const stopped = await profiler?.post('Profiler.stop');
  profiler?.disconnect();
  await writeFile(file, JSON.stringify(stopped?.profile));
}

serveParent(
  async (message: Message) => {
    if ('usage' in message) return takeUsage();
    if ('memory' in message) return measureMemory();
    if ('beginProfile' in message) return beginProfile();
    if ('endProfile' in message) return endProfile(message.endProfile);
    const { startServer } = await modules[message.start.kind]();
    server = await startServer(message.start.options);
    return { url: server.url };
  },
  async () => server?.close(),
);
