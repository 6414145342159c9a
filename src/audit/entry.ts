/**
 * One access, as it is recorded: who asked for which fields of whom, for what, what was decided by which rule, which
 * departments were asked, how it ended. Never a value, a variable or a body.
 */
export interface AccessEntry {
  /** UUID; a repeated append after an unknown COMMIT carries the same one. */
  readonly eventId: string;
  readonly kind: 'access' | 'refusal' | 'refusals-summary' | 'administration';
  /** ISO 8601 with milliseconds, UTC. */
  readonly at: string;
  readonly requestId: string;
  /** Absent where the token could not be verified. */
  readonly caller?:
    | {
        readonly client: string;
        readonly department: string;
        readonly officer?: string | undefined;
        readonly roles: readonly string[];
        readonly issuer: string;
        readonly tokenId: string;
        readonly purpose?: string | undefined;
        readonly caseReference?: string | undefined;
      }
    | undefined;
  readonly operation?:
    | {
        /** SHA-256 over the operation's shape, hex: `plan/operation-shape.ts`. */
        readonly hash: string;
        readonly name?: string | undefined;
        readonly schemaVersion: string;
        readonly policyFingerprint: string;
      }
    | undefined;
  /** One per selected coordinate. */
  readonly decisions: readonly RecordedDecision[];
  /** Keyed pseudonyms of the residents whom the request named, found or reached by relations; see `pseudonym.ts`. */
  readonly subjects: readonly string[];
  /** Algorithm, department and period of the pseudonym key: `hmac-sha256-128/police/2026-11`. */
  readonly subjectKey?: string | undefined;
  /** One per read of a source, gate reads included. */
  readonly reads: readonly RecordedRead[];
  readonly outcome: {
    readonly status: number;
    /** Codes of the errors in the answer with their counts, sorted by code. */
    readonly errors: Readonly<Record<string, number>>;
    /** HMAC-SHA256 (response key) over the response's bytes before the receipt is spliced in; hex. */
    readonly commitment?: string;
  };
  /** `refusals-summary`: how many. */
  readonly note?: Readonly<Record<string, string | number>>;
  /** Of the kind `administration`: an operator's command. */
  readonly administration?: RecordedAct;
}

/**
 * An operator's command. One that is carried out leaves two records with one `requestId`: INTENT, durable before anything
 * changes, then DONE or FAILED. One that is turned away by a check leaves a single REFUSED. Names, ids and hashes; never a
 * connection's content.
 */
export interface RecordedAct {
  /** `agreements.import`, `client.suspend`, `connection.put` … */
  readonly action: string;
  readonly outcome: 'INTENT' | 'DONE' | 'FAILED' | 'REFUSED';
  /** The operator, as the command says: whoever holds the operator's key can say any name. */
  readonly by: string;
  /** Id of the agreement or client, or name of the connection. */
  readonly object?: string;
  /** The operator's own words. */
  readonly reason?: string;
  /** `sha256:` over what is imported or now in force; of a connection over its sealed bytes. */
  readonly contentHash?: string;
  /** DONE: what is another than before. */
  readonly changed?: readonly ChangedObject[];
  /** REFUSED: how many problems there were, and by which rules. */
  readonly problems?: number;
  readonly rules?: readonly string[];
}

export interface ChangedObject {
  readonly kind: 'agreement' | 'purpose' | 'client' | 'operation' | 'connection';
  readonly id: string;
  readonly change: 'CREATED' | 'UPDATED' | 'REMOVED';
  /** Of an agreement. */
  readonly version?: number;
  readonly contentHash?: string;
}

export interface RecordedDecision {
  readonly coordinate: string;
  readonly effect: 'PERMIT' | 'MASK' | 'PERMIT_IF' | 'DENY';
  readonly rule: string;
}

export interface RecordedRead {
  readonly source: string;
  readonly entity: string;
  readonly role: 'data' | 'gate' | 'key' | 'list' | 'count';
  readonly columns: readonly string[];
  readonly keys: number;
  readonly rows: number;
  readonly outcome: 'OK' | 'SOURCE_UNAVAILABLE' | 'SOURCE_FAULT';
  readonly readAt: string;
}

/** A promise to be in the tree (within 60 s, once there is one), given with the answer. */
export interface Receipt {
  /** Name of the log. */
  readonly origin: string;
  /** Decimal string: sizes reach 2^64-1. */
  readonly index: string;
  readonly eventId: string;
  /** RFC 6962 leaf hash of the record's body, base64. */
  readonly leafHash: string;
  readonly at: string;
  readonly replica: string;
  /** Signature and leaf hash: `ed25519+sha256-rfc6962`. */
  readonly alg: string;
  /** Ed25519 by the replica's receipt key over the canonical form of the other members; base64. */
  readonly signature: string;
}

/** The durable part: what the group committer needs of a store. */
export interface AuditStore {
  /**
   * Appends in order, in one transaction, with gapless indexes. When it resolves, the records are as durable as the store is.
   * A rejection says nothing about whether they were written (a lost COMMIT reply): the caller may append again with
   * the same event ids.
   */
  append(records: readonly SealedRecord[]): Promise<readonly bigint[]>;
  close(): Promise<void>;
}

export interface SealedRecord {
  readonly eventId: string;
  readonly at: string;
  /** Department of the caller, '' where unknown. */
  readonly department: string;
  /** The exact bytes that the leaf hash covers. */
  readonly body: Buffer;
  readonly leaf: Buffer;
}
