/**
 * Keyed pseudonyms of residents: HMAC-SHA256 (RFC 2104) under a key derived by HKDF (RFC 5869) for one consumer department
 * and one calendar month. An 18-digit identity number can be guessed, so a plain hash would be no pseudonym.
 */
import { createHmac, hash, hkdfSync } from 'node:crypto';
import { inChina } from './china-time.ts';

/** A pseudonym means something only within one consumer department and one month, China Standard Time (`2026-11`). */
export interface PseudonymScope {
  readonly department: string;
  readonly period: string;
}

export interface Identifier {
  /** `CITIZEN_ID` … */
  readonly type: string;
  /** In canonical form: two spellings of one identity number must be one person. */
  readonly value: string;
}

/** Safe to call concurrently. Keeps derived keys in memory, never an identifier. */
export interface Pseudonymiser {
  /** One pseudonym per identifier, in order: 22 characters of base64url, 128 bits. */
  pseudonymise(scope: PseudonymScope, identifiers: readonly Identifier[]): readonly string[];
  /** All names under which one resident may stand in the log: one per scope, in order. For searching. */
  locate(identifier: Identifier, scopes: readonly PseudonymScope[]): readonly string[];
}

const MAX_DERIVED_KEYS = 1_024;

/** `masterKey`: at least 32 random bytes, from the key ring. Who destroys it makes every subject of the log anonymous. */
export function createPseudonymiser(masterKey: Uint8Array): Pseudonymiser {
  if (masterKey.length < 32) throw new TypeError('the master key of pseudonyms needs at least 32 bytes');
  const hmacs = new Map<string, (message: string) => string>();

  function hmacOf(scope: PseudonymScope): (message: string) => string {
    const key = JSON.stringify([scope.department, scope.period]);
    const known = hmacs.get(key);
    if (known) return known;
    if (hmacs.size >= MAX_DERIVED_KEYS) hmacs.clear();
    const made = createShortHmac(deriveKey(masterKey, key));
    hmacs.set(key, made);
    return made;
  }

  return {
    pseudonymise(scope, identifiers) {
      const hmac = hmacOf(scope);
      return identifiers.map((identifier) => hmac(`${identifier.type}:${identifier.value}`));
    },
    locate(identifier, scopes) {
      return scopes.map((scope) => hmacOf(scope)(`${identifier.type}:${identifier.value}`));
    },
  };
}

/** `AccessEntry.subjectKey`: says which key an auditor's search has to derive. */
export function subjectKeyOf(scope: PseudonymScope): string {
  return `hmac-sha256-128/${scope.department}/${scope.period}`;
}

/** The calendar month of an instant, in China. */
export function periodOf(instant: Date): string {
  return inChina(instant.getTime()).slice(0, 7);
}

/** Every period that `from` (inclusive) to `until` (exclusive) touches, oldest first. */
export function periodsBetween(from: Date, until: Date): readonly string[] {
  const last = periodOf(new Date(Math.max(from.getTime(), until.getTime() - 1)));
  const periods = [periodOf(from)];
  for (let period = periods[0] ?? last; period < last; ) {
    period = nextPeriod(period);
    periods.push(period);
  }
  return periods;
}

function nextPeriod(period: string): string {
  const [year = 0, month = 0] = period.split('-').map(Number);
  return new Date(Date.UTC(year, month, 1)).toISOString().slice(0, 7);
}

function deriveKey(masterKey: Uint8Array, scope: string): Buffer {
  return Buffer.from(hkdfSync('sha256', masterKey, '', `shuqiao pseudonym v1 ${scope}`, 32));
}

const BLOCK = 64;
const MAX_MESSAGE = 256;

/**
 * HMAC-SHA256, cut to 128 bits. Written out over one-shot hashes because it takes less than half of createHmac's time, which counts at
 * 1,000 residents a request. The two scratch blocks are reused, so the function must stay synchronous.
 */
function createShortHmac(key: Buffer): (message: string) => string {
  const inner = Buffer.alloc(BLOCK + MAX_MESSAGE, 0x36);
  const outer = Buffer.alloc(BLOCK + 32, 0x5c);
  for (const [i, byte] of key.entries()) {
    inner[i] = byte ^ 0x36;
    outer[i] = byte ^ 0x5c;
  }
  const innerOf = Array.from({ length: MAX_MESSAGE + 1 }, (_, length) => inner.subarray(0, BLOCK + length));
  return (message) => {
    if (message.length * 3 > MAX_MESSAGE) return shortHmacOfLong(key, message);
    const length = inner.write(message, BLOCK, 'utf8');
    // As latin1 and base64url no digest is copied into a buffer of its own.
    outer.write(hash('sha256', innerOf[length] ?? inner, 'binary'), BLOCK, 'latin1');
    inner.fill(0, BLOCK, BLOCK + length);
    return cutTo128Bits(hash('sha256', outer, 'base64url'));
  };
}

const base64url = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
/** The 22nd character of a digest with the bits beyond the 128th cleared, as encoding 16 bytes leaves it. */
const lastCharacters = new Map(
  [...base64url].map((character, bits) => [character, base64url.charAt(bits & 0x30)]),
);

function cutTo128Bits(digest: string): string {
  return `${digest.slice(0, 21)}${lastCharacters.get(digest.charAt(21))}`;
}

function shortHmacOfLong(key: Buffer, message: string): string {
  return createHmac('sha256', key).update(message, 'utf8').digest().subarray(0, 16).toString('base64url');
}
