/** The little that projections and searches need of an engine; `store-sql-pg.ts` and `store-sql-pglite.ts` make it. */
export interface Sql {
  /**
   * Sixty-four-bit integers and times are selected as text, since the engines disagree on them. A Buffer among `params` is the
   * parameter's binary form.
   */
  query(statement: Statement, params: readonly unknown[]): Promise<readonly SqlRow[]>;
  /** Commits when `work` resolves, rolls back and rejects with its error when it rejects. Not nestable. */
  transaction<T>(work: (sql: Pick<Sql, 'query'>) => Promise<T>): Promise<T>;
}

/** One statement. One with a name is run often: a server plans it once in each session. No two texts have one name. */
export type Statement = string | { readonly name: string; readonly text: string };

export type SqlRow = Readonly<Record<string, unknown>>;

/** A column that the statement casts to text. Throws `TypeError` where it is anything else. */
export function textOf(row: SqlRow, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw new TypeError(`column ${column} is not text`);
  return value;
}

/** A bytea column. Throws `TypeError` where it is anything else. */
export function bytesOf(row: SqlRow, column: string): Uint8Array {
  const value = row[column];
  if (!(value instanceof Uint8Array)) throw new TypeError(`column ${column} is not bytea`);
  return value;
}
