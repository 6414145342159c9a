import type { SourceAddresses } from '../sources/source-addresses.ts';
import type { RequestForm } from '../workload.ts';

/** The servers that are measured side by side, in the order of the table. */
export const serverKinds = ['hand-written', 'mercurius', 'hub-bare', 'hub'] as const;
export type ServerKind = (typeof serverKinds)[number];

export const serverTitles: Readonly<Record<ServerKind, string>> = {
  hub: 'hub, policy and record on',
  'hub-bare': 'hub without policy and record',
  'hand-written': 'hand-written endpoint',
  mercurius: 'Mercurius, compiled',
};

export const requestForms: Readonly<Record<ServerKind, RequestForm>> = {
  hub: 'graphql',
  'hub-bare': 'graphql',
  'hand-written': 'rest',
  mercurius: 'graphql',
};

export interface ServerOptions {
  readonly sources: SourceAddresses;
  /** Folder with `core/` and `sources/`, for both hubs. */
  readonly contractsDir: string;
  /** Of the hub; its `issuers.json` and `jwks.json` say whose tokens count at every server. */
  readonly dataDir: string;
  /** Where the hub keeps its record; absent: the embedded database. */
  readonly databaseUrl?: string;
  /** The hub refuses load as it would by itself; the others never do. */
  readonly keepsLimits?: boolean;
}

export interface RunningServer {
  /** Where to POST. */
  readonly url: string;
  close(): Promise<void>;
}
