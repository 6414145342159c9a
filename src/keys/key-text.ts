import { randomBytes } from 'node:crypto';
import { HubError } from '../errors.ts';

/** What each key is for, and the algorithm it is used with: written beside everything made with it, so that both can change. */
const keyAlgorithms = {
  'subject-pseudonym': 'HMAC-SHA256',
  cursor: 'A256GCM',
  'resident-reference': 'SIV-HS256-A256CTR',
  receipt: 'Ed25519',
  'response-commitment': 'HMAC-SHA256',
  sealing: 'A256GCM',
} as const;

export type KeyName = keyof typeof keyAlgorithms;

export interface StoredKey {
  readonly name: KeyName;
  /** Unique in the ring: `sealing-5f3a…`. Says nothing of the secret. */
  readonly id: string;
  readonly algorithm: string;
  /** 32 random bytes; of `receipt`, the seed of the Ed25519 key. */
  readonly secret: Buffer;
}

/** A new ring, as text for a file of mode 0600 or the environment: one key of each name. */
export function createKeyText(): string {
  const keys = keyNames().map((name) => ({
    name,
    id: `${name}-${randomBytes(6).toString('hex')}`,
    algorithm: keyAlgorithms[name],
    secret: randomBytes(32).toString('base64url'),
  }));
  return `${JSON.stringify({ version: 1, keys }, null, 2)}\n`;
}

/**
 * Reads the text of a ring, in its order; of several keys with one name, the last is the current one and the others still
 * open what they made. `where` names the place in errors, which never hold a piece of the text.
 */
export function parseKeyText(text: string, where: string): readonly StoredKey[] {
  const ring = parseJson(text, where);
  if (!isObject(ring) || ring['version'] !== 1 || !Array.isArray(ring['keys'])) {
    throw damaged(where, 'it is not a key ring of version 1');
  }
  const keys = ring['keys'].map((key: unknown, index) => parseKey(key, index, where));
  const missing = keyNames().find((name) => !keys.some((key) => key.name === name));
  if (missing) throw damaged(where, `the key "${missing}" is missing`);
  if (new Set(keys.map((key) => key.id)).size !== keys.length)
    throw damaged(where, 'two keys have the same id');
  return keys;
}

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own error quotes the text.
    throw damaged(where, 'it is not JSON');
  }
}

function parseKey(value: unknown, index: number, where: string): StoredKey {
  if (!isObject(value)) throw damaged(where, `key ${index} is not an object`);
  const { name, id, algorithm, secret } = value;
  const known = keyNames().find((each) => each === name);
  if (!known) throw damaged(where, `key ${index} has an unknown name`);
  if (algorithm !== keyAlgorithms[known])
    throw damaged(where, `the algorithm of key ${index} is not supported`);
  if (typeof id !== 'string' || !/^[A-Za-z0-9._-]{1,64}$/.test(id))
    throw damaged(where, `the id of key ${index} is malformed`);
  if (typeof secret !== 'string' || !/^[A-Za-z0-9_-]{43}$/.test(secret)) {
    throw damaged(where, `the secret of key ${index} is not 32 bytes of base64url`);
  }
  return { name: known, id, algorithm: keyAlgorithms[known], secret: Buffer.from(secret, 'base64url') };
}

function keyNames(): readonly KeyName[] {
  // Object.keys is typed `string[]`; the table is frozen in its type.
  return Object.keys(keyAlgorithms) as KeyName[];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function damaged(where: string, why: string): HubError {
  return new HubError('CONFIG_INVALID', {
    hint: `The key ring in ${where} cannot be used: ${why}. Restore it from its backup; a new one would not open what the old one sealed.`,
  });
}
