import type { RequestListener, ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createAuthenticator } from '../../src/identity/authenticator.ts';
import {
  createKey,
  describeIssuer,
  encode,
  issuerName,
  type KeyServer,
  now,
  signToken,
  startKeyServer,
  type TestKey,
} from './test-issuer.ts';

let server: KeyServer;
let oldKey: TestKey;
let newKey: TestKey;
let clock: number;
let failures: string[];
let token: string;

beforeAll(async () => {
  [oldKey, newKey] = await Promise.all([createKey('old'), createKey('new')]);
  token = await signToken(oldKey);
});
beforeEach(async () => {
  server = await startKeyServer();
  server.publish(oldKey.jwk);
  clock = 0;
  failures = [];
  return () => server.close();
});
afterAll(() => server.close());

const minutes = (count: number) => count * 60_000;
const create = () =>
  createAuthenticator([describeIssuer({ kind: 'url', url: server.url })], {
    now: () => new Date(now * 1000),
    elapsedMs: () => clock,
    onFailure: (issuer, cause) =>
      failures.push(`${issuer}: ${cause instanceof Error ? cause.message : cause}`),
  });
/** A token of its own, so that none is remembered. */
const fresh = (key: TestKey, jti: string) => signToken(key, { claims: { jti } });
const ends: RequestListener = (_, response) => response.writeHead(503).end();

