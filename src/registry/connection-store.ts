import type { Connection } from '../connectors/connector.ts';

/**
 * Addresses and secrets of the departments' systems, sealed at rest. Safe to use concurrently, by any replica: writers take turns, the last
 * `put` wins, and every change gives the store a new revision.
 */
export interface ConnectionStore {
  /** Sealed and durable when it resolves. `by` is who stored it. */
  put(name: string, connection: Connection, by: string): Promise<StoredChange>;
  /** False where there was none. */
  remove(name: string): Promise<boolean>;
  /**
   * `undefined` where none has that name. Fails with `CONFIG_INVALID` where it cannot be opened with this hub's keys, also
   * when the row of another connection was put in its place, and where what is stored is no connection.
   */
  get(name: string): Promise<Connection | undefined>;
  /** Grows with every change; cheap, for finding out whether to look at `revisions`. */
  revision(): Promise<bigint>;
  /** By name: the revision that each came with. One of which this differs from before is to be read again. */
  revisions(): Promise<ReadonlyMap<string, bigint>>;
  /** By name; never what a connection holds. */
  list(): Promise<readonly ConnectionSummary[]>;
}

export interface StoredChange {
  readonly change: 'CREATED' | 'UPDATED';
  /** `sha256:` over the sealed bytes, which nobody can guess a secret from. */
  readonly contentHash: string;
}

export interface ConnectionSummary {
  readonly name: string;
  /** Absent where this hub's keys do not open it. */
  readonly kind?: Connection['kind'];
  readonly storedAt: Date;
  /** Empty where that was not kept yet. */
  readonly storedBy: string;
}
