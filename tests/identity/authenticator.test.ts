import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CompactSign, exportSPKI, importJWK, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HubError } from '../../src/errors.ts';
import { createAuthenticator } from '../../src/identity/authenticator.ts';
import type { Issuer } from '../../src/identity/issuer.ts';
import {
  audience,
  createKey,
  describeIssuer,
  encode,
  goodClaims,
  issuerName,
  now,
  signToken,
  type TestKey,
  type TokenChanges,
} from './test-issuer.ts';

let folder: string;
let key: TestKey;
let stranger: TestKey;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shuqiao-identity-'));
  key = await createKey('key-1');
  stranger = await createKey('key-1');
  await publish(key.jwk);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const publish = (...keys: readonly unknown[]) =>
  writeFile(join(folder, 'jwks.json'), JSON.stringify({ keys }));
const authenticator = (changes: Partial<Issuer> = {}, at = now) =>
  createAuthenticator([describeIssuer({ kind: 'file', path: join(folder, 'jwks.json') }, changes)], {
    now: () => new Date(at * 1000),
  });
const authenticate = (token: string, changes: Partial<Issuer> = {}, at = now) =>
  authenticator(changes, at).authenticate(token);

/** The code of the refusal, and why, as the log would have it. */
async function refusal(token: string, changes: Partial<Issuer> = {}, at = now): Promise<readonly unknown[]> {
  const error: unknown = await authenticate(token, changes, at).catch((caught: unknown) => caught);
  if (!(error instanceof HubError))
    throw new TypeError('the token was accepted, or the error is no HubError');
  return [error.code, error.cause instanceof Error ? error.cause.message : error.cause];
}

describe('a genuine token', () => {
  test('is a subject with exactly what the token says', async () => {
    const token = await signToken(key, {
      claims: { officer: 'tjy-0017', region: '330106002', roles: ['b', 'a', 'b'], purposes: ['y', 'x'] },
    });
    expect(await authenticate(token)).toEqual({
      client: 'mediation-center',
      department: 'mediation',
      officer: 'tjy-0017',
      roles: ['a', 'b'],
      purposes: ['x', 'y'],
      region: '330106002',
      issuer: issuerName,
      tokenId: 'token-1',
      expiresAt: now + 600,
    });
  });

  test('may come without roles, officer and region, and as an ordinary JWT', async () => {
    const token = await signToken(key, { header: { typ: 'JWT' }, claims: { roles: undefined } });
    const subject = await authenticate(token);
    expect(subject.roles).toEqual([]);
    expect(Object.hasOwn(subject, 'officer') || Object.hasOwn(subject, 'region')).toBe(false);
    expect(Object.isFrozen(subject) && Object.isFrozen(subject.purposes)).toBe(true);
  });

  test('names an officer only where its issuer may name officers of that department', async () => {
    const token = await signToken(key, { claims: { department: 'police', officer: 'p-1' } });
    expect(await authenticate(token)).not.toHaveProperty('officer');
    const asked = await authenticate(token, { officerDepartments: ['police'] });
    expect(asked.officer).toBe('p-1');
  });

  test('has of the hub’s own roles only those that its issuer may give, and every other one that it says', async () => {
    const token = await signToken(key, {
      claims: { roles: ['auditor', 'developer', 'operator', 'mediator'] },
    });
    const rolesFrom = async (hubRoles: Issuer['hubRoles']) => (await authenticate(token, { hubRoles })).roles;
    expect(await rolesFrom([])).toEqual(['mediator']);
    expect(await rolesFrom(['auditor'])).toEqual(['auditor', 'mediator']);
    expect(await rolesFrom(['operator', 'developer'])).toEqual(['developer', 'mediator', 'operator']);
  });

  test.each(['EdDSA', 'RS256', 'PS256', 'ES384'] as const)(
    'may be signed with %s where the issuer says so',
    async (alg) => {
      const other = await createKey('key-2', alg);
      await publish(key.jwk, other.jwk);
      const token = await signToken(other, { header: { alg } });
      expect((await authenticate(token, { algorithms: [alg] })).client).toBe('mediation-center');
      expect(await refusal(token)).toEqual(['UNAUTHENTICATED', 'token refused: alg']);
      await publish(key.jwk);
    },
  );
});