describe('keys that change', () => {
  test('are read once, not before the first token, and not once a token', async () => {
    const authenticator = create();
    expect(server.requests()).toBe(0);
    await Promise.all(
      ['a', 'b', 'c'].map(async (jti) => authenticator.authenticate(await fresh(oldKey, jti))),
    );
    expect(server.requests()).toBe(1);
  });

  // An operator's mistake, or a name server's word, must not make the hub ask the machine's neighbourhood.
  test.each([
    ['by address', 'http://169.254.169.254/keys', undefined],
    ['on this machine in production', '', true],
  ])('are not read where the hub does not connect: %s', async (_, url, refusesLoopback) => {
    const keys = {
      kind: 'url',
      url: url || server.url,
      ...(refusesLoopback ? { refusesLoopback } : {}),
    } as const;
    const authenticator = createAuthenticator([describeIssuer(keys)], {
      now: () => new Date(now * 1000),
      elapsedMs: () => clock,
      onFailure: (_issuer, cause) => failures.push(String(Object(cause).code)),
    });
    await expect(authenticator.authenticate(token)).rejects.toThrow();
    expect(failures).toEqual(['EFORBIDDENADDRESS']);
    expect(server.requests()).toBe(0);
  });

  test('a new key is found with its first token', async () => {
    const authenticator = create();
    await authenticator.authenticate(token);
    server.publish(oldKey.jwk, newKey.jwk);
    clock = 30_000;
    await authenticator.authenticate(await fresh(newKey, 'n'));
    expect(server.requests()).toBe(2);
  });

  test('a flood of unknown keys makes one request in 30 seconds', async () => {
    const authenticator = create();
    await authenticator.authenticate(token);
    const flood = async () => {
      for (let count = 0; count < 50; count += 1) {
        const forged = await signToken(newKey, { header: { kid: `forged-${count}` } });
        await authenticator.authenticate(forged).catch(() => {});
      }
    };
    await flood();
    expect(server.requests()).toBe(1);
    clock = 30_000;
    await flood();
    expect(server.requests()).toBe(2);
  });

  test('a token that is no token of ours makes no request at all', async () => {
    const authenticator = create();
    for (const changes of [
      { header: { kid: '../x' } },
      { header: { jku: server.url } },
      { claims: { iss: 'x' } },
    ]) {
      await authenticator.authenticate(await signToken(newKey, changes)).catch(() => {});
    }
    expect(server.requests()).toBe(0);
  });

  test('a withdrawn key stops counting after ten minutes, also for tokens that were verified with it', async () => {
    const authenticator = create();
    await authenticator.authenticate(token);
    server.publish(newKey.jwk);
    clock = minutes(10) - 1;
    await authenticator.authenticate(token);
    clock = minutes(10);
    // Answers from what is known, and reads in the background; the token of the new key waits for that read.
    await authenticator.authenticate(token);
    await authenticator.authenticate(await fresh(newKey, 'n'));
    await expect(authenticator.authenticate(token)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test('a key that was replaced under the same name does not vouch for tokens of the former one', async () => {
    const authenticator = create();
    await authenticator.authenticate(token);
    const replaced = await createKey('old');
    server.publish(replaced.jwk, newKey.jwk);
    clock = minutes(10);
    await authenticator.authenticate(await fresh(newKey, 'n'));
    await expect(authenticator.authenticate(token)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });
});

describe('an issuer that cannot be reached', () => {
  test('its known keys count for an hour, and then no longer, also for remembered tokens', async () => {
    const authenticator = create();
    await authenticator.authenticate(token);
    server.behave(ends);
    clock = minutes(60) - 1;
    await authenticator.authenticate(token);
    await authenticator.authenticate(await fresh(oldKey, 'late'));
    clock = minutes(60);
    for (const late of [token, await fresh(oldKey, 'too-late')]) {
      await expect(authenticator.authenticate(late)).rejects.toMatchObject({
        code: 'UNAUTHENTICATED',
        cause: expect.objectContaining({ message: 'token refused: keys of the issuer cannot be read' }),
      });
    }
    expect(failures.length).toBeGreaterThan(0);
  });

  test('it counts again as soon as it is back', async () => {
    const authenticator = create();
    server.behave(ends);
    await expect(authenticator.authenticate(token)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    server.publish(oldKey.jwk);
    await expect(authenticator.authenticate(token)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    clock = 5_000;
    expect((await authenticator.authenticate(token)).client).toBe('mediation-center');
    expect(failures).toEqual([`${issuerName}: the key set answered with status 503`]);
  });

  test('one that hangs holds nobody longer than three seconds', async () => {
    const authenticator = create();
    server.behave((_, response) => response.writeHead(200).write('{"keys":['));
    const start = performance.now();
    await expect(authenticator.authenticate(token)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(performance.now() - start).toBeLessThan(6_000);
  });

  test.each<[string, RequestListener]>([
    ['a page', (_, response) => response.end('<html>')],
    ['half a set', (_, response) => response.end('{"keys":[')],
    ['a list', (_, response) => response.end('[]')],
    ['an empty object', (_, response) => response.end('{}')],
    ['too much', (_, response) => response.end(`{"keys":[],"x":"${'x'.repeat(300_000)}"}`)],
    [
      'too many keys',
      (_, response) => response.end(JSON.stringify({ keys: Array.from({ length: 65 }, () => ({})) })),
    ],
    ['a redirect', (request, response) => redirect(request.url === '/other', response)],
    ['an error', (_, response) => response.writeHead(500).end('{"keys":[]}')],
    ['a broken connection', (request) => request.socket.destroy()],
  ])('that answers with %s keeps the keys that were known', async (_, listener) => {
    const authenticator = create();
    await authenticator.authenticate(token);
    server.behave(listener);
    clock = minutes(10);
    await authenticator.authenticate(await signToken(newKey)).catch(() => {});
    expect((await authenticator.authenticate(await fresh(oldKey, 'still'))).client).toBe('mediation-center');
    expect(failures.length).toBe(1);
  });

  test('a set of no keys is an answer: nobody counts any longer', async () => {
    const authenticator = create();
    await authenticator.authenticate(token);
    server.publish();
    clock = minutes(10);
    await authenticator.authenticate(await signToken(newKey)).catch(() => {});
    await expect(authenticator.authenticate(token)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });
});

/** To what would be a good answer. */
function redirect(isTarget: boolean, response: ServerResponse): void {
  if (isTarget) response.end('{"keys":[]}');
  else response.writeHead(302, { location: '/other' }).end();
}

describe('keys that are not used', () => {
  const twin = () => ({ ...newKey.jwk, kid: 'old' });
  test.each<[string, () => readonly object[]]>([
    ['without an algorithm', () => [{ ...oldKey.jwk, alg: undefined }]],
    ['of another algorithm than the issuer signs with', () => [{ ...oldKey.jwk, alg: 'ES384' }]],
    ['without a name', () => [{ ...oldKey.jwk, kid: undefined }]],
    ['for encryption', () => [{ ...oldKey.jwk, use: 'enc' }]],
    ['for signing, not for checking', () => [{ ...oldKey.jwk, key_ops: ['sign'] }]],
    ['of which two have one name', () => [oldKey.jwk, twin()]],
    ['of which two have one name, the other way round', () => [twin(), oldKey.jwk]],
    ['whose private half was published', () => [{ ...oldKey.jwk, d: encode('x'.repeat(32)) }]],
    ['that are no keys', () => [{ ...oldKey.jwk, x: 'AA' }]],
  ])('%s', async (_, keys) => {
    server.behave((__, response) => response.end(JSON.stringify({ keys: keys() })));
    await expect(create().authenticate(token)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test('one of them does not spoil the others', async () => {
    server.behave((_, response) =>
      response.end(JSON.stringify({ keys: [null, 5, { kty: 'oct', k: 'AA' }, oldKey.jwk] })),
    );
    expect((await create().authenticate(token)).client).toBe('mediation-center');
  });

  test('a short RSA key proves nothing', async () => {
    const { generateKeyPairSync, createSign } = await import('node:crypto');
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    server.publish({ ...publicKey.export({ format: 'jwk' }), kty: 'RSA', alg: 'RS256', kid: 'short' });
    const [, payload] = token.split('.');
    const signed = `${encode({ alg: 'RS256', typ: 'JWT', kid: 'short' })}.${payload}`;
    const signature = createSign('sha256').update(signed).sign(privateKey).toString('base64url');
    const authenticator = createAuthenticator(
      [describeIssuer({ kind: 'url', url: server.url }, { algorithms: ['RS256'] })],
      { now: () => new Date(now * 1000) },
    );
    await expect(authenticator.authenticate(`${signed}.${signature}`)).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    });
  });
});
