import { createPrivateKey, createPublicKey, hkdfSync, type KeyObject } from 'node:crypto';
import { HubError } from '../errors.ts';
import { createKeyFile, keyFilePath, readKeyFile } from './key-file.ts';
import { createKeyText, type KeyName, parseKeyText, type StoredKey } from './key-text.ts';
import { createSealer, type Sealer } from './sealer.ts';

/** Where the ring is: `<dataDir>/keys.json`, or the same text from the environment. */
export type KeySource = { readonly dataDir: string } | { readonly text: string };

/** All secrets that the hub itself holds. Frozen; safe to use concurrently. */
export interface KeyRing extends Sealer {
  /** The current key of that name, for whatever is made now. */
  key(name: DerivableKey): DerivedKey;
  /** Every key of that name, the current one first: for opening what earlier ones made. */
  keys(name: DerivableKey): readonly DerivedKey[];
  /** Signs receipts and nothing else. */
  readonly receipt: {
    readonly id: string;
    readonly algorithm: string;
    readonly privateKey: KeyObject;
    readonly publicKey: KeyObject;
  };
  /** What tells a database which keys its contents depend on, without telling the keys. */
  readonly fingerprints: readonly KeyFingerprint[];
}

export type DerivableKey = Exclude<KeyName, 'receipt' | 'sealing'>;

export interface DerivedKey {
  readonly id: string;
  readonly algorithm: string;
  /** 32 bytes for one use, named by the label. Kept and handed out again: the caller never writes into them. */
  derive(label: string): Buffer;
}

export interface KeyFingerprint {
  readonly keyId: string;
  readonly name: string;
  readonly algorithm: string;
  /** 128 bits that only this key gives. */
  readonly fingerprint: string;
}

/**
 * Opens the ring, and fails closed: with a sentence for the operator where it is damaged, readable by others, or lacks a
 * key that `required` (what the hub's database knows of) names. A missing file is created only where nothing is required:
 * with other keys, every sealed connection would be lost, and every resident would have a second pseudonym.
 */
export function openKeyRing(source: KeySource, required: readonly KeyFingerprint[] = []): KeyRing {
  const where = 'dataDir' in source ? keyFilePath(source.dataDir) : 'the environment';
  const text = 'dataDir' in source ? readOrCreate(where, required.length > 0) : source.text;
  const ring = createKeyRing(parseKeyText(text, where));
  refuseOtherKeys(ring, required, where);
  return ring;
}

/** Every required key must be in the ring, the same one and not only one of the same id. */
function refuseOtherKeys(ring: KeyRing, required: readonly KeyFingerprint[], where: string): void {
  for (const { keyId, name, fingerprint } of required) {
    if (ring.fingerprints.some((own) => own.keyId === keyId && own.fingerprint === fingerprint)) continue;
    throw new HubError('CONFIG_INVALID', {
      hint: `The key ring in ${where} lacks the key "${keyId}" (${name}), on which this hub's database depends. Restore the ring that belongs to the database; all replicas share one.`,
    });
  }
}

function readOrCreate(path: string, hasData: boolean): string {
  const text = readKeyFile(path);
  if (text !== undefined) return text;
  if (hasData) {
    throw new HubError('CONFIG_INVALID', {
      hint: `The key ring ${path} is missing, but this hub's database depends on its keys. Restore it from its backup.`,
    });
  }
  createKeyFile(path, createKeyText());
  return readKeyFile(path) ?? readOrCreate(path, hasData);
}

function createKeyRing(stored: readonly StoredKey[]): KeyRing {
  const newestFirst = [...stored].reverse();
  const named = (name: KeyName) => newestFirst.filter((key) => key.name === name);
  const derived = new Map(newestFirst.map((key) => [key.id, createDerivedKey(key)]));
  const keys = (name: DerivableKey) => named(name).flatMap((key) => derived.get(key.id) ?? []);
  return Object.freeze({
    ...createSealer(named('sealing')),
    keys,
    key: (name: DerivableKey) => current(keys(name)),
    receipt: createReceiptKey(current(named('receipt'))),
    fingerprints: stored.map(toFingerprint),
  });
}

/** `parseKeyText` has made sure that every name has a key. */
function current<T>(keys: readonly T[]): T {
  const [key] = keys;
  if (key === undefined) throw new TypeError('a key ring has at least one key of each name');
  return key;
}

const maxLabels = 1_024;

function createDerivedKey(key: StoredKey): DerivedKey {
  const derived = new Map<string, Buffer>();
  return {
    id: key.id,
    algorithm: key.algorithm,
    derive(label) {
      const known = derived.get(label);
      if (known) return known;
      if (derived.size >= maxLabels) derived.clear();
      const made = expand(key, label);
      derived.set(label, made);
      return made;
    },
  };
}

/** HKDF-SHA256 (RFC 5869) without salt, since the secret is random; the label is the `info`. */
function expand(key: StoredKey, label: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key.secret, '', `shuqiao/v1/${key.name}/${label}`, 32));
}

/** RFC 8410: a PKCS #8 wrapping of the 32-byte seed. */
const ed25519Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');

function createReceiptKey(key: StoredKey): KeyRing['receipt'] {
  const der = Buffer.concat([ed25519Prefix, key.secret]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  return Object.freeze({
    id: key.id,
    algorithm: key.algorithm,
    privateKey,
    publicKey: createPublicKey(privateKey),
  });
}

function toFingerprint(key: StoredKey): KeyFingerprint {
  const fingerprint = expand(key, 'fingerprint').subarray(0, 16).toString('hex');
  return { keyId: key.id, name: key.name, algorithm: key.algorithm, fingerprint };
}
