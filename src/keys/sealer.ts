/**
 * Sealing of secrets at rest: AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce, under a key derived from the ring.
 *
 *     version (1) · length and algorithm id · length and key id · nonce (12) · tag (16) · ciphertext
 *
 * Everything before the nonce, and what the bytes are for, is authenticated: sealed bytes moved to another name do not
 * open. The ids in front leave room for other algorithms (SM4) and for keys that follow.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { HubError } from '../errors.ts';
import type { StoredKey } from './key-text.ts';

export interface Sealed {
  readonly bytes: Buffer;
  readonly keyId: string;
  readonly algorithm: string;
}

export interface Sealer {
  /** `purpose` and `name` say what is sealed (`connection`, `police-population`) and must be said again to open it. */
  seal(purpose: string, name: string, secret: Uint8Array): Sealed;
  /**
   * Fails with `CONFIG_INVALID` where the bytes are damaged, belong to another purpose or name, or were sealed with a key
   * that the ring does not have: which of these it is cannot be told for sure.
   */
  unseal(purpose: string, name: string, bytes: Uint8Array): Buffer;
}

const version = 1;
const nonceLength = 12;
const tagLength = 16;

/** `keys`: those named `sealing`, the current one first. */
export function createSealer(keys: readonly StoredKey[]): Sealer {
  const known = keys.map((key) => ({ header: createHeader(key), cipherKey: deriveCipherKey(key), key }));
  const [current] = known;
  if (!current) throw new TypeError('a sealer needs a key');
  return {
    seal(purpose, name, secret) {
      const nonce = randomBytes(nonceLength);
      const cipher = createCipheriv('aes-256-gcm', current.cipherKey, nonce);
      cipher.setAAD(createContext(current.header, purpose, name));
      const text = Buffer.concat([cipher.update(secret), cipher.final()]);
      const bytes = Buffer.concat([current.header, nonce, cipher.getAuthTag(), text]);
      return { bytes, keyId: current.key.id, algorithm: current.key.algorithm };
    },
    unseal(purpose, name, sealed) {
      const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
      const match = known.find(({ header }) => bytes.subarray(0, header.length).equals(header));
      const secret =
        match && open(match.cipherKey, match.header, bytes, createContext(match.header, purpose, name));
      if (!secret) throw unreadable(purpose, name);
      return secret;
    },
  };
}

function open(cipherKey: Buffer, header: Buffer, bytes: Buffer, context: Buffer): Buffer | undefined {
  const start = header.length + nonceLength + tagLength;
  if (bytes.length < start) return undefined;
  const nonce = bytes.subarray(header.length, header.length + nonceLength);
  const decipher = createDecipheriv('aes-256-gcm', cipherKey, nonce, { authTagLength: tagLength });
  decipher.setAAD(context);
  decipher.setAuthTag(bytes.subarray(header.length + nonceLength, start));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(start)), decipher.final()]);
  } catch {
    return undefined;
  }
}

function createHeader(key: StoredKey): Buffer {
  return Buffer.concat([Buffer.of(version), frame(key.algorithm), frame(key.id)]);
}

/** Framed, so that no purpose and name read as another pair. */
function createContext(header: Buffer, purpose: string, name: string): Buffer {
  return Buffer.concat([header, frame(purpose), frame(name)]);
}

function frame(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length > 255) throw new TypeError('names in sealed bytes have at most 255 bytes');
  return Buffer.concat([Buffer.of(bytes.length), bytes]);
}

function deriveCipherKey(key: StoredKey): Buffer {
  return Buffer.from(hkdfSync('sha256', key.secret, '', `shuqiao/v1/${key.name}/seal`, 32));
}

function unreadable(purpose: string, name: string): HubError {
  return new HubError('CONFIG_INVALID', {
    hint: `The sealed ${purpose} "${name}" cannot be opened: it is damaged, or was sealed with a key that this key ring does not have.`,
  });
}
