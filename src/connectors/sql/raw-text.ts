import { decodeText, encodeText } from '../charset.ts';
import type { ReadLayout } from '../read-layout.ts';

/**
 * Columns whose bytes are in another character set than the database says (GBK in `SQL_ASCII`, `latin1` or `US7ASCII`). They
 * are selected as hexadecimal digits of the stored bytes, so that neither server nor driver converts them, and compared as bytes.
 */
export interface RawColumns {
  /** The character set of a text column that must be read raw; undefined for all others. */
  charsetOf(column: string): string | undefined;
  /** The engine's name of a text column's character set or collation, where it needs one and the catalogue was asked. */
  storedAs(column: string): string | undefined;
}

/** For the many sources whose databases say what they hold. */
export const noRawColumns: RawColumns = { charsetOf: () => undefined, storedAs: () => undefined };

/** Decodes in place. What is no text of the character set becomes null; returns how many did. */
export function decodeRawColumns(rows: readonly unknown[][], layout: ReadLayout, raw: RawColumns): number {
  let undecodable = 0;
  for (const [position, column] of layout.selected.entries()) {
    const charset = raw.charsetOf(column);
    if (charset === undefined) continue;
    for (const row of rows) {
      const hex = row[position];
      if (typeof hex !== 'string') continue;
      const text = decodeText(Buffer.from(hex, 'hex'), charset);
      row[position] = text ?? null;
      if (text === undefined) undecodable++;
    }
  }
  return undecodable;
}

/** Hexadecimal digits of the text as the column stores it; undefined if it cannot store it. */
export function encodeRaw(text: string, charset: string): string | undefined {
  return encodeText(text, charset)?.toString('hex');
}

const beyondAscii = /[^\0-\x7f]/;

/** ASCII is the same bytes in every character set that a column may have here. */
export function isAscii(text: string): boolean {
  return !beyondAscii.test(text);
}
