import { trimBlanks } from '../row-filter-memory.ts';
import { parseExact, parseFinite } from '../sql/exact-number.ts';

/** Object ids of `pg_type`, fixed since the types exist. */
export const oids = {
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

function keepText(text: string): string {
  return text;
}
