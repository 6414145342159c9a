/** JSON Web Key Sets (RFC 7517) as issuers publish them: read with limits, and reduced to the keys that may check signatures. */
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { type IncomingMessage, request as requestInClear } from 'node:http';
import { request as requestByTls } from 'node:https';
import { type CryptoKey, importJWK } from 'jose';
import {
  createGuardedLookup,
  forbiddenAddress,
  isForbiddenAddress,
  type OutboundRule,
} from '../outbound-address.ts';
import type { Issuer } from './issuer.ts';

/** Public keys by `alg kid`. */
export type Keys = ReadonlyMap<string, PublicKey>;

export interface PublicKey {
  readonly key: CryptoKey;
  /** The public numbers: tells a replaced key from the same one. */
  readonly material: string;
}

const maxBytes = 262_144;
const maxKeys = 64;
const timeoutMs = 3_000;

/** Names and numbers only, so that it can never be taken for a path or a query. */
export const keyIdPattern = /^[A-Za-z0-9_.:=-]{1,128}$/;

export function keyName(algorithm: string, keyId: string): string {
  return `${algorithm} ${keyId}`;
}

/**
 * Reads an issuer's keys. Rejects when they cannot be read or are no key set, within a deadline, whatever the other side
 * sends or does not send. A single unusable key is left out and does not spoil the others.
 */
export async function readKeys({ keys, algorithms }: Issuer): Promise<Keys> {
  const text = keys.kind === 'url' ? await fetchText(keys) : await readText(keys.path);
  const parsed: unknown = JSON.parse(text);
  const list = isObject(parsed) ? parsed['keys'] : undefined;
  if (!Array.isArray(list) || list.length > maxKeys)
    throw problem('JWKS_MALFORMED', 'the answer is no key set');
  const named = await Promise.all(list.map((jwk: unknown) => importPublicKey(jwk, algorithms)));
  return withoutTwins(named.filter((entry) => entry !== undefined));
}

/** No redirects: the address is the operator's, not the answer's, to choose. */
async function fetchText({ url, refusesLoopback }: UrlKeys): Promise<string> {
  const rule: OutboundRule = refusesLoopback ? { refusesLoopback } : {};
  const { protocol, hostname } = new URL(url);
  if (isForbiddenAddress(hostname, rule)) throw forbiddenAddress();
  const send = protocol === 'https:' ? requestByTls : requestInClear;
  const request = send(url, {
    lookup: createGuardedLookup(rule),
    signal: AbortSignal.timeout(timeoutMs),
    headers: { accept: 'application/jwk-set+json, application/json' },
    agent: false,
  });
  const response = once(request, 'response');
  request.end();
  const [message] = await response;
  return readBody(message);
}

type UrlKeys = Extract<Issuer['keys'], { kind: 'url' }>;

async function readBody(message: IncomingMessage): Promise<string> {
  try {
    if (message.statusCode !== 200)
      throw problem(
        `JWKS_STATUS_${message.statusCode}`,
        `the key set answered with status ${message.statusCode}`,
      );
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of message) {
      size += chunk.byteLength;
      if (size > maxBytes) throw problem('JWKS_TOO_LARGE', 'the key set is too large');
      chunks.push(chunk);
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } finally {
    message.destroy();
  }
}

async function readText(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    if (size > maxBytes) throw problem('JWKS_TOO_LARGE', 'the key set is too large');
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

/** `alg` and `kid` are required: a key may serve the one algorithm that it was made for. */
async function importPublicKey(
  jwk: unknown,
  algorithms: readonly string[],
): Promise<readonly [string, PublicKey] | undefined> {
  if (!isObject(jwk) || !isForSignatures(jwk)) return undefined;
  const { alg, kid } = jwk;
  if (typeof alg !== 'string' || !algorithms.includes(alg)) return undefined;
  if (typeof kid !== 'string' || !keyIdPattern.test(kid)) return undefined;
  const { kty, crv, x, y, n, e } = jwk;
  try {
    const key = await importJWK({ ...jwk, kty: String(kty) }, alg);
    // Shared secrets, and private keys that were published: neither proves anything about who signed.
    if (key instanceof Uint8Array || key.type !== 'public') return undefined;
    return [keyName(alg, kid), { key, material: JSON.stringify([kty, crv, x, y, n, e]) }];
  } catch {
    return undefined;
  }
}

function isForSignatures({ use, key_ops: operations }: Readonly<Record<string, unknown>>): boolean {
  const isAllowed = operations === undefined || (Array.isArray(operations) && operations.includes('verify'));
  return isAllowed && (use === undefined || use === 'sig');
}

/** Of two keys with one name nobody can say which is meant, so neither is used. */
function withoutTwins(named: readonly (readonly [string, PublicKey])[]): Keys {
  const counts = new Map<string, number>();
  for (const [name] of named) counts.set(name, (counts.get(name) ?? 0) + 1);
  return new Map(named.filter(([name]) => counts.get(name) === 1));
}

/** The log keeps codes of errors, and not what they say. */
function problem(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
