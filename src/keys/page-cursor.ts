/**
 * Cursors (游标): where a page of a search ended, as a text that its caller can only give back.
 *
 *     version (1) · siv.ts over: expiry in ms (8) · list (1) · kind (1) · length (1) · position, zeros to 160 bytes
 *
 * The context of the encryption is everything that a cursor is bound to. A position is a stored identity number, so all cursors have
 * one length, and the text shows nothing.
 */
import type { DerivedKey } from './key-ring.ts';
import { createSiv, tagLength } from './siv.ts';

export interface CursorPosition {
  /** Index of the register. */
  readonly list: number;
  /** At most 160 bytes of UTF-8. Absent: its beginning. */
  readonly position?: string;
}

/** Pure and safe to use concurrently. */
export interface PageCursors {
  /** `binding` is what the cursor may be used for, and nothing else: client, purpose, filter. */
  seal(binding: readonly string[], position: CursorPosition, expiresAt: number): string;
  /** `undefined` for every cursor that was not made for this binding, or has expired at `now` (ms). */
  open(binding: readonly string[], cursor: string, now: number): CursorPosition | undefined;
}

const version = 1;
const maxPosition = 160;
const textLength = 8 + 3 + maxPosition;
const cursorLength = Math.ceil(((1 + tagLength + textLength) * 4) / 3);

/** `keys`: those named `cursor`, the current one first; the others still open what they made. */
export function createPageCursors(ring: { keys(name: 'cursor'): readonly DerivedKey[] }): PageCursors {
  const sivs = ring.keys('cursor').map(createSiv);
  const [current] = sivs;
  if (!current) throw new TypeError('cursors need a key');
  return {
    seal(binding, position, expiresAt) {
      const sealed = current.seal(JSON.stringify(binding), encode(position, expiresAt));
      return Buffer.concat([Buffer.of(version), sealed]).toString('base64url');
    },
    open(binding, cursor, now) {
      const bytes = parse(cursor);
      if (!bytes) return undefined;
      for (const siv of sivs) {
        const text = siv.open(JSON.stringify(binding), bytes.subarray(1));
        if (text) return decode(text, now);
      }
      return undefined;
    },
  };
}

/** The bytes, if the text is the one spelling of them that `seal` writes. Attacker-controlled. */
function parse(cursor: string): Buffer | undefined {
  if (cursor.length !== cursorLength) return undefined;
  const bytes = Buffer.from(cursor, 'base64url');
  return bytes[0] === version && bytes.toString('base64url') === cursor ? bytes : undefined;
}

function encode({ list, position }: CursorPosition, expiresAt: number): Buffer {
  const bytes = Buffer.from(position ?? '');
  if (bytes.length > maxPosition) throw new TypeError(`a position has at most ${maxPosition} bytes`);
  const text = Buffer.alloc(textLength);
  text.writeBigUInt64BE(BigInt(expiresAt));
  text.set([list, position === undefined ? 0 : 1, bytes.length], 8);
  text.set(bytes, 11);
  return text;
}

/** Of a text whose tag was right, so that `encode` wrote it. */
function decode(text: Buffer, now: number): CursorPosition | undefined {
  if (Number(text.readBigUInt64BE()) <= now) return undefined;
  const [list = 0, kind = 0, length = 0] = text.subarray(8, 11);
  return kind === 0 ? { list } : { list, position: text.toString('utf8', 11, 11 + length) };
}
