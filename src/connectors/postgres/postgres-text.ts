import { trimBlanks } from '../row-filter-memory.ts';
import { SourceFailure } from '../source-failure.ts';
import { encodeRaw, isAscii, type RawColumns } from '../sql/raw-text.ts';
import type { SqlEngine } from '../sql/select-statements.ts';
import {
  type Keyset,
  maxKeyCharacters,
  quoteIdentifier,
  quoteTable,
  type SqlParameter,
  type SqlText,
} from '../sql/sql-text.ts';

/**
 * PostgreSQL. Keys travel as one array parameter without a type: the server then takes the column's own, so that `CHAR(n)`,
 * `VARCHAR` and numbers all use their index (a cast to `text` would lose that of `CHAR(n)`, and its blanks).
 */
export function createPostgresText(raw: RawColumns): SqlText {
  const parameters: SqlParameter[] = [];
  const bind = (value: SqlParameter): string => `$${parameters.push(value)}`;
  const quote = (name: string): string => quoteIdentifier(name, '"');
  return {
    column: quote,
    table: (name) => quoteTable(name, '"'),
    selected: (name) =>
      raw.charsetOf(name) === undefined ? quote(name) : `encode(${rawBytes(quote(name))}, 'hex')`,
    hasKey: (columns, stored) => {
      const each = columns.map((column, c) => {
        const distinct = columns.length === 1 ? stored[c] : [...new Set(stored[c])];
        return `${quote(column)} = ANY(${bindKeys(bind, raw.charsetOf(column), distinct ?? [])})`;
      });
      if (columns.length === 1) return each.join('');
      // The first conditions find the rows by index, the last keeps the tuples that were asked.
      const tuple = columns.map((column) => `${quote(column)}::text`).join(', ');
      const arrays = columns.map(
        (column, c) => `${bindKeys(bind, raw.charsetOf(column), stored[c] ?? [])}::text[]`,
      );
      return `${each.join(' AND ')} AND (${tuple}) IN (SELECT * FROM unnest(${arrays.join(', ')}))`;
    },
    sorted: (column, direction) => `${column} ${direction} NULLS LAST`,
    rowCount: (count) => bind(count),
    limit: (count) => `LIMIT ${bind(count)}`,
    keyset: (column) => keysetOf(bind, quote(column), raw.charsetOf(column) !== undefined),
    filter: {
      equalsAny: (column, values) => {
        const charset = raw.charsetOf(column);
        if (charset !== undefined) return equalsAnyRaw(bind, quote(column), values, charset);
        return `${comparable(quote(column))} = ANY(${bind(arrayLiteral(values.map(trimBlanks)))})`;
      },
      compares: (column, operator, value) => {
        if (raw.charsetOf(column) === undefined)
          return `${comparable(quote(column))} ${operator} ${bind(trimBlanks(value))}`;
        // Bytes of GBK sort otherwise than code points, except against ASCII.
        if (!isAscii(value))
          throw new SourceFailure('fault', 'range beyond ASCII over a column with its own character set');
        return `${rawBytes(quote(column))} ${operator} ${bindBytes(bind, Buffer.from(trimBlanks(value)).toString('hex'))}`;
      },
      startsWith: (column, value) => {
        const charset = raw.charsetOf(column);
        if (charset === undefined)
          return `left(${comparable(quote(column))}, ${[...value].length}) = ${bind(value)}`;
        const hex = encodeRaw(value, charset);
        if (hex === undefined) return 'FALSE';
        return `substring(${rawBytes(quote(column))} FROM 1 FOR ${hex.length / 2}) = ${bindBytes(bind, hex)}`;
      },
    },
    parameters,
  };
}

export const postgresEngine: SqlEngine = {
  createText: createPostgresText,
  keyParameters: (stored) => [arrayLiteral(stored)],
};

/** Positions of columns that are read raw are hexadecimal digits of their bytes. The parameters have one type each, so there are two. */
function keysetOf(bind: (value: SqlParameter) => string, column: string, isRaw: boolean): Keyset {
  const bytes = isRaw ? `convert_to(${column}::text, getdatabaseencoding())` : `${column}::text COLLATE "C"`;
  const length = isRaw
    ? `octet_length(${bytes}) <= ${2 * maxKeyCharacters}`
    : `char_length(${column}::text) <= ${maxKeyCharacters}`;
  const operand = (position: string) =>
    isRaw ? `convert_from(${bindBytes(bind, position)}, getdatabaseencoding())` : bind(position);
  const bytesOf = (position: string) => (isRaw ? bindBytes(bind, position) : bind(position));
  return {
    // Under a name that no column has, or the order could not tell it from the column.
    position: `${isRaw ? `encode(${bytes}, 'hex')` : `${column}::text`} AS "#"`,
    isEntry: `${column} IS NOT NULL AND ${length}`,
    order: `${column}, ${bytes}`,
    after: (position) =>
      `${column} >= ${operand(position)} AND (${column} > ${operand(position)} OR ${bytes} > ${bytesOf(position)})`,
  };
}

/** Byte order whatever the database's collation is; no trailing blanks, as `CHAR(n)` has them. */
function comparable(column: string): string {
  return `rtrim(${column}::text, ' ') COLLATE "C"`;
}

/** The stored bytes, unconverted: converting from the database's own encoding to itself changes nothing. */
function rawBytes(column: string): string {
  return `convert_to(rtrim(${column}::text, ' '), getdatabaseencoding())`;
}

function bindBytes(bind: (value: SqlParameter) => string, hex: string): string {
  return `decode(${bind(hex)}, 'hex')`;
}

function equalsAnyRaw(
  bind: (value: SqlParameter) => string,
  column: string,
  values: readonly string[],
  charset: string,
): string {
  const encoded = values.flatMap((value) => encodeRaw(trimBlanks(value), charset) ?? []);
  if (encoded.length === 0) return 'FALSE';
  return `${rawBytes(column)} IN (${encoded.map((hex) => bindBytes(bind, hex)).join(', ')})`;
}

/** An array expression of the key texts. Only texts beyond ASCII, in a column with its own character set, need the detour by bytes. */
function bindKeys(
  bind: (value: SqlParameter) => string,
  charset: string | undefined,
  values: readonly string[],
): string {
  if (charset === undefined || values.every(isAscii)) return bind(arrayLiteral(values));
  const encoded = values.map((value) => encodeRaw(value, charset));
  const array = bind(arrayLiteral(encoded));
  return `ARRAY(SELECT convert_from(decode(v, 'hex'), getdatabaseencoding()) FROM unnest(${array}::text[]) WITH ORDINALITY AS k(v, i) ORDER BY i)`;
}

const needsEscape = /["\\]/;

/**
 * Text form of a text array; undefined becomes NULL, which equals nothing. Built here because the driver escapes element by
 * element, which for thousands of keys costs more than all else that the hub does for a read.
 */
function arrayLiteral(values: readonly (string | undefined)[]): string {
  if (values.length === 0) return '{}';
  if (!values.some(isSpecial)) return `{"${values.join('","')}"}`;
  const elements = values.map((value) =>
    value === undefined ? 'NULL' : `"${value.replace(/["\\]/g, '\\$&')}"`,
  );
  return `{${elements.join(',')}}`;
}

function isSpecial(value: string | undefined): boolean {
  return value === undefined || needsEscape.test(value);
}
