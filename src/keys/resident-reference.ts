/**
 * References to residents (平台居民引用): what a client holds instead of an identity number, and the hub opens again.
 *
 * Deterministic authenticated encryption (`siv.ts`) in the context of the client. So the same resident has the same reference for a
 * client, always; for another client an unrelated one; and a reference that was changed, made up or given to another client
 * fails the check of its tag.
 *
 *     version (1) · tag (16) · cipher text
 *
 * `text` is the identifier's type and value, padded to a length that tells no type from another. Equality is all that the
 * holder of two references learns, and the same client is meant to learn it.
 */
import type { DerivedKey } from './key-ring.ts';
import { createSiv, tagLength } from './siv.ts';

/** A kind of identifier has its number for ever: references outlive releases. */
const typeNumbers = {
  CITIZEN_ID: 1,
  RESIDENCE_PERMIT_HMT: 2,
  PERMANENT_RESIDENCE_ID: 3,
  PASSPORT: 4,
  HOUSEHOLD: 5,
  DWELLING: 6,
  BUILDING: 7,
  GRID: 8,
} as const;

type IdentifierType = keyof typeof typeNumbers;

export interface Identifier {
  readonly type: IdentifierType;
  /** In canonical form: two spellings would be two references. */
  readonly value: string;
}

/** Pure and safe to use concurrently. */
export interface ResidentReference {
  /** Opaque, stable, bound to the client; 55 characters of base64url for every usual identifier. */
  conceal(client: string, identifier: Identifier): string;
  /** `undefined` for whatever this hub did not give to this client: another client's reference looks like no reference at all. */
  reveal(client: string, reference: string): Identifier | undefined;
}

const version = 1;
const block = 24;
const maxLength = 512;

/** `keys`: those named `resident-reference`, the current one first; the others still open what they made. */
export function createResidentReference(ring: {
  keys(name: 'resident-reference'): readonly DerivedKey[];
}): ResidentReference {
  const sivs = ring.keys('resident-reference').map(createSiv);
  const [current] = sivs;
  if (!current) throw new TypeError('resident references need a key');
  return {
    conceal(client, identifier) {
      const sealed = current.seal(client, encode(identifier));
      return Buffer.concat([Buffer.of(version), sealed]).toString('base64url');
    },
    reveal(client, reference) {
      const bytes = parse(reference);
      if (!bytes) return undefined;
      for (const siv of sivs) {
        const text = siv.open(client, bytes.subarray(1));
        if (text) return decode(text);
      }
      return undefined;
    },
  };
}

/** The bytes, if the text is the one spelling of them that `conceal` writes. Attacker-controlled. */
function parse(reference: string): Buffer | undefined {
  if (reference.length > maxLength) return undefined;
  const bytes = Buffer.from(reference, 'base64url');
  if (bytes[0] !== version || bytes.length < 1 + tagLength + block) return undefined;
  return bytes.toString('base64url') === reference ? bytes : undefined;
}

/** Type, value, then 0x80 and zeros to a multiple of the block (ISO/IEC 7816-4). */
function encode(identifier: Identifier): Buffer {
  const length = 1 + Buffer.byteLength(identifier.value);
  const text = Buffer.alloc(Math.ceil((length + 1) / block) * block);
  text[0] = typeNumbers[identifier.type];
  text.write(identifier.value, 1);
  text[length] = 0x80;
  return text;
}

/** Of a text whose tag was right, so that `encode` wrote it. */
function decode(text: Buffer): Identifier | undefined {
  const type = identifierTypes[text[0] ?? 0];
  return type && { type, value: text.toString('utf8', 1, text.lastIndexOf(0x80)) };
}

const identifierTypes: readonly (IdentifierType | undefined)[] = [
  undefined,
  'CITIZEN_ID',
  'RESIDENCE_PERMIT_HMT',
  'PERMANENT_RESIDENCE_ID',
  'PASSPORT',
  'HOUSEHOLD',
  'DWELLING',
  'BUILDING',
  'GRID',
];
