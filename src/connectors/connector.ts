/**
 * The contract between the hub and a department's system: plain data in, plain data out, so that a connector can
 * one day run in the department's own zone (前置节点). One file or folder per kind implements it; all kinds pass
 * `tests/contract/connector.ts`.
 */

/** How a source stores an identity number. A connector asks for every declared form and rejoins on the canonical one. */
export type KeyForm =
  /** Exactly the canonical form (18 characters, upper-case X, half width). Always asked. */
  | 'CANONICAL'
  /** 15 digits, issued before 1999 (GB 11643-1989). Only for ids of the 19xx years. */
  | 'CITIZEN_15'
  /** A lower-case check character `x`. */
  | 'LOWER_X'
  /** Full-width digits and letters (U+FF10 …). */
  | 'FULL_WIDTH'
  /**
   * Blanks around it, as `CHAR(n)` columns and hand-typed rows have them: one before, one behind, or behind up to the
   * column's width (18 and 20 where the width is unknown). Other numbers of blanks are not found, except where the engine
   * itself ignores trailing blanks.
   */
  | 'PADDED';

export interface KeyColumn {
  /** Column (sql), row path (http, graphql) that holds the key in the source's row. */
  readonly column: string;
  readonly forms: readonly KeyForm[];
}

/**
 * A bound row filter over the source's own columns, in the source's own stored values. Absent and NULL never match; trailing
 * blanks of stored values do not count; texts compare by code point, numbers by their text. `row-filter-memory.ts` is the
 * reference that every engine is tested against.
 */
export type RowFilter =
  | { readonly op: 'eq'; readonly column: string; readonly value: string }
  | { readonly op: 'in'; readonly column: string; readonly values: readonly string[] }
  | { readonly op: 'prefix'; readonly column: string; readonly value: string }
  | {
      readonly op: 'range';
      readonly column: string;
      readonly gte?: string;
      readonly gt?: string;
      readonly lte?: string;
      readonly lt?: string;
    }
  | { readonly op: 'and' | 'or'; readonly filters: readonly RowFilter[] };

export type FilterOp = RowFilter['op'];

/** A table or view. Identifiers are quoted by the connector; `table` may be `schema.table`. */
export interface SqlTarget {
  readonly kind: 'sql';
  readonly table: string;
}

/**
 * Placeholders in templates: `$key` (single), `$keys` (list), `$columns` (list), `$page`, `$pageSize`, `$offset`, `$cursor`. A key of
 * several columns is an object by column name. In `query`, `$keys` becomes one parameter per key, `$columns` one parameter
 * with commas, and a parameter whose value is null is left out.
 */
export interface HttpTarget {
  readonly kind: 'http';
  readonly method: 'GET' | 'POST';
  /** Relative to the connection's base URL; `{key}` stands for the percent-encoded single key. */
  readonly path: string;
  readonly query: readonly { readonly name: string; readonly value: string }[];
  /** A JSON template; a string value that is exactly a placeholder is replaced by the value, never by text. */
  readonly body?: unknown;
  /** Keys in one request, stored forms counted: 1 for single endpoints. */
  readonly batch: number;
  /** Dot path to the rows in the answer; `''` is the whole answer. An object there is one row; null is no row. */
  readonly result: string;
  /** What says that a 200 is no error: the value at `path`, as a string, must be one of `values`. */
  readonly success?: { readonly path: string; readonly values: readonly string[] };
  readonly paging?: HttpPaging;
  /**
   * Filters the endpoint can apply itself, and how they are sent: for POST as the property of the body at the dot path `param`, for GET
   * as query parameter. `eq` and `prefix` send one text, `in` a list (GET: one parameter per value).
   */
  readonly filters: readonly {
    readonly column: string;
    readonly op: 'eq' | 'in' | 'prefix';
    readonly param: string;
  }[];
  /** HTTP statuses that mean "no such person" on single endpoints, such as 404. */
  readonly emptyStatuses: readonly number[];
}

export interface HttpPaging {
  readonly kind: 'PAGE' | 'OFFSET' | 'CURSOR';
  readonly size: number;
  /** Upper bound of pages read for one batch; more is a fault. */
  readonly maxPages: number;
  /** PAGE, OFFSET: dot path to the total row count. */
  readonly total?: string;
  /** CURSOR: dot path to the next cursor; null or '' ends. */
  readonly next?: string;
  readonly firstPage: number;
}

