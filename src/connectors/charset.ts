import iconv from 'iconv-lite';
import type { SourceSettings } from './connector.ts';

/** The character sets of one source's columns, where the driver must not decode because the bytes are not what they claim to be. */
export interface ColumnCharsets {
  /** Undefined: the driver decodes. */
  of(column: string): string | undefined;
}

export function createColumnCharsets({ charset, columnCharsets }: SourceSettings): ColumnCharsets {
  const byColumn = new Map(Object.entries(columnCharsets));
  return { of: (column) => withoutUtf8(byColumn.get(column) ?? charset) };
}

function withoutUtf8(charset: string | undefined): string | undefined {
  return charset !== undefined && /^utf-?8$/i.test(charset) ? undefined : charset;
}

/** Names that `decodeText` does not know; empty if all is well. */
export function unknownCharsets({ charset, columnCharsets }: SourceSettings): readonly string[] {
  const names = [...(charset === undefined ? [] : [charset]), ...Object.values(columnCharsets)];
  return names.filter((name) => !iconv.encodingExists(name));
}

/** Undefined for bytes outside the character set: the hub does not guess. */
export function decodeText(bytes: Buffer, charset: string): string | undefined {
  const text = iconv.decode(bytes, charset, { stripBOM: false });
  return text.includes('\ufffd') ? undefined : text;
}

/** Undefined for text that the character set cannot write: it is stored nowhere. */
export function encodeText(text: string, charset: string): Buffer | undefined {
  const bytes = iconv.encode(text, charset);
  return iconv.decode(bytes, charset, { stripBOM: false }) === text ? bytes : undefined;
}
