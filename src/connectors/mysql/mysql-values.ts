import type { FieldPacket } from 'mysql2';
import { type KeyShape, unknownShape } from '../key-forms.ts';
import { parseExact } from '../sql/exact-number.ts';

/** `Types` of the MySQL protocol. */
const types = {
  varString: 253,
  string: 254,
  varchar: 15,
  newDecimal: 246,
  decimal: 0,
  bit: 16,
  tiny: 1,
  short: 2,
  int24: 9,
  long: 3,
  longlong: 8,
} as const;
/** Collation id of what is no text. */
const binary = 63;

/**
 * Brings the driver's values into the contract's form, in place: exact decimals become numbers where a double holds them, bytes that
 * the server calls binary are read as UTF-8. Returns how many were neither.
 */
export function settleValues(rows: readonly unknown[][], fields: readonly FieldPacket[]): number {
  let undecodable = 0;
  for (const [position, field] of fields.entries()) {
    const settle = settlerFor(field);
    if (!settle) continue;
    for (const row of rows) {
      const value = row[position];
      if (value === null || value === undefined) continue;
      const settled = settle(value);
      if (settled === undefined) undecodable++;
      row[position] = settled ?? null;
    }
  }
  return undecodable;
}

function settlerFor(field: FieldPacket): ((value: unknown) => unknown) | undefined {
  if (field.columnType === types.newDecimal || field.columnType === types.decimal) {
    return (value) => (typeof value === 'string' ? parseExact(value) : value);
  }
  if (field.columnType === types.bit)
    return (value) => (Buffer.isBuffer(value) ? bitsToNumber(value) : value);
  return field.characterSet === binary ? decodeBinary : undefined;
}

function bitsToNumber(bits: Buffer): number | string {
  const number = BigInt(`0x${bits.toString('hex') || '0'}`);
  return number <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(number) : String(number);
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function decodeBinary(value: unknown): unknown {
  if (!Buffer.isBuffer(value)) return value;
  try {
    return utf8.decode(value);
  } catch {
    return undefined;
  }
}

/** The widest of them, unsigned; a narrower column holds fewer and matches no more. */
const maxInteger = 2n ** 64n - 1n;
const integerTypes: ReadonlySet<number | undefined> = new Set([
  types.tiny,
  types.short,
  types.int24,
  types.long,
  types.longlong,
]);

/** What a column's type tells of the keys in it. */
export function keyShapeOf({ columnType, columnLength }: FieldPacket): KeyShape {
  if (integerTypes.has(columnType)) return { ignoresTrailingBlanks: false, integersUpTo: maxInteger };
  const isChar = columnType === types.string;
  if (!isChar && columnType !== types.varString && columnType !== types.varchar) return unknownShape;
  // The protocol tells bytes of the connection's character set, utf8mb4.
  const width = Math.floor((columnLength ?? 0) / 4);
  return { ignoresTrailingBlanks: isChar, ...(width > 0 ? { width } : {}) };
}
