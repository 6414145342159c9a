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

/** MySQL (8.0 and later) and MariaDB (10.6 and later). Keys travel as one parameter each. */
export function createMysqlText(raw: RawColumns): SqlText {
  const parameters: SqlParameter[] = [];
  const bind = (value: SqlParameter): string => {
    parameters.push(value);
    return '?';
  };
  const quote = (name: string): string => quoteIdentifier(name, '`');
  return {
    column: quote,
    table: (name) => quoteTable(name, '`'),
    selected: (name) => (raw.charsetOf(name) === undefined ? quote(name) : `HEX(${quote(name)})`),
    hasKey: (columns, stored) => compileKeys(columns, stored, raw, bind, quote),
    sorted: (column, direction) => `${column} IS NULL, ${column} ${direction}`,
    rowCount: (count) => bind(count),
    // Not as a parameter: the driver binds numbers as doubles, which LIMIT refuses.
    limit: (count) => `LIMIT ${Math.trunc(count)}`,
    keyset: (column) => keysetOf(bind, quote(column), raw.charsetOf(column) && raw.storedAs(column)),
    filter: {
      equalsAny: (column, values) => {
        const operands = values.flatMap(
          (value) => bindOperand(bind, raw.charsetOf(column), trimBlanks(value)) ?? [],
        );
        return operands.length === 0
          ? 'FALSE'
          : `${comparable(quote(column), raw.charsetOf(column))} IN (${operands.join(', ')})`;
      },
      compares: (column, operator, value) => {
        const charset = raw.charsetOf(column);
        // Bytes of GBK sort otherwise than code points, except against ASCII.
        if (charset !== undefined && !isAscii(value)) {
          throw new SourceFailure('fault', 'range beyond ASCII over a column with its own character set');
        }
        return `${comparable(quote(column), charset)} ${operator} ${bindOperand(bind, undefined, trimBlanks(value))}`;
      },
      startsWith: (column, value) => {
        const charset = raw.charsetOf(column);
        const length =
          charset === undefined ? Buffer.byteLength(value) : (encodeRaw(value, charset)?.length ?? 0) / 2;
        const operand = bindOperand(bind, charset, value);
        return operand === undefined
          ? 'FALSE'
          : `LEFT(${comparable(quote(column), charset)}, ${length}) = ${operand}`;
      },
    },
    parameters,
  };
}

export const mysqlEngine: SqlEngine = { createText: createMysqlText, keyParameters: padded };

/** `storedAs`: the collation of a column that is read raw; its positions are hexadecimal digits of its bytes. */
function keysetOf(
  bind: (value: SqlParameter) => string,
  column: string,
  storedAs: string | undefined,
): Keyset {
  if (storedAs === undefined) {
    const text = `CONVERT(${column} USING utf8mb4)`;
    return {
      position: text,
      isEntry: `${column} IS NOT NULL AND CHAR_LENGTH(${column}) <= ${maxKeyCharacters}`,
      order: `${column}, CAST(${text} AS BINARY)`,
      after: (position) =>
        `${column} >= ${bind(position)} AND (${column} > ${bind(position)} OR CAST(${text} AS BINARY) > CAST(${bind(position)} AS BINARY))`,
    };
  }
  const bytes = `CAST(${column} AS BINARY)`;
  const operand = (position: string) => asStored(`UNHEX(${bind(position)})`, storedAs);
  return {
    position: `HEX(${column})`,
    isEntry: `${column} IS NOT NULL AND OCTET_LENGTH(${column}) <= ${2 * maxKeyCharacters}`,
    order: `${column}, ${bytes}`,
    after: (position) =>
      `${column} >= ${operand(position)} AND (${column} > ${operand(position)} OR ${bytes} > UNHEX(${bind(position)}))`,
  };
}

/** Bytes as text of the column's own collation, so that its index serves. */
function asStored(bytes: string, collation: string | undefined): string {
  return collation === 'binary'
    ? bytes
    : `CONVERT(${bytes} USING ${collation?.split('_')[0]}) COLLATE ${collation}`;
}

/** As bytes: of UTF-8, so that order and equality are those of code points whatever the collation; or as stored. */
function comparable(column: string, charset: string | undefined): string {
  return charset === undefined
    ? `CAST(CONVERT(RTRIM(${column}) USING utf8mb4) AS BINARY)`
    : `CAST(RTRIM(${column}) AS BINARY)`;
}

/** Undefined for a text that the column's character set cannot write. */
function bindOperand(
  bind: (value: SqlParameter) => string,
  charset: string | undefined,
  value: string,
): string | undefined {
  if (charset === undefined) return `CAST(${bind(value)} AS BINARY)`;
  const hex = encodeRaw(value, charset);
  return hex === undefined ? undefined : `UNHEX(${bind(hex)})`;
}

function compileKeys(
  columns: readonly string[],
  stored: readonly (readonly string[])[],
  raw: RawColumns,
  bind: (value: SqlParameter) => string,
  quote: (name: string) => string,
): string {
  if (stored[0]?.length === 0) return 'FALSE';
  const each = columns.map((column, c) => {
    const operand = keyOperand(column, raw, bind);
    const distinct = columns.length === 1 ? (stored[c] ?? []) : [...new Set(stored[c])];
    return `${quote(column)} IN (${padded(distinct).map(operand).join(', ')})`;
  });
  if (columns.length === 1) return each.join('');
  // The first conditions find the rows by index, the last keeps the tuples that were asked.
  const operands = columns.map((column) => keyOperand(column, raw, bind));
  const positions = padded([...(stored[0] ?? []).keys()]);
  const tuples = positions.map(
    (i) => `(${operands.map((operand, c) => operand(stored[c]?.[i] ?? '')).join(', ')})`,
  );
  return `${each.join(' AND ')} AND (${columns.map(quote).join(', ')}) IN (${tuples.join(', ')})`;
}

/**
 * ASCII goes as it is. Text beyond it goes as bytes where the column has a character set of its own; as NULL, which equals nothing,
 * where the column cannot hold it (the server would refuse the whole statement for it); else as it is too.
 */
function keyOperand(
  column: string,
  raw: RawColumns,
  bind: (value: SqlParameter) => string,
): (value: string) => string {
  const charset = raw.charsetOf(column);
  const collation = raw.storedAs(column);
  return (value) => {
    if (isAscii(value)) return bind(value);
    if (charset === undefined)
      return bind(collation === undefined || holdsChinese.test(collation) ? value : null);
    return asStored(`UNHEX(${bind(encodeRaw(value, charset) ?? null)})`, collation);
  };
}

/** Collations of the character sets that have full-width digits. */
const holdsChinese = /^(utf|ucs|gb|big5|sjis|cp932|ujis|eucjpms|euckr)/;

/** Repeats the last one up to a power of two, so that a server prepares a dozen shapes and not one for each number of keys. */
function padded<T>(values: readonly T[]): readonly T[] {
  const last = values.at(-1);
  if (last === undefined) return values;
  const size = 2 ** Math.ceil(Math.log2(values.length));
  return [...values, ...new Array<T>(size - values.length).fill(last)];
}
