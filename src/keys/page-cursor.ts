/**
 * Cursors (游标): where a page of a search ended, as a text that its caller can only give back.
 *
 *     version (1) · siv.ts over: expiry in ms (8) · text · texts
 *     text: kind (1, 0 is none) · length (1) · UTF-8, zeros to its room
 *
 * The context of the encryption is everything that a cursor is bound to. The texts are identity numbers, so all cursors of a search have
 * one length, and they show nothing.
 */
import type { DerivedKey } from './key-ring.ts';
import { createSiv, tagLength } from './siv.ts';

export interface CursorPosition {
  /** Up to where everybody was met: at most 20 bytes of UTF-8. */
  readonly passed?: string;
  /** Of each register, at most 160 bytes of UTF-8. Undefined: its beginning. */
  readonly positions: readonly (string | undefined)[];
}

/** Pure and safe to use concurrently. */
export interface PageCursors {
  /** `binding` is what the cursor may be used for, and nothing else: client, purpose, filter, scope. */
  seal(binding: readonly string[], position: CursorPosition, expiresAt: number): string;
  /** `undefined` for every cursor that was not made for this binding, or has expired at `now` (ms). */
  open(binding: readonly string[], cursor: string, now: number): CursorPosition | undefined;
}

const version = 2;
const maxPassed = 20;
const maxPosition = 160;
/** Of a kind and a length before each text. */
const prefix = 2;
const fixedLength = 8 + prefix + maxPassed;
/** More registers than any hub has. */
const maxCursorLength = textLength(fixedLength + 32 * (prefix + maxPosition));

function textLength(bytes: number): number {
  return Math.ceil(((1 + tagLength + bytes) * 4) / 3);
}

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
  if (cursor.length > maxCursorLength) return undefined;
  const bytes = Buffer.from(cursor, 'base64url');
  const rest = bytes.length - 1 - tagLength - fixedLength;
  if (rest < 0 || rest % (prefix + maxPosition) !== 0) return undefined;
  return bytes[0] === version && bytes.toString('base64url') === cursor ? bytes : undefined;
}

function encode({ passed, positions }: CursorPosition, expiresAt: number): Buffer {
  const bytes = Buffer.alloc(fixedLength + positions.length * (prefix + maxPosition));
  bytes.writeBigUInt64BE(BigInt(expiresAt));
  writeText(bytes, 8, passed, maxPassed);
  for (const [at, position] of positions.entries()) writeText(bytes, placeOf(at), position, maxPosition);
  return bytes;
}

/** Of a text whose tag was right, so that `encode` wrote it. */
function decode(bytes: Buffer, now: number): CursorPosition | undefined {
  if (Number(bytes.readBigUInt64BE()) <= now) return undefined;
  const passed = readText(bytes, 8);
  const positions: (string | undefined)[] = [];
  for (let at = 0; placeOf(at) < bytes.length; at++) positions.push(readText(bytes, placeOf(at)));
  return { ...(passed === undefined ? {} : { passed }), positions };
}

function placeOf(position: number): number {
  return fixedLength + position * (prefix + maxPosition);
}

function writeText(bytes: Buffer, at: number, text: string | undefined, room: number): void {
  if (text === undefined) return;
  const written = Buffer.from(text);
  if (written.length > room) throw new TypeError(`this text of a cursor has at most ${room} bytes`);
  bytes.set([1, written.length], at);
  bytes.set(written, at + prefix);
}

function readText(bytes: Buffer, at: number): string | undefined {
  const [kind = 0, length = 0] = bytes.subarray(at, at + prefix);
  return kind === 0 ? undefined : bytes.toString('utf8', at + prefix, at + prefix + length);
}