export interface GraphqlTarget {
  readonly kind: 'graphql';
  /** Apollo Federation `_entities` of this type … */
  readonly entities?: string;
  /**
   * … or this declared list field of the source's Query, with the list-of-keys argument. The argument must accept `[String!]!`, arguments
   * of filters `String!` (eq) or `[String!]!` (in); only keys of one column can be asked.
   */
  readonly query?: { readonly field: string; readonly argument: string };
  /** Keys in one request, stored forms counted. */
  readonly batch: number;
  /** Arguments (of `query`) through which the source applies equality filters itself. */
  readonly filters: readonly { readonly column: string; readonly op: 'eq' | 'in'; readonly param: string }[];
}

export type Target = SqlTarget | HttpTarget | GraphqlTarget;

/**
 * What is asked of one record type, whoever it is about. One frozen value for all reads of a plan, so that a connector may keep, by
 * its identity, what it makes of it: a statement, a document, paths.
 */
export interface ReadShape {
  /** The type that is read, for error messages: `PoliceRecord`. */
  readonly entity: string;
  readonly target: Target;
  readonly keyColumns: readonly KeyColumn[];
  /**
   * The permitted columns, and nothing else is asked (the connector adds key columns for the rejoin, and at http and graphql sources those
   * that the filter looks at, so that each row can be checked). For http and
   * graphql these are dot paths within the row. `[]` behind a name says that there is a list: the value of
   * `parties[].name` is an array with one element per item, in the row's order, null where an item has none; lists
   * nest (`a[].b[].c` is an array of arrays). A list that is absent or null is null, an empty one is `[]`.
   */
  readonly columns: readonly string[];
  /** ONE: up to `maxCopies` identical rows of one key count as one (finding `duplicateRow`). MANY by default. */
  readonly rows?: 'ONE' | 'MANY';
  /**
   * Rows of one key come in this order, nulls last. SQL sources sort themselves, so the columns need not be permitted. The
   * hub sorts what http and graphql sources say, by the leading columns of the order that are in `columns`: one that is
   * not permitted is never asked, and from there on the source's own order stands.
   */
  readonly order: readonly { readonly column: string; readonly direction: 'ASC' | 'DESC' }[];
  /** At most this many rows per key: the first of the order. */
  readonly maxRowsPerKey: number;
}

export interface ReadRequest {
  /** Correlation id, sent to http and graphql sources as `X-Request-Id`. */
  readonly requestId: string;
  readonly shape: ReadShape;
  /** Distinct canonical keys, by column: `keys[c][i]` is what the i-th key has in `shape.keyColumns[c]`. */
  readonly keys: readonly (readonly string[])[];
  /**
   * Applied by the source itself. A connector that cannot apply it refuses the read; it never drops a filter. A row of an http or
   * graphql source that does not itself say that it matches is not given.
   */
  readonly where?: RowFilter;
}

export interface ResultRow {
  /** Position of its key in `ReadRequest.keys`. A row for somebody who was not asked is never in the result. */
  readonly key: number;
  /**
   * Aligned to `ReadRequest.columns`, null where the row has nothing. Text, dates and times are strings as the source writes
   * them; numbers are numbers, or strings where a double could not hold them; `Date` never leaves a connector. Nested
   * lists and objects (http, graphql) are plain JSON.
   */
  readonly values: readonly unknown[];
}

export interface ReadResult {
  readonly rows: readonly ResultRow[];
  /** When the hub began to read, ISO 8601 with milliseconds. */
  readonly readAt: string;
  /** Requests or statements that the department had to serve for this read; tokens are not counted. */
  readonly reads: number;
  /**
   * Data-quality counts by kind, never a value: `foreignRow` (for nobody who was asked, dropped), `unfilteredRow` (does not
   * match the filter that the source was to apply, dropped), `duplicateRow` (dropped), `undecodable` (bytes outside the
   * character set, null), `unaskableKey` (cannot stand in
   * the endpoint's path; not asked), `misshapen` (list, object or scalar where the path says otherwise, null).
   */
  readonly findings: Readonly<Record<string, number>>;
}

/** Rows of a register by the order of its key column, a page at a time: nobody is named. */
export interface ListRequest {
  readonly requestId: string;
  readonly entity: string;
  readonly target: Target;
  /** By whose stored values the rows are in order. */
  readonly keyColumn: KeyColumn;
  /** The permitted columns, and nothing else is asked (the key column is added by the connector). */
  readonly columns: readonly string[];
  readonly where?: RowFilter;
  /** The position of the last row that was seen, as this connector gave it; absent: from the beginning. */
  readonly after?: string;
  readonly limit: number;
}

export interface ListedRow {
  /** The canonical value of the stored key, by the declared forms; absent for what can be no key. */
  readonly key?: string;
  /** It is stored as its canonical value, so that its row stands among others of its kind by that value. */
  readonly isCanonical: boolean;
  /**
   * Where the row stands, in at most `maxPositionLength` bytes: its stored key as the connector takes it back. Rows with
   * equal positions have equal stored keys. It holds an identity number: never shown, never logged.
   */
  readonly position: string;
  /** Aligned to `ListRequest.columns`, as in `ResultRow`. */
  readonly values: readonly unknown[];
}

