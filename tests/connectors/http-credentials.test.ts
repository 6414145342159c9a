import { createHash, createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Connection } from '../../src/connectors/connector.ts';
import { Deadline } from '../../src/connectors/deadline.ts';
import { createAccessTokens } from '../../src/connectors/http/access-token.ts';
import { expectFailure, never } from '../contract/connector.ts';
import { httpRead, useChosenAnswers } from './support/chosen-answers.ts';
import { type HttpServer, type Respond, sendJson, startHttpServer } from './support/http-server.ts';

describe('OAuth 2.0 client credentials', () => {
  const { server, connect } = useChosenAnswers();
  let tokens: HttpServer;
  let granted = 0;

  beforeAll(async () => {
    tokens = await startHttpServer(grant({}));
  });
  afterAll(() => tokens.close());
  beforeEach(() => {
    tokens.answerWith();
    tokens.takeRequests();
    granted = 0;
    server().answerWith(({ headers }, response) =>
      headers.authorization === `Bearer token-${granted}`
        ? { code: 0, data: [] }
        : sendJson(response, {}, 401),
    );
  });

  const grant =
    (more: object): Respond =>
    () => ({ access_token: `token-${++granted}`, token_type: 'Bearer', expires_in: 3600, ...more });
  const open = () => {
    const oauth2 = {
      tokenUrl: `${tokens.url}/oauth/token`,
      clientId: 'hub:1',
      clientSecret: 's3cr3t %',
      scope: 'read',
    };
    return connect({}, { oauth2 } as Partial<Connection>);
  };

  test('one token serves all reads, however many begin at once', async () => {
    const connector = open();
    await Promise.all(Array.from({ length: 20 }, () => connector.read(httpRead(), never)));
    const [asked, ...more] = tokens.takeRequests();
    expect(more).toEqual([]);
    expect(asked).toMatchObject({
      method: 'POST',
      path: '/oauth/token',
      body: 'grant_type=client_credentials&scope=read',
    });
    const basic = Buffer.from(
      String(asked?.headers.authorization).replace('Basic ', ''),
      'base64',
    ).toString();
    expect(basic).toBe('hub%3A1:s3cr3t%20%25');
  });

  test('a token that the source no longer takes is replaced, once, and the read succeeds', async () => {
    const connector = open();
    await connector.read(httpRead(), never);
    granted++;
    const reads = await Promise.all(Array.from({ length: 10 }, () => connector.read(httpRead(), never)));
    expect(tokens.takeRequests()).toHaveLength(2);
    expect(Math.max(...reads.map(({ reads }) => reads))).toBe(2);
  });

  test('a source that takes no token at all is asked twice and not more', async () => {
    server().answerWith((_, response) => sendJson(response, {}, 401));
    await expectFailure(open().read(httpRead(), never), 'SOURCE_UNAVAILABLE');
    expect(server().takeRequests()).toHaveLength(2);
    expect(tokens.takeRequests()).toHaveLength(2);
  });

  test.each<readonly [string, 'SOURCE_UNAVAILABLE' | 'SOURCE_FAULT', Respond]>([
    [
      'refuses the client',
      'SOURCE_UNAVAILABLE',
      (_, response) => sendJson(response, { error: 'invalid_client' }, 401),
    ],
    [
      'redirects',
      'SOURCE_UNAVAILABLE',
      (_, response) => void response.writeHead(302, { location: '/login' }).end(),
    ],
    ['gives no token', 'SOURCE_UNAVAILABLE', () => ({ access_token: 7 })],
    [
      'gives a token that is a header of its own',
      'SOURCE_UNAVAILABLE',
      () => ({ access_token: 'x\r\nx-admin: 1' }),
    ],
    [
      'gives another kind of token',
      'SOURCE_UNAVAILABLE',
      () => ({ access_token: 'token-1', token_type: 'mac' }),
    ],
    [
      'answers with a page',
      'SOURCE_FAULT',
      (_, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
    ],
    ['hangs up', 'SOURCE_UNAVAILABLE', (_, response) => void response.destroy()],
  ])('a token endpoint that %s: the source is not asked, and nothing is told', async (_, code, respond) => {
    tokens.answerWith(respond);
    await expectFailure(open().read(httpRead(), never), code);
    expect(server().takeRequests()).toEqual([]);
  });

  test('a token is renewed before it expires, by a clock that does not jump', async () => {
    let now = 0;
    let life = 100;
    let fetched = 0;
    const source = createAccessTokens(
      async () => ({ token: `t${++fetched}`, expiresInSeconds: life }),
      () => now,
    );
    const deadline = new Deadline(never, 1000);
    expect(await source.get(deadline)).toBe('t1');
    now = 89_999;
    expect(await source.get(deadline)).toBe('t1');
    now = 90_000;
    life = 3600;
    expect(await source.get(deadline)).toBe('t2');
    now += 3_569_999;
    expect(await source.get(deadline)).toBe('t2');
    now += 1;
    expect(await source.get(deadline)).toBe('t3');
    source.discard('t2');
    expect(await source.get(deadline)).toBe('t3');
    source.discard('t3');
    expect(await source.get(deadline)).toBe('t4');
    deadline.stop();
  });

  test('a caller that gives up does not take the token from the others', async () => {
    let grantLater = (): void => undefined;
    const waiting = new Promise<void>((resolve) => {
      grantLater = resolve;
    });
    const source = createAccessTokens(async () => {
      await waiting;
      return { token: 't', expiresInSeconds: 60 };
    });
    const caller = new AbortController();
    const [short, long] = [new Deadline(caller.signal, 1000), new Deadline(never, 1000)];
    const reads = [source.get(short), source.get(long)];
    caller.abort();
    await expect(reads[0]).rejects.toMatchObject({ kind: 'ours' });
    grantLater();
    expect(await reads[1]).toBe('t');
    long.stop();
    short.stop();
  });
});

describe('request signatures', () => {
  const { server, connect } = useChosenAnswers();
  const headers = { appId: 'X-App', timestamp: 'X-Time', nonce: 'X-Nonce', signature: 'X-Sign' };

  test('cover method, path with query, time, nonce and the bytes of the body; no two are alike', async () => {
    const connector = connect({}, {
      signature: { appId: 'hub', secret: 's3cr3t', headers },
    } as Partial<Connection>);
    const query = [{ name: 'v', value: '1' }];
    await connector.read(httpRead({ keys: [['张三']] }, { query }), never);
    await connector.read(
      httpRead({ keys: [['a']] }, { method: 'GET', path: '/people/{key}', batch: 1, query }),
      never,
    );
    const asked = server().takeRequests();
    const nonces = asked.map(({ method, path, query: sent, headers: got, body }) => {
      expect(got['x-app']).toBe('hub');
      expect(Math.abs(Date.now() - Number(got['x-time']))).toBeLessThan(10_000);
      const bodyHash = createHash('sha256').update(body).digest('hex');
      const signed = [method, `${path}?${sent}`, got['x-time'], got['x-nonce'], bodyHash].join('\n');
      expect(got['x-sign']).toBe(createHmac('sha256', 's3cr3t').update(signed).digest('hex'));
      return got['x-nonce'];
    });
    expect(new Set(nonces).size).toBe(2);
  });
});