describe('forged tokens', () => {
  test('without a signature', async () => {
    const unsigned = `${encode({ alg: 'none', typ: 'JWT', kid: 'key-1' })}.${encode(goodClaims)}.`;
    expect(await refusal(unsigned)).toEqual(['UNAUTHENTICATED', 'token refused: form']);
    expect(await refusal(`${unsigned}AAAA`)).toEqual(['UNAUTHENTICATED', 'token refused: alg']);
  });

  test('with the public key taken for a shared secret', async () => {
    const rsa = await createKey('key-rsa', 'RS256');
    const { publicKey } = await importPublic(rsa);
    const secret = new TextEncoder().encode(await exportSPKI(publicKey));
    const token = await new SignJWT({ ...goodClaims })
      .setProtectedHeader({ alg: 'HS256', kid: 'key-rsa', typ: 'JWT' })
      .sign(secret);
    await publish(rsa.jwk, { kty: 'oct', kid: 'key-rsa', alg: 'HS256', k: encode('secret') });
    expect(await refusal(token, { algorithms: ['RS256'] })).toEqual([
      'UNAUTHENTICATED',
      'token refused: alg',
    ]);
    await publish(key.jwk);
  });

  test('by another key of the same name', async () => {
    expect(await refusal(await signToken(stranger))).toEqual([
      'UNAUTHENTICATED',
      'token refused: ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
    ]);
  });

  test('with other claims under a genuine signature', async () => {
    const [header, , signature] = (await signToken(key)).split('.');
    const token = `${header}.${encode({ ...goodClaims, department: 'police' })}.${signature}`;
    expect((await refusal(token))[0]).toBe('UNAUTHENTICATED');
  });

  test.each<[string, TokenChanges, string]>([
    ['an unknown key', { header: { kid: 'key-2' } }, 'key'],
    ['no key', { header: { kid: undefined } }, 'kid'],
    ['a key that is a path', { header: { kid: '../../etc/passwd' } }, 'kid'],
    ['a key that is a query', { header: { kid: "x' OR 1=1" } }, 'kid'],
    ['a key of JavaScript', { header: { kid: '__proto__' } }, 'key'],
    ['a key that is no text', { header: { kid: 1 as unknown as string } }, 'kid'],
    ['a type of another kind of token', { header: { typ: 'dpop+jwt' } }, 'typ'],
    ['a type of a logout token', { header: { typ: 'logout+jwt' } }, 'typ'],
    ['no type', { header: { typ: undefined } }, 'typ'],
    ['its own key', { header: { jwk: {} } }, 'key in the header'],
    ['the address of its own key', { header: { jku: 'https://evil.test/jwks.json' } }, 'key in the header'],
    [
      'the address of its own certificate',
      { header: { x5u: 'https://evil.test/c.pem' } },
      'key in the header',
    ],
    ['its own certificate', { header: { x5c: ['MIIB'] } }, 'key in the header'],
  ])('with %s', async (_, changes, reason) => {
    expect(await refusal(await signToken(key, changes))).toEqual([
      'UNAUTHENTICATED',
      `token refused: ${reason}`,
    ]);
  });

  test('that embeds the key that really signed it', async () => {
    const token = await signToken(stranger, { header: { jwk: stranger.jwk } });
    expect(await refusal(token)).toEqual(['UNAUTHENTICATED', 'token refused: key in the header']);
  });

  test('with extensions that must be understood', async () => {
    const [, payload, signature] = (await signToken(key)).split('.');
    const header = { alg: 'ES256', typ: 'at+jwt', kid: 'key-1', b64: true, crit: ['b64'] };
    expect(await refusal(`${encode(header)}.${payload}.${signature}`)).toEqual([
      'UNAUTHENTICATED',
      'token refused: crit',
    ]);
  });
});

