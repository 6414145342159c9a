/**
 * References to residents (平台居民引用): what a client holds instead of an identity number, and the hub opens again.
 *
 * Deterministic authenticated encryption after the idea of SIV (RFC 5297): the authentication tag over the client and the
 * identifier is also the initial value of the encryption. So the same resident has the same reference for a client, always;
 * for another client an unrelated one; and a reference that was changed, made up or given to another client fails the
 * check of its tag. Where RFC 5297 takes S2V over AES-CMAC, this takes HMAC-SHA256 over length-framed parts, cut to 128
 * bits: Node has the one and not the other. Two keys, derived for this use alone, serve the tag and the cipher.
 *
 *     version (1) · tag = HMAC(K1, len(client) · client · text) (16) · AES-256-CTR(K2, iv = tag, text)
 *
 * `text` is the identifier's type and value, padded to a length that tells no type from another. Equality is all that the
 * holder of two references learns, and the same client is meant to learn it.
 */
import { createCipheriv, createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { DerivedKey } from './key-ring.ts';

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
const tagLength = 16;
const block = 24;
const maxLength = 512;

/** `keys`: those named `resident-reference`, the current one first; the others still open what they made. */
export function createResidentReference(ring: {
  keys(name: 'resident-reference'): readonly DerivedKey[];
}): ResidentReference {
  const pairs = ring.keys('resident-reference').map(createPair);
  const [current] = pairs;
  if (!current) throw new TypeError('resident references need a key');
  return {
    conceal(client, identifier) {
      const text = encode(identifier);
      const tag = createTag(current.tagKey, client, text);
      return Buffer.concat([Buffer.of(version), tag, current.encrypt(tag, text)]).toString('base64url');
    },
    reveal(client, reference) {
      const bytes = parse(reference);
      if (!bytes) return undefined;
      for (const pair of pairs) {
        const text = open(pair, client, bytes);
        if (text) return decode(text);
      }
      return undefined;
    },
  };
}

interface KeyPair {
  readonly tagKey: KeyObject;
  /** Its own inverse. */
  encrypt(iv: Buffer, text: Buffer): Buffer;
}

function createPair(key: DerivedKey): KeyPair {
  return { tagKey: createSecretKey(key.derive('tag')), encrypt: createCounterMode(key.derive('cipher')) };
}

/**
 * AES-256-CTR (NIST SP 800-38A), put together from the block cipher: Node takes 5 µs to set up each cipher, which is half of
 * a reference, and one that only encrypts single blocks can be kept.
 */
function createCounterMode(key: Buffer): KeyPair['encrypt'] {
  const blocks = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false);
  return (iv, text) => {
    const counters = Buffer.alloc(Math.ceil(text.length / 16) * 16);
    const counter = Buffer.from(iv);
    for (let at = 0; at < counters.length; at += 16) {
      counter.copy(counters, at);
      increment(counter);
    }
    const bytes = blocks.update(counters).subarray(0, text.length);
    for (const [i, byte] of text.entries()) bytes[i] = byte ^ (bytes[i] ?? 0);
    return bytes;
  };
}

/** Big-endian, over all 128 bits. */
function increment(counter: Buffer): void {
  for (let i = counter.length - 1; i >= 0; i--) {
    counter[i] = ((counter[i] ?? 0) + 1) & 0xff;
    if (counter[i] !== 0) return;
  }
}

/** The bytes, if the text is the one spelling of them that `conceal` writes. Attacker-controlled. */
function parse(reference: string): Buffer | undefined {
  if (reference.length > maxLength) return undefined;
  const bytes = Buffer.from(reference, 'base64url');
  if (bytes[0] !== version || bytes.length < 1 + tagLength + block) return undefined;
  return bytes.toString('base64url') === reference ? bytes : undefined;
}

function open(pair: KeyPair, client: string, bytes: Buffer): Buffer | undefined {
  const tag = bytes.subarray(1, 1 + tagLength);
  const text = pair.encrypt(tag, bytes.subarray(1 + tagLength));
  return timingSafeEqual(tag, createTag(pair.tagKey, client, text)) ? text : undefined;
}

function createTag(key: KeyObject, client: string, text: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(Buffer.byteLength(client));
  return createHmac('sha256', key).update(length).update(client).update(text).digest().subarray(0, tagLength);
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
