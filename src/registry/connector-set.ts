import type { Connection, Connector, ConnectorObserver, SourceSettings } from '../connectors/connector.ts';
import { HubError } from '../errors.ts';
import type { ConnectionStore } from './connection-store.ts';
import { type ConnectorSlot, createConnectorSlot } from './connector-slot.ts';

export type CreateConnector = (
  settings: SourceSettings,
  connection: Connection,
  observer: ConnectorObserver,
) => Connector;

/**
 * The connectors of the graph's sources. A source without a connection has no connector: its fields are SOURCE_UNAVAILABLE, and the rest
 * of the hub serves. Looks for changed connections every `pollMs`, so that what one replica stores is soon used by all.
 */
export interface ConnectorSet {
  /** Throws `CONFIG_INVALID` if no source names this credential, or if one that does cannot use the connection. */
  check(credential: string, connection: Connection): void;
  /** By source name. The map is replaced, never changed; who holds an old one reads through whatever connector is there then. */
  current(): ReadonlyMap<string, Connector>;
  /**
   * Resolves when the sources are open with what was stored before the call. Running reads finish on the connector they began on,
   * which is closed after them. Rejects where the store cannot be asked; everything then stays as it was.
   */
  refresh(): Promise<void>;
  /** Asks every source whether it is there and whether its account could write, and warns; also of a missing connection. Never rejects. */
  probe(signal: AbortSignal): Promise<void>;
  /** Waits for running reads. Idempotent. */
  close(): Promise<void>;
}

export interface ConnectorSetOptions {
  readonly sources: ReadonlyMap<string, SourceSettings>;
  readonly connections: Pick<ConnectionStore, 'get' | 'revision' | 'revisions'>;
  readonly createConnector: CreateConnector;
  readonly observer: ConnectorObserver;
  readonly pollMs: number;
  /** Told when a poll could not ask the store. */
  readonly onFailure: (cause: unknown) => void;
}

/** Resolves with every usable connection open; rejects if the store cannot be asked. */
export async function openConnectors(options: ConnectorSetOptions): Promise<ConnectorSet> {
  const set = new PollingConnectorSet(options);
  await set.refresh();
  set.start();
  return set;
}

