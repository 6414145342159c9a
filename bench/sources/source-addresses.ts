import type { Connection } from '../../src/connectors/connector.ts';

/** The departments by the names of their credentials in `bench/contracts/`. */
export const sourceNames = [
  'police-population',
  'civil-affairs-registry',
  'social-security-insurance',
  'justice-cases',
] as const;
export type SourceName = (typeof sourceNames)[number];

/** Where the departments are, as all four servers are told. */
export type SourceAddresses = Readonly<Record<SourceName, Connection>>;

/** Statements or requests that each department had to serve. */
export type SourceReads = Readonly<Record<SourceName, number>>;

/** The running departments. */
export interface Sources {
  /** Straight to the departments: for measuring. */
  readonly direct: SourceAddresses;
  /** Through relays that count the statements of databases, which say nothing of them themselves: for counting only. */
  readonly counted: SourceAddresses;
  /** What each department is, for the table. */
  readonly kinds: Readonly<Record<SourceName, string>>;
  /** Since the last call. Databases count through `counted` only. */
  takeReads(): Promise<SourceReads>;
  close(): Promise<void>;
}

/** Database servers to use; without one its department is embedded (PostgreSQL) or speaks HTTP (MySQL). */
export interface Engines {
  readonly postgres?: string;
  readonly mysql?: string;
}
