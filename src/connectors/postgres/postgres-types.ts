import { type KeyShape, unknownShape } from '../key-forms.ts';
import { trimBlanks } from '../row-filter-memory.ts';
import { parseExact, parseFinite } from '../sql/exact-number.ts';

/** Object ids of `pg_type`, fixed since the types exist. */
const oids = {
  bool: 16,
  int8: 20,
  int2: 21,
  int4: 23,
  oid: 26,
  float4: 700,
  float8: 701,
  bpchar: 1042,
  varchar: 1043,
  numeric: 1700,
} as const;

/**
 * The driver's own parsers make `Date`s and lose digits. Here text, dates and times stay what the server wrote; numbers become
 * numbers as long as a double holds them; `CHAR(n)` loses the blanks that the type adds.
 */
export const postgresTypes = {
  getTypeParser: (oid: number): ((text: string) => unknown) => parsers.get(oid) ?? keepText,
};

const parsers = new Map<number, (text: string) => unknown>([
  [oids.bool, (text) => text === 't'],
  [oids.int2, Number],
  [oids.int4, Number],
  [oids.oid, Number],
  [oids.int8, parseExact],
  [oids.numeric, parseExact],
  [oids.float4, parseFinite],
  [oids.float8, parseFinite],
  [oids.bpchar, trimBlanks],
]);

const largest = new Map<number, bigint>([
  [oids.int2, 32_767n],
  [oids.int4, 2_147_483_647n],
  [oids.int8, 9_223_372_036_854_775_807n],
  [oids.numeric, 10n ** 40n],
]);

/** What a column's type, by its object id, and modifier tell of the keys in it. */
export function keyShapeOf(type: number, modifier: number): KeyShape {
  const integersUpTo = largest.get(type);
  if (integersUpTo !== undefined) return { ignoresTrailingBlanks: false, integersUpTo };
  if (type !== oids.bpchar && type !== oids.varchar) return unknownShape;
  // The modifier counts four bytes of its own; -1 is a column without a width.
  return { ignoresTrailingBlanks: type === oids.bpchar, ...(modifier > 4 ? { width: modifier - 4 } : {}) };
}

function keepText(text: string): string {
  return text;
}
