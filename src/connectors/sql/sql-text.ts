import { SourceFailure } from '../source-failure.ts';

/**
 * How an engine writes what the statements of `sql/` need. One statement, one `SqlText`: it also collects the parameters, which the
 * statement must name in the order in which they were bound.
 */
export interface SqlText {
  /** Quotes a column's name. Throws `SourceFailure` for what can be no name. */
  column(name: string): string;
  /** `schema.table` or `table`. */
  table(name: string): string;
  /** What to select so that the driver, or for columns with a character set of their own the hub, can decode it. */
  selected(name: string): string;
  /** A condition that is true for the rows with one of these stored key tuples, and that can use an index. */
  hasKey(columns: readonly string[], stored: readonly (readonly string[])[]): string;
  /** `column` sorted with nulls last. */
  sorted(column: string, direction: 'ASC' | 'DESC'): string;
  /** Binds a number of rows. */
  rowCount(count: number): string;
  limit(count: number): string;
  /** A column whose stored values page a list. */
  keyset(column: string): Keyset;
  readonly filter: FilterText;
  readonly parameters: readonly SqlParameter[];
}

/**
 * The order of a list: the column's own, which its index serves, and among values that the collation holds for equal (`x` and `X`,
 * full width, trailing blanks) the order of their bytes. So it is total, and a position is never between two equal rows.
 */
export interface Keyset {
  /** Selects the stored value in the form that `after` takes. */
  readonly position: string;
  /** True for rows that have a key of a length that keys have. */
  readonly isEntry: string;
  readonly order: string;
  after(position: string): string;
}

/** Identity numbers have 18 characters; the rest is room for blanks and for whatever else stands in such columns. */
export const maxKeyCharacters = 40;

export type SqlParameter = string | number | null;

/** Conditions on one column, in the semantics of `row-filter-memory.ts`. NULL makes none of them true. */
export interface FilterText {
  equalsAny(column: string, values: readonly string[]): string;
  compares(column: string, operator: '>=' | '>' | '<=' | '<', value: string): string;
  startsWith(column: string, value: string): string;
}

/**
 * Letters of any script (departments name columns in Chinese), digits, `_`, `$`, `#`, `-` and blanks inside. Quoting alone
 * would make any text safe; this keeps what is obviously no name out of a department's log.
 */
const identifier = /^[\p{L}_][\p{L}\p{N}_$# -]{0,62}$/u;

export function quoteIdentifier(name: string, quote: '"' | '`'): string {
  if (!identifier.test(name) || name.endsWith(' '))
    throw new SourceFailure('fault', 'mapping names an impossible column');
  return `${quote}${name}${quote}`;
}

export function quoteTable(name: string, quote: '"' | '`'): string {
  const parts = name.split('.');
  if (parts.length > 2) throw new SourceFailure('fault', 'mapping names an impossible table');
  return parts.map((part) => quoteIdentifier(part, quote)).join('.');
}
