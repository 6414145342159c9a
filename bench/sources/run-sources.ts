import { serveParent } from '../child.ts';
import type { Engines, Sources } from './source-addresses.ts';
import { startSources } from './start-sources.ts';

/** The departments in a process of their own, so that their work does not count as a server's. */
type Message =
  | { readonly start: { readonly people: number; readonly engines: Engines } }
  | { readonly take: true };

let sources: Sources | undefined;

serveParent(
  async (message: Message) => {
    if ('take' in message) return sources?.takeReads();
    sources = await startSources(message.start.people, message.start.engines);
    const { direct, counted, kinds } = sources;
    return { direct, counted, kinds };
  },
  async () => sources?.close(),
);
