import type { Connection, Connector, ConnectorObserver, SourceSettings } from '../connectors/connector.ts';
import { HubError } from '../errors.ts';
import type { ConnectionStore } from './connection-store-prisma.ts';

export type CreateConnector = (
  settings: SourceSettings,
  connection: Connection,
  observer: ConnectorObserver,
) => Connector;

/**
 * The connectors of the graph's sources. A source without a connection has no connector: its fields are SOURCE_UNAVAILABLE, and the rest
 * of the hub serves.
 */
export interface ConnectorSet {
  /** Throws `CONFIG_INVALID` if no source names this credential, or if one that does cannot use the connection. */
  check(credential: string, connection: Connection): void;
  /** By source name. The map is replaced, never changed. */
  current(): ReadonlyMap<string, Connector>;
  /** Opens the sources that use this credential again; running reads finish on the old connector. */
  reload(credential: string): Promise<void>;
  /** Asks every source whether it is there and whether its account could write, and warns. Never rejects. */
  probe(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export interface ConnectorSetOptions {
  readonly sources: ReadonlyMap<string, SourceSettings>;
  readonly connections: ConnectionStore;
  readonly createConnector: CreateConnector;
  readonly observer: ConnectorObserver;
}

export async function openConnectors(options: ConnectorSetOptions): Promise<ConnectorSet> {
  let connectors: ReadonlyMap<string, Connector> = new Map();
  const open = async (settings: SourceSettings): Promise<Connector | undefined> => {
    const connection = await options.connections.get(settings.credential);
    if (!connection) {
      options.observer.warn(settings.name, `no connection named ${settings.credential} is stored`);
      return undefined;
    }
    try {
      return options.createConnector(settings, connection, options.observer);
    } catch (cause) {
      // One unusable connection must not keep the hub from serving the other departments.
      options.observer.warn(settings.name, `the connection ${settings.credential} cannot be used`, cause);
      return undefined;
    }
  };
  const openAll = async (sources: Iterable<SourceSettings>): Promise<void> => {
    const next = new Map(connectors);
    for (const settings of sources) {
      const connector = await open(settings);
      if (connector) next.set(settings.name, connector);
      else next.delete(settings.name);
    }
    const replaced = [...connectors.values()].filter((connector) => next.get(connector.source) !== connector);
    connectors = next;
    for (const connector of replaced) await connector.close();
  };
  // One after another: two at once would each close what the other opened.
  let last: Promise<void> = openAll(options.sources.values());
  await last;
  return {
    check(credential, connection) {
      const users = [...options.sources.values()].filter((settings) => settings.credential === credential);
      if (users.length === 0) {
        throw new HubError('CONFIG_INVALID', { hint: 'No contract file names a credential of that name.' });
      }
      for (const settings of users) {
        void options.createConnector(settings, connection, options.observer).close();
      }
    },
    current: () => connectors,
    reload(credential) {
      const settings = [...options.sources.values()].filter((one) => one.credential === credential);
      last = last.catch(() => {}).then(() => openAll(settings));
      return last;
    },
    async probe(signal) {
      await Promise.all(
        [...connectors.values()].map((connector) => warnOf(connector, signal, options.observer)),
      );
    },
    async close() {
      const closing = [...connectors.values()];
      connectors = new Map();
      await Promise.all(closing.map((connector) => connector.close()));
    },
  };
}

async function warnOf(connector: Connector, signal: AbortSignal, observer: ConnectorObserver): Promise<void> {
  const { ok, canWrite, notes } = await connector.probe(signal);
  if (!ok) observer.warn(connector.source, 'the source does not answer');
  if (canWrite)
    observer.warn(connector.source, 'the account could write at the source: give the hub a read-only one');
  for (const note of notes) observer.warn(connector.source, note);
}
