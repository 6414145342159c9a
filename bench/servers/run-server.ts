import { serveParent } from '../child.ts';
import type { RunningServer, ServerKind, ServerOptions } from './server-kinds.ts';

type Message =
  | { readonly start: { readonly kind: ServerKind; readonly options: ServerOptions } }
  | { readonly usage: true };

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

const sampling = setInterval(() => {
  peakRssBytes = Math.max(peakRssBytes, process.memoryUsage.rss());
}, 100);
sampling.unref();

function takeUsage(): Usage {
  const { user, system } = process.cpuUsage(spent);
  spent = process.cpuUsage();
  const peak = Math.max(peakRssBytes, process.memoryUsage.rss());
  peakRssBytes = 0;
  return { cpuMs: (user + system) / 1_000, peakRssBytes: peak };
}

serveParent(
  async (message: Message) => {
    if ('usage' in message) return takeUsage();
    const { startServer } = await modules[message.start.kind]();
    server = await startServer(message.start.options);
    return { url: server.url };
  },
  async () => server?.close(),
);
