import type { ReadShape, RowFilter } from '../connector.ts';
import type { ReadLayout } from '../read-layout.ts';
import { compareText, filterColumns, matchesFilter } from '../row-filter-memory.ts';
import { SourceFailure } from '../source-failure.ts';
import { type ColumnPath, misshapen, parseColumnPath, readColumnPath, rounded } from './column-path.ts';

/** Rows as a JSON source said them, brought into the shell's form. */
export interface JsonRows {
  /** Takes what is at the path of an answer: a list of objects, one object, or null for none. Returns how many there are. */
  add(answer: ParsedAnswer, path: string): number;
  /** Everything that was added, in the requested order as far as it may be known. */
  finish(): { readonly rows: unknown[][]; readonly findings: Readonly<Record<string, number>> };
}

/** One answer, parsed. */
export interface ParsedAnswer {
  readonly json: unknown;
  /** The same, numbers that a double does not hold as text. Costs a second parsing. */
  exact(): unknown;
  /** Unpacked. */
  readonly bytes: number;
}

/** Makes the collector of one read's rows. */
export type JsonRowsOf = (where: RowFilter | undefined) => JsonRows;

/**
 * What is made of a shape once for all reads whose filters look at the same columns. A source may ignore the filter that it was sent: the
 * columns are asked, behind those of the layout, so that each row can be checked.
 */
export function perFilterColumns<T>(
  layout: ReadLayout,
  make: (selected: readonly string[]) => T,
): (where: RowFilter | undefined) => T {
  const known = new Map<string, T>();
  return (where) => {
    const asked = where ? filterColumns(where) : [];
    const selected = [...new Set([...layout.selected, ...asked])];
    const key = JSON.stringify(selected.slice(layout.selected.length));
    const made = known.get(key) ?? make(selected);
    known.set(key, made);
    return made;
  };
}

/** `selected`: the layout's columns and those of the filter. Throws `SourceFailure` for columns that are no paths. */
export function compileJsonRows(
  shape: ReadShape,
  layout: ReadLayout,
  selected: readonly string[],
): JsonRowsOf {
  const paths = selected.map(parseColumnPath);
  const order = sortTerms(shape, layout);
  const width = layout.selected.length;
  return (where) => createJsonRows(paths, order, { width, matches: compileCheck(where, selected) });
}

function createJsonRows(
  paths: readonly ColumnPath[],
  order: readonly SortTerm[],
  { width, matches }: { readonly width: number; readonly matches: (values: readonly unknown[]) => boolean },
): JsonRows {
  const rows: unknown[][] = [];
  let misshapenValues = 0;
  let unfiltered = 0;

  return {
    add: (answer, path) => {
      const said = readExactly(answer, path, paths);
      misshapenValues += said.misshapenValues;
      for (const values of said.rows) {
        if (!matches(values)) unfiltered++;
        else rows.push(values.length > width ? values.slice(0, width) : values);
      }
      return said.rows.length;
    },
    finish: () => ({
      rows: sortRows(rows, order),
      findings: { misshapen: misshapenValues, unfilteredRow: unfiltered },
    }),
  };
}

interface ReadRows {
  readonly rows: readonly unknown[][];
  readonly misshapenValues: number;
  readonly hasRounded: boolean;
}

/** Nearly no answer has long numbers, so they are looked for among the values that are read, and not in all text. */
function readExactly({ json, exact }: ParsedAnswer, path: string, paths: readonly ColumnPath[]): ReadRows {
  const said = readRows(rowsAt(json, path), paths);
  return said.hasRounded ? readRows(rowsAt(exact(), path), paths) : said;
}

function readRows(said: readonly unknown[], paths: readonly ColumnPath[]): ReadRows {
  let misshapenValues = 0;
  let hasRounded = false;
  const rows = said.map((row) => {
    const values: unknown[] = [];
    for (const path of paths) {
      const value = readColumnPath(row, path);
      if (value === misshapen) misshapenValues++;
      if (value === rounded) hasRounded = true;
      values.push(value === misshapen || value === rounded ? null : value);
    }
    return values;
  });
  return { rows, misshapenValues, hasRounded };
}

/** A row that does not say what its filter looks at does not match it. */
function compileCheck(
  where: RowFilter | undefined,
  selected: readonly string[],
): (values: readonly unknown[]) => boolean {
  if (!where) return () => true;
  return (values) => matchesFilter(where, (column) => values[selected.indexOf(column)]);
}

interface SortTerm {
  readonly position: number;
  readonly sign: number;
}

/** By the leading columns of the order that were asked; from the first one that was not, the source's own order stands. */
function sortTerms({ order }: ReadShape, layout: ReadLayout): readonly SortTerm[] {
  const terms: SortTerm[] = [];
  for (const { column, direction } of order) {
    const position = layout.selected.indexOf(column);
    if (position < 0) break;
    terms.push({ position, sign: direction === 'DESC' ? -1 : 1 });
  }
  return terms;
}

function sortRows(rows: unknown[][], terms: readonly SortTerm[]): unknown[][] {
  if (terms.length === 0) return rows;
  return rows.sort((a, b) => {
    for (const { position, sign } of terms) {
      const difference = compareValues(a[position], b[position], sign);
      if (difference !== 0) return difference;
    }
    return 0;
  });
}

/** Nulls last in both directions. */
function compareValues(a: unknown, b: unknown, sign: number): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  if (typeof a === 'number' && typeof b === 'number') return (a - b) * sign;
  return compareText(String(a), String(b)) * sign;
}

/** The value at a dot path of an answer; null below null; undefined where the answer lacks it. */
export function valueAt(answer: unknown, path: string): unknown {
  let value = answer;
  for (const name of path === '' ? [] : path.split('.')) {
    if (value === null) return null;
    if (typeof value !== 'object' || !Object.hasOwn(Object(value), name)) return undefined;
    value = Reflect.get(Object(value), name);
  }
  return value;
}

/** Rows found at the path: a list of objects, one object, or null for none. Anything else cannot be used. */
function rowsAt(answer: unknown, path: string): readonly unknown[] {
  const found = valueAt(answer, path);
  if (found === null) return [];
  const rows = (Array.isArray(found) ? found : [found]).filter((row) => row !== null);
  if (rows.some((row) => typeof row !== 'object' || Array.isArray(row))) {
    throw new SourceFailure(
      'fault',
      found === undefined ? 'answer lacks its rows' : 'rows of the answer are no objects',
    );
  }
  return rows;
}
