import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CryptoKey, exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';
import { allDepartments, type ClientDefaults, clientDefaults } from './demo-clients.ts';

/** What a token says of its bearer; what is left out comes from the client's defaults. */
export interface TokenRequest extends Partial<ClientDefaults> {
  readonly client: string;
}

export interface DemoIssuer {
  /** A token that the hub accepts for 15 minutes. */
  issueToken(request: TokenRequest): Promise<string>;
}

const issuerName = 'https://issuer.demo.shuqiao.invalid';
const audience = 'shuqiao';
const algorithm = 'ES256';
const lifetimeSeconds = 900;
const keyFile = 'demo-issuer-key.json';

/**
 * An issuer of tokens for looking at the hub: it vouches for whoever can read its key. On first use it makes a key (mode 0600); it
 * writes the public half (`jwks.json`) and its entry of the hub's list of issuers (`issuers.json`, others are kept) into the data
 * directory. Safe to call again, also from several processes at a time: all use the key that was there first.
 */
export async function createDemoIssuer(dataDir: string): Promise<DemoIssuer> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await keepFirst(join(dataDir, keyFile), await makePrivateKey());
  const { d: _, ...publicKey } = await readPrivateKey(dataDir);
  await replace(join(dataDir, 'jwks.json'), { keys: [publicKey] });
  await replace(join(dataDir, 'issuers.json'), [...(await readOtherIssuers(dataDir)), describeIssuer()]);
  return openDemoIssuer(dataDir);
}

/** The issuer that is there already; rejects if there is none. */
export async function openDemoIssuer(dataDir: string): Promise<DemoIssuer> {
  const jwk = await readPrivateKey(dataDir);
  const key = await importJWK(jwk, algorithm);
  if (key instanceof Uint8Array || !jwk.kid) throw new TypeError(`${keyFile} must hold an EC key with a kid`);
  return { issueToken: (request) => sign(request, key, jwk.kid ?? '') };
}

async function sign(request: TokenRequest, key: CryptoKey, keyId: string): Promise<string> {
  const { client } = request;
  const claims = isComplete(request) ? request : { ...clientDefaults(client), ...request };
  const { department, purposes, roles, region, officer } = claims;
  const now = Math.floor(Date.now() / 1000);
  const optional = { ...(region ? { region } : {}), ...(officer ? { officer } : {}) };
  return new SignJWT({ client_id: client, department, purposes, roles, ...optional })
    .setProtectedHeader({ alg: algorithm, typ: 'at+jwt', kid: keyId })
    .setIssuer(issuerName)
    .setSubject(client)
    .setAudience(audience)
    .setJti(randomUUID())
    .setIssuedAt(now)
    .setNotBefore(now)
    .setExpirationTime(now + lifetimeSeconds)
    .sign(key);
}

/** Also for a client that nobody has registered. */
function isComplete(request: TokenRequest): request is TokenRequest & ClientDefaults {
  return [request.department, request.purposes, request.roles].every((member) => member !== undefined);
}

/** As `parseIssuers` of src/identity reads it. */
function describeIssuer(): object {
  const departments = allDepartments();
  return {
    issuer: issuerName,
    audience,
    algorithms: [algorithm],
    jwksFile: 'jwks.json',
    departments,
    officerDepartments: departments,
    hubRoles: ['auditor', 'developer', 'operator'],
    maxLifetimeSeconds: lifetimeSeconds,
  };
}

async function makePrivateKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true });
  return { ...(await exportJWK(privateKey)), alg: algorithm, use: 'sig', kid: randomUUID() };
}

async function readPrivateKey(dataDir: string): Promise<JWK> {
  return JSON.parse(await readFile(join(dataDir, keyFile), 'utf8'));
}

async function readOtherIssuers(dataDir: string): Promise<readonly { readonly issuer: string }[]> {
  const text = await readFile(join(dataDir, 'issuers.json'), 'utf8').catch(() => '[]');
  const issuers: { readonly issuer: string }[] = JSON.parse(text);
  return issuers.filter(({ issuer }) => issuer !== issuerName);
}

/** The file is complete or absent at any moment: a link, unlike a copy, is made at once or fails where one exists. */
async function keepFirst(path: string, content: object): Promise<void> {
  const draft = await writeDraft(path, content, 0o600);
  await link(draft, path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await rm(draft);
}

async function replace(path: string, content: object): Promise<void> {
  await rename(await writeDraft(path, content, 0o644), path);
}

async function writeDraft(path: string, content: object, mode: number): Promise<string> {
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, `${JSON.stringify(content, null, 2)}\n`, { mode, flag: 'wx' });
  return draft;
}