class PollingConnectorSet implements ConnectorSet {
  readonly #options: ConnectorSetOptions;
  readonly #slots: ReadonlyMap<string, ConnectorSlot>;
  #current: ReadonlyMap<string, Connector> = new Map();
  #revision: bigint | undefined;
  /** By credential: the revision that its sources are open with. */
  #opened = new Map<string, bigint>();
  #refreshing: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  readonly #closing = new Set<Promise<void>>();
  #closed: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ConnectorSetOptions) {
    this.#options = options;
    this.#slots = new Map(
      [...options.sources.values()].map(({ name, kind }) => [name, createConnectorSlot(name, kind)]),
    );
  }

  start(): void {
    this.#timer = setInterval(() => {
      if (!this.#refreshing) this.refresh().catch(this.#options.onFailure);
    }, this.#options.pollMs);
    this.#timer.unref();
  }

  check(credential: string, connection: Connection): void {
    const users = this.#usersOf(credential);
    if (users.length === 0) {
      throw new HubError('CONFIG_INVALID', {
        hint: 'No contract file names a credential of that name.',
        hintZh: '没有目录文件使用这个名称的连接。',
      });
    }
    for (const settings of users) this.#retire(this.#create(settings, connection));
  }

  current(): ReadonlyMap<string, Connector> {
    return this.#current;
  }

  refresh(): Promise<void> {
    if (!this.#refreshing) return this.#start();
    // The look under way may have been before the caller's change was there.
    this.#next ??= this.#refreshing
      .catch(() => {})
      .then(() => {
        this.#next = undefined;
        return this.#start();
      });
    return this.#next;
  }

  async probe(signal: AbortSignal): Promise<void> {
    const { sources, observer } = this.#options;
    const probes = [...sources.values()].map(async ({ name, credential }) => {
      const connector = this.#current.get(name);
      if (connector) await warnOf(connector, signal, observer);
      else if (!this.#opened.has(credential))
        observer.warn(name, `no connection named ${credential} is stored`);
    });
    await Promise.all(probes);
  }

  close(): Promise<void> {
    this.#closed ??= this.#closeAll();
    return this.#closed;
  }

  /** One at a time: two at once would each close what the other opened. */
  #start(): Promise<void> {
    this.#refreshing = this.#takeChanges().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #takeChanges(): Promise<void> {
    const { connections } = this.#options;
    const revision = await connections.revision();
    if (revision === this.#revision) return;
    const stored = await connections.revisions();
    for (const credential of new Set([...this.#options.sources.values()].map((one) => one.credential))) {
      const wanted = stored.get(credential);
      if (wanted !== this.#opened.get(credential)) await this.#open(credential, wanted);
    }
    this.#revision = revision;
  }

  /** The row may be newer than `revision` by now: then it is read once more at the next look, which does no harm. */
  async #open(credential: string, revision: bigint | undefined): Promise<void> {
    const connection = revision === undefined ? undefined : await this.#read(credential);
    if (this.#closed) return;
    for (const settings of this.#usersOf(credential)) {
      this.#replace(settings, connection && this.#tryCreate(settings, connection));
    }
    if (revision !== undefined) this.#opened.set(credential, revision);
    else if (this.#opened.delete(credential)) this.#warnRemoved(credential);
  }

  /** One that cannot be opened must not keep the hub from serving the other departments. */
  async #read(credential: string): Promise<Connection | undefined> {
    try {
      return await this.#options.connections.get(credential);
    } catch (cause) {
      if (!(cause instanceof HubError)) throw cause;
      for (const { name } of this.#usersOf(credential)) this.#warnUnusable(name, credential, cause);
      return undefined;
    }
  }

  #tryCreate(settings: SourceSettings, connection: Connection): Connector | undefined {
    try {
      return this.#create(settings, connection);
    } catch (cause) {
      this.#warnUnusable(settings.name, settings.credential, cause);
      return undefined;
    }
  }

  #warnUnusable(source: string, credential: string, cause: unknown): void {
    this.#options.observer.warn(source, `the connection ${credential} cannot be used`, cause);
  }

  #warnRemoved(credential: string): void {
    for (const { name } of this.#usersOf(credential))
      this.#options.observer.warn(name, `the connection ${credential} was removed`);
  }

  #create(settings: SourceSettings, connection: Connection): Connector {
    return this.#options.createConnector(settings, connection, this.#options.observer);
  }

  /** Reads that come now find the new connector; those under way keep the old one open until they end. */
  #replace({ name }: SourceSettings, next: Connector | undefined): void {
    const slot = this.#slots.get(name);
    if (!slot) return;
    const previous = slot.replace(next);
    const others = [...this.#current].filter(([source]) => source !== name);
    this.#current = new Map(next ? [...others, [name, slot]] : others);
    if (previous) this.#retire(previous);
  }

  /** Nobody waits for it but `close`. */
  #retire(connector: Connector): void {
    const closing = connector
      .close()
      .catch((cause: unknown) => this.#options.observer.warn(connector.source, 'could not be closed', cause))
      .finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }

  #usersOf(credential: string): readonly SourceSettings[] {
    return [...this.#options.sources.values()].filter((settings) => settings.credential === credential);
  }

  async #closeAll(): Promise<void> {
    clearInterval(this.#timer);
    await this.#refreshing?.catch(() => {});
    for (const settings of this.#options.sources.values()) this.#replace(settings, undefined);
    await Promise.all(this.#closing);
  }
}

async function warnOf(connector: Connector, signal: AbortSignal, observer: ConnectorObserver): Promise<void> {
  const { ok, canWrite, notes } = await connector.probe(signal);
  if (!ok) observer.warn(connector.source, 'the source does not answer');
  if (canWrite)
    observer.warn(connector.source, 'the account could write at the source: give the hub a read-only one');
  for (const note of notes) observer.warn(connector.source, note);
}
