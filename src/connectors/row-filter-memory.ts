import type { RowFilter } from './connector.ts';
import { isUnaskable } from './unaskable.ts';

/**
 * The reference semantics of row filters. SQL is tested against it row by row; http and graphql answers are checked with it,
 * because a source may ignore the parameter that it was sent.
 *
 * Absent, null, lists and objects never match. Text compares by code point, as UTF-8 bytes do; numbers and booleans by their
 * text. Trailing blanks of stored values, and of filter values other than prefixes, do not count. A value that no engine
 * stores (`\0`, half a surrogate pair) matches nothing, nor does a range without bounds; `and` of nothing matches everything, `or` of nothing nothing.
 */
export function matchesFilter(filter: RowFilter, read: (column: string) => unknown): boolean {
  if ('filters' in filter) {
    return filter.op === 'and'
      ? filter.filters.every((part) => matchesFilter(part, read))
      : filter.filters.some((part) => matchesFilter(part, read));
  }
  const stored = comparableText(read(filter.column));
  if (stored === undefined) return false;
  switch (filter.op) {
    case 'eq':
      return isEqual(stored, filter.value);
    case 'in':
      return filter.values.some((value) => isEqual(stored, value));
    case 'prefix':
      return stored.startsWith(filter.value) && !isUnaskable(filter.value);
    case 'range':
      return isInRange(stored, filter);
  }
}

function isEqual(stored: string, value: string): boolean {
  return stored === trimBlanks(value) && !isUnaskable(value);
}

type RangeFilter = Extract<RowFilter, { op: 'range' }>;

function isInRange(stored: string, { gte, gt, lte, lt }: RangeFilter): boolean {
  const bounds = [gte, gt, lte, lt].filter((bound) => bound !== undefined);
  if (bounds.length === 0 || bounds.some(isUnaskable)) return false;
  return (
    (gte === undefined || compareText(stored, trimBlanks(gte)) >= 0) &&
    (gt === undefined || compareText(stored, trimBlanks(gt)) > 0) &&
    (lte === undefined || compareText(stored, trimBlanks(lte)) <= 0) &&
    (lt === undefined || compareText(stored, trimBlanks(lt)) < 0)
  );
}

/** Every column that the filter looks at. */
export function filterColumns(filter: RowFilter): readonly string[] {
  return 'filters' in filter ? filter.filters.flatMap(filterColumns) : [filter.column];
}

/** The blanks that `CHAR(n)` adds: U+0020 alone. */
export function trimBlanks(text: string): string {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 0x20) end--;
  return end === text.length ? text : text.slice(0, end);
}

/** By code point. The operators `<` and `>` compare UTF-16 units, which puts rare characters (𠮷) before U+E000. */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left !== right) return codePointRank(left) - codePointRank(right);
  }
  return a.length - b.length;
}

/** Surrogates stand for code points above all others. */
function codePointRank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

function comparableText(value: unknown): string | undefined {
  if (typeof value === 'string') return trimBlanks(value);
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}