export interface ListResult {
  /**
   * At most `limit`, the first ones after `after` in an order that is total over stored keys, whatever the collation holds for
   * equal: no row is skipped or met twice, except rows that were written meanwhile, and rows with the very same stored key.
   * Rows without a key, or with one of more than 40 characters, are no entries.
   */
  readonly rows: readonly ListedRow[];
  readonly readAt: string;
  readonly reads: number;
  readonly findings: Readonly<Record<string, number>>;
}

/** Of a key with more rows where one was declared, at least two are given, whatever they hold. */
export const maxCopies = 100;

/** UTF-8 bytes of a position. */
export const maxPositionLength = 160;

/** How many entries a list would have, over all its pages. */
export type CountRequest = Pick<ListRequest, 'requestId' | 'entity' | 'target' | 'keyColumn' | 'where'>;

export interface CountResult {
  readonly count: number;
  readonly readAt: string;
  readonly reads: number;
}

export interface ProbeResult {
  readonly ok: boolean;
  /** True when the account could write at the source: the operator is warned. */
  readonly canWrite?: boolean;
  readonly notes: readonly string[];
}

export interface Connector {
  /** The source's name in its contract file. */
  readonly source: string;
  readonly kind: 'postgres' | 'mysql' | 'http' | 'graphql';
  /**
   * Reads rows by key. Rejects with `HubError` `SOURCE_UNAVAILABLE` (down, refused, slow, breaker open, too busy) or
   * `SOURCE_FAULT` (answered, but what it said cannot be used); details name source and entity only. Never
   * partial: either every key was asked or the read fails. Safe to call concurrently.
   */
  read(request: ReadRequest, signal: AbortSignal): Promise<ReadResult>;
  /** Lists a register. Fails as `read` does; of kinds that cannot list, always: composition refuses registers there. Safe to call concurrently. */
  list(request: ListRequest, signal: AbortSignal): Promise<ListResult>;
  /** Counts a register's entries, wherever `list` works. */
  count(request: CountRequest, signal: AbortSignal): Promise<CountResult>;
  /** Is the source reachable, and is its account as harmless as it should be? Never throws. */
  probe(signal: AbortSignal): Promise<ProbeResult>;
  /** Waits for running reads, then releases connections. Idempotent. */
  close(): Promise<void>;
}

/** How a source is reached and how patiently: from its contract file. */
export interface SourceSettings {
  readonly name: string;
  readonly department: string;
  readonly kind: Connector['kind'];
  /** Name of the connection (address and secret), kept sealed outside the contract file. */
  readonly credential: string;
  /** For one read, queueing included. */
  readonly deadlineMs: number;
  /** Reads at the source at the same time; more wait, within the deadline. */
  readonly concurrency: number;
  /** Keys in one SQL statement; larger reads are split and run in parallel. */
  readonly batch: number;
  readonly maxResponseBytes: number;
  /** Character set of text columns, where the driver must not decode: `GBK`, `GB18030`; default UTF-8. */
  readonly charset?: string;
  /** Per column, where it differs from `charset`. */
  readonly columnCharsets: Readonly<Record<string, string>>;
}

/** What a credential holds, by kind. Unsealed only here. */
export type Connection =
  | {
      readonly kind: 'postgres' | 'mysql';
      readonly host: string;
      readonly port: number;
      readonly database: string;
      readonly user: string;
      readonly password?: string;
      readonly tls?: { readonly ca?: string };
      /** Sessions kept open. PGlite over the wire serves one at a time. */
      readonly poolSize?: number;
    }
  | {
      readonly kind: 'http' | 'graphql';
      readonly baseUrl: string;
      readonly headers?: Readonly<Record<string, string>>;
      readonly oauth2?: {
        readonly tokenUrl: string;
        readonly clientId: string;
        readonly clientSecret: string;
        readonly scope?: string;
      };
      /**
       * Each request is signed: hex HMAC-SHA256 under `secret` over five lines joined by `\n`: METHOD, path with query string as
       * sent, time (milliseconds since the epoch), nonce (UUID), hex SHA-256 of the body's bytes. Header names as the department
       * wants them.
       */
      readonly signature?: {
        readonly appId: string;
        readonly secret: string;
        readonly headers: {
          readonly appId: string;
          readonly timestamp: string;
          readonly nonce: string;
          readonly signature: string;
        };
      };
      readonly tls?: { readonly ca?: string };
    };

/** What the hub tells of a source's health without a value of anybody: for logs, metrics and warnings. */
export interface ConnectorObserver {
  warn(source: string, message: string, cause?: unknown): void;
}
