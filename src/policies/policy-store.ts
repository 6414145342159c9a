import type { Agreement, Client, Purpose, RegisteredOperation } from './agreement.ts';

/** What an import brings, already parsed. The store counts versions itself: a version in a document says nothing. */
export type PolicyDocument =
  | ({ readonly kind: 'agreement' } & Omit<Agreement, 'version'>)
  | ({ readonly kind: 'purpose' } & Purpose)
  | ({ readonly kind: 'client' } & Client)
  | ({ readonly kind: 'operation' } & Omit<RegisteredOperation, 'hash'>);

/** Everything that decisions are made from, at one revision. */
export interface PolicySnapshot {
  readonly revision: bigint;
  readonly agreements: readonly Agreement[];
  readonly purposes: readonly Purpose[];
  readonly clients: readonly Client[];
  readonly operations: readonly RegisteredOperation[];
}

/** For the record of the administrative act. */
export interface PolicyChange {
  readonly kind: PolicyDocument['kind'];
  /** The code, of a purpose or an operation. */
  readonly id: string;
  readonly change: 'CREATED' | 'UPDATED';
  /** Of an agreement. */
  readonly version?: number;
  /** `sha256:` over the canonical text of what is now in force. */
  readonly contentHash: string;
}

export interface PolicyImport {
  /** After the import; as before, where nothing changed. */
  readonly revision: bigint;
  readonly changed: readonly PolicyChange[];
  /** What an import left suspended although its document says ACTIVE. */
  readonly held: readonly HeldStatus[];
}

export interface HeldStatus {
  readonly kind: 'agreement' | 'client' | 'operation';
  readonly id: string;
}

/** One version in an agreement's history. */
export interface AgreementVersion {
  readonly version: number;
  readonly contentHash: string;
  readonly savedBy: string;
  readonly savedAt: Date;
}

/**
 * Agreements, purposes, clients and registered operations. Each call is one transaction: a reader sees all of an import or nothing, and an
 * interrupted one leaves nothing. Concurrent writers, in any replica, take turns. Where the database cannot be asked, or says
 * what no import wrote, calls reject with `POLICY_UNAVAILABLE`; details name ids, never contents.
 */
export interface PolicyStore {
  /** Grows with every change; cheap, for finding out whether to load again. */
  revision(): Promise<bigint>;
  load(): Promise<PolicySnapshot>;
  /** Oldest first; empty for an unknown id. */
  history(id: string): Promise<readonly AgreementVersion[]>;
  /**
   * Stores what differs from what is there, each agreement as a new version with its history; the same documents again
   * change nothing. An import can suspend or revoke but never puts back in force: a file that still says ACTIVE does not
   * undo a suspension, and what is so held is named in the result. Rejects with `AGREEMENT_INVALID`, storing nothing, for an
   * id named twice, for an agreement that was revoked (unless the document says just that), and for text that no
   * database holds. `by` is who did it, for the history.
   */
  import(documents: readonly PolicyDocument[], by: string): Promise<PolicyImport>;
  /** A new version with this status; no changes where it has it. A revoked agreement stays revoked (`AGREEMENT_INVALID`). */
  setAgreementStatus(id: string, status: Agreement['status'], by: string): Promise<PolicyImport>;
  setClientStatus(id: string, status: Client['status']): Promise<PolicyImport>;
  /** No changes where it has it; an unknown code is `AGREEMENT_INVALID`. */
  setOperationStatus(code: string, status: RegisteredOperation['status']): Promise<PolicyImport>;
}