describe('tokens for somebody else, or for another time', () => {
  test.each<[string, Record<string, unknown>, string]>([
    ['another issuer', { iss: 'https://evil.test' }, 'issuer'],
    ['an issuer with a slash more', { iss: `${issuerName}/` }, 'issuer'],
    ['no issuer', { iss: undefined }, 'issuer'],
    ['an issuer of JavaScript', { iss: '__proto__' }, 'issuer'],
    ['another audience', { aud: 'other-hub' }, 'ERR_JWT_CLAIM_VALIDATION_FAILED aud'],
    ['no audience', { aud: undefined }, 'ERR_JWT_CLAIM_VALIDATION_FAILED aud'],
    ['several audiences, ours among them', { aud: [audience, 'other-hub'] }, 'several audiences'],
    ['not yet', { nbf: now + 31 }, 'ERR_JWT_CLAIM_VALIDATION_FAILED nbf'],
    ['issued in the future', { iat: now + 31, exp: now + 600 }, 'iat in the future'],
    ['issued long ago', { iat: now - 100_000 }, 'lifetime'],
    ['issued before it was possible', { iat: -1 }, 'times'],
    ['too long', { exp: now + 901 }, 'lifetime'],
    ['for ever', { exp: 1e300 }, 'times'],
    ['until before it begins', { iat: now + 20, nbf: now + 20, exp: now + 10 }, 'lifetime'],
    ['at a time that is no number', { iat: String(now) }, 'ERR_JWT_CLAIM_VALIDATION_FAILED iat'],
    ['no end', { exp: undefined }, 'ERR_JWT_CLAIM_VALIDATION_FAILED exp'],
    ['no beginning', { nbf: undefined }, 'ERR_JWT_CLAIM_VALIDATION_FAILED nbf'],
    ['no time of issue', { iat: undefined }, 'ERR_JWT_CLAIM_VALIDATION_FAILED iat'],
    ['no number', { jti: undefined }, 'ERR_JWT_CLAIM_VALIDATION_FAILED jti'],
    ['a number that is too long', { jti: 'x'.repeat(129) }, 'claim jti'],
    ['another department than the issuer may speak for', { department: 'justice' }, 'claim department'],
    ['a department that is a list', { department: ['mediation'] }, 'claim department'],
    ['no client', { client_id: undefined }, 'claim client_id'],
    ['a client that is an object', { client_id: { $ne: null } }, 'claim client_id'],
    ['no purposes', { purposes: undefined }, 'claim purposes'],
    ['purposes in one text', { purposes: 'dispute-mediation audit-review' }, 'claim purposes'],
    ['a purpose that is none', { purposes: ['dispute-mediation', ''] }, 'claim purposes'],
    [
      'too many purposes',
      { purposes: Array.from({ length: 65 }, (_, index) => `p${index}`) },
      'claim purposes',
    ],
    ['a role that is an object', { roles: [{}] }, 'claim roles'],
    ['roles that are one text', { roles: 'auditor' }, 'claim roles'],
    ['roles that are null', { roles: null }, 'claim roles'],
    ['a region that is half a division', { region: '33010' }, 'claim region'],
    ['a region that is empty', { region: '' }, 'claim region'],
    ['an officer that is a list', { officer: ['a'] }, 'claim officer'],
    ['an officer with a line break', { officer: 'a\nb' }, 'claim officer'],
    ['a binding to a key that nobody checks', { cnf: { jkt: 'x' } }, 'claim cnf'],
  ])('%s', async (_, claims, reason) => {
    expect(await refusal(await signToken(key, { claims }))).toEqual([
      'UNAUTHENTICATED',
      `token refused: ${reason}`,
    ]);
  });

  test('one audience in a list is one audience', async () => {
    const token = await signToken(key, { claims: { aud: [audience] } });
    expect((await authenticate(token)).client).toBe('mediation-center');
  });

  test('the end of a token is told, with 30 seconds for clocks that differ', async () => {
    const token = await signToken(key);
    expect((await authenticate(token, {}, now + 629)).expiresAt).toBe(now + 600);
    expect(await refusal(token, {}, now + 630)).toEqual(['TOKEN_EXPIRED', 'token refused: expired']);
  });

  test('a forged token is never told that it is too late', async () => {
    expect((await refusal(await signToken(stranger), {}, now + 10_000))[0]).toBe('UNAUTHENTICATED');
  });

  test('an issuer that allows less than 15 minutes is taken at its word', async () => {
    const token = await signToken(key);
    expect(await refusal(token, { maxLifetimeSeconds: 599 })).toEqual([
      'UNAUTHENTICATED',
      'token refused: lifetime',
    ]);
  });
});

