import type { Connection } from '../../src/connectors/connector.ts';
import type { Fault } from './faults.ts';

/** A running demo department. It knows nothing of the hub: it answers whoever has its credentials. */
export interface Department {
  /** What the hub must store as the source's credential. */
  readonly connection: Connection;
  /** What it was asked for residents, oldest first; the last ten thousand. */
  reads(): readonly DepartmentRead[];
  resetReads(): void;
  /** From now on every answer about residents has this fault, until `recover`. Resolves when it is in force. */
  inject(fault: Fault): Promise<void>;
  /** Requests that wait now, because the department hangs or is slow. */
  delayed(): number;
  /** Ends the fault, on the same port. Requests that hung end without an answer. */
  recover(): Promise<void>;
  /** Idempotent; open connections are cut. */
  close(): Promise<void>;
}

export interface DepartmentRead {
  /** ISO 8601 with milliseconds. */
  readonly at: string;
  /** Table, path of the endpoint, or field of the query. */
  readonly what: string;
  /** Columns or paths that were asked, the key's among them. */
  readonly columns: readonly string[];
  /** How many keys, each stored form counted. */
  readonly keys: number;
  /** Statement (sql), document (graphql) or body (http). It holds identifiers: for tests only. */
  readonly asked: string;
  /** `X-Request-Id` of http and graphql requests. */
  readonly requestId?: string;
}

export interface DepartmentOptions {
  readonly residents?: number;
  /** 0: any free one. */
  readonly port?: number;
  readonly host?: string;
  /** What passwords and keys are made of; the same secret gives the same credentials again. Drawn if absent. */
  readonly secret?: string;
  readonly fault?: Fault;
}

export interface ReadLog {
  add(read: Omit<DepartmentRead, 'at'>): void;
  all(): readonly DepartmentRead[];
  reset(): void;
}

const keptReads = 10_000;

export function createReadLog(): ReadLog {
  let reads: DepartmentRead[] = [];
  return {
    add: (read) => {
      if (reads.length >= keptReads) reads = reads.slice(1);
      reads.push({ at: new Date().toISOString(), ...read });
    },
    all: () => reads,
    reset: () => {
      reads = [];
    },
  };
}
