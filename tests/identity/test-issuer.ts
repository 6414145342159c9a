import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import type { Issuer } from '../../src/identity/issuer.ts';

/** An authority with one key, and tokens as good or as bad as a test wants them. */

export const issuerName = 'https://issuer.test';
export const audience = 'shuqiao';
/** Seconds. */
export const now = 1_800_000_000;

export interface TestKey {
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
}

export async function createKey(kid: string, alg = 'ES256'): Promise<TestKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { privateKey, jwk: { ...(await exportJWK(publicKey)), alg, kid, use: 'sig' } };
}

export function describeIssuer(keys: Issuer['keys'], changes: Partial<Issuer> = {}): Issuer {
  return {
    issuer: issuerName,
    audience,
    algorithms: ['ES256'],
    keys,
    departments: ['mediation', 'police'],
    officerDepartments: ['mediation'],
    hubRoles: ['auditor'],
    maxLifetimeSeconds: 900,
    ...changes,
  };
}

export const goodClaims = {
  iss: issuerName,
  aud: audience,
  client_id: 'mediation-center',
  department: 'mediation',
  purposes: ['dispute-mediation'],
  roles: ['mediator'],
  jti: 'token-1',
  iat: now,
  nbf: now,
  exp: now + 600,
};

export interface TokenChanges {
  readonly header?: Readonly<Record<string, unknown>>;
  /** `undefined` leaves a claim out. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

export function signToken(key: TestKey, { header = {}, claims = {} }: TokenChanges = {}): Promise<string> {
  const given = { alg: 'ES256', typ: 'at+jwt', kid: key.jwk.kid ?? '', ...header };
  return new SignJWT({ ...goodClaims, ...claims }).setProtectedHeader(given).sign(key.privateKey);
}

export function encode(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
}

export interface KeyServer {
  readonly url: string;
  readonly requests: () => number;
  /** What it does from now on. */
  behave(listener: RequestListener): void;
  publish(...keys: readonly JWK[]): void;
  close(): Promise<void>;
}

/** A real HTTP server for a key set. */
export async function startKeyServer(): Promise<KeyServer> {
  let requests = 0;
  let listener: RequestListener = (_, response) => response.writeHead(503).end();
  const server = createServer((request, response) => {
    requests += 1;
    listener(request, response);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  // A TCP server has an address, not a path.
  const { port } = server.address() as AddressInfo;
  const behave = (next: RequestListener) => {
    listener = next;
  };
  return {
    url: `http://127.0.0.1:${port}/jwks.json`,
    requests: () => requests,
    behave,
    publish: (...keys) => behave((_, response) => response.end(JSON.stringify({ keys }))),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