describe('what is no token', () => {
  test.each([
    ['nothing', ''],
    ['two parts', 'a.b'],
    ['five parts, an encrypted token', 'a.b.c.d.e'],
    ['a space', 'a.b. c'],
    ['no JSON', `${encode('x')}.${encode('y')}.AA`],
    ['a list', `${encode([])}.${encode([])}.AA`],
    ['null', `${encode('null')}.${encode('null')}.AA`],
    ['what is not UTF-8', `${encode({ alg: 'ES256' })}.gICA.AA`],
  ])('%s', async (_, token) => {
    const [code, cause] = await refusal(token);
    expect(code).toBe('UNAUTHENTICATED');
    expect(cause).toMatch(/^token refused: (form|issuer)$/);
  });

  test('a token beyond 8 KiB is refused before it is looked at', async () => {
    const token = await signToken(key, { claims: { extra: 'x'.repeat(8192) } });
    expect(await refusal(token)).toEqual(['UNAUTHENTICATED', 'token refused: length']);
  });

  test('a claim that is given twice is read once, as its last value, by one parser', async () => {
    const payload = JSON.stringify(goodClaims).replace('{', '{"department":"police","roles":["auditor"],');
    const signed = await signRaw(key, payload);
    expect(await authenticate(signed)).toMatchObject({ department: 'mediation', roles: ['mediator'] });
  });

  test('claims named __proto__ and constructor change nothing', async () => {
    const payload = JSON.stringify({ ...goodClaims, officer: undefined, region: undefined }).replace(
      '{',
      '{"__proto__":{"officer":"evil","region":"33","roles":["auditor"]},"constructor":{"prototype":{"officer":"evil"}},',
    );
    const subject = await authenticate(await signRaw(key, payload));
    expect([subject.officer, subject.region, subject.roles]).toEqual([undefined, undefined, ['mediator']]);
    expect(({} as Record<string, unknown>)['officer']).toBeUndefined();
  });

  test('a polluted prototype gives nobody a claim', async () => {
    const { prototype } = Object;
    Object.defineProperty(prototype, 'officer', { value: 'evil', configurable: true });
    try {
      expect(Object.hasOwn(await authenticate(await signToken(key)), 'officer')).toBe(false);
    } finally {
      Reflect.deleteProperty(prototype, 'officer');
    }
  });

  test('neither the caller nor the log gets anything of the token', async () => {
    const token = await signToken(key, { claims: { client_id: 'SECRET IN CLAIM', aud: 'SECRET' } });
    const error: unknown = await authenticate(token).catch((caught: unknown) => caught);
    const { message, details, cause } = error as HubError;
    expect(
      JSON.stringify([message, details, (cause as Error).message, (cause as Error).cause]),
    ).not.toContain('SECRET');
    expect(details).toEqual({});
  });
});

describe('remembered tokens', () => {
  test('end with their own time, not with the memory of them', async () => {
    let at = now;
    const keys = { kind: 'file', path: join(folder, 'jwks.json') } as const;
    const remembering = createAuthenticator([describeIssuer(keys)], { now: () => new Date(at * 1000) });
    const token = await signToken(key);
    const first = await remembering.authenticate(token);
    expect(await remembering.authenticate(token)).toBe(first);
    at = now + 630;
    await expect(remembering.authenticate(token)).rejects.toMatchObject({ code: 'TOKEN_EXPIRED' });
  });

  test('are remembered whole: another signature under the same claims is another token', async () => {
    const remembering = authenticator();
    const token = await signToken(key);
    await remembering.authenticate(token);
    const [header, payload] = token.split('.');
    await expect(
      remembering.authenticate(`${header}.${payload}.${encode('x'.repeat(64))}`),
    ).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    });
  });

  test('two callers at the same time never get each other’s subject', async () => {
    const remembering = authenticator();
    const clients = Array.from({ length: 40 }, (_, index) => `client-${index % 20}`);
    const tokens = await Promise.all(clients.map((client_id) => signToken(key, { claims: { client_id } })));
    const subjects = await Promise.all(tokens.map((token) => remembering.authenticate(token)));
    expect(subjects.map(({ client }) => client)).toEqual(clients);
  });

  test('are many times cheaper than a signature', async () => {
    const remembering = authenticator();
    const token = await signToken(key);
    const fresh = await Promise.all(
      Array.from({ length: 50 }, (_, jti) => signToken(key, { claims: { jti: `j${jti}` } })),
    );
    await remembering.authenticate(token);
    const verified = await cpuTime(async () => {
      for (const next of fresh) await remembering.authenticate(next);
    });
    const recalled = await cpuTime(async () => {
      for (let count = 0; count < 5_000; count += 1) await remembering.authenticate(token);
    });
    console.info(
      `verify: ${(verified / 50).toFixed(0)} µs; recall: ${(recalled / 5_000).toFixed(1)} µs of CPU`,
    );
    expect(recalled / 5_000).toBeLessThan(verified / 50 / 3);
  });
});

async function importPublic({ jwk }: TestKey) {
  const publicKey = await importJWK({ ...jwk, kty: jwk.kty ?? '', ext: true }, jwk.alg, {
    extractable: true,
  });
  if (publicKey instanceof Uint8Array) throw new TypeError('a public key is no secret');
  return { publicKey };
}

/** Signs a payload whose text JSON.stringify would not write. */
async function signRaw({ privateKey }: TestKey, payload: string): Promise<string> {
  return new CompactSign(new TextEncoder().encode(payload))
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'key-1' })
    .sign(privateKey);
}

/** µs. */
async function cpuTime(run: () => Promise<void>): Promise<number> {
  const start = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(start);
  return user + system;
}
