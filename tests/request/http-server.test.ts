import { once } from 'node:events';
import type { FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { defaultHubLimits, type HubLimits } from '../../src/config.ts';
import { createHttpServer } from '../../src/request/http-server.ts';
import { callRaw } from '../support/raw-http.ts';

const secret = '330106198003159057';

describe('the HTTP server', () => {
  let server: FastifyInstance | undefined;
  const counted: string[] = [];
  afterEach(async () => {
    counted.length = 0;
    await server?.close();
  });

  async function listen(
    limits: Partial<HubLimits> = {},
    trustProxy: readonly string[] = [],
  ): Promise<string> {
    server = await createHttpServer({
      limits: { ...defaultHubLimits, ...limits },
      trustProxy,
      findProblems: () => [],
      receiptKey: 'PEM',
      refusals: {
        countOutside: async (_request, code) => {
          counted.push(code);
          return code;
        },
        countUnreadable: (_address, code) => void counted.push(code),
      },
    });
    server.get('/address', async (request) => request.ip);
    return server.listen({ host: '127.0.0.1', port: 0 });
  }

  it.each([
    ['GET', `/${secret}`, 404, 'NOT_FOUND'],
    ['GET', `/graphql/${secret}`, 404, 'NOT_FOUND'],
    ['POST', '/healthz', 404, 'NOT_FOUND'],
    ['OPTIONS', '/healthz', 404, 'NOT_FOUND'],
    ['GET', `/%${secret}%`, 400, 'BAD_REQUEST'],
    ['GET', `/%c0%ae${secret}`, 400, 'BAD_REQUEST'],
  ] as const)(
    '%s %s is refused in the words of the error table, and not repeated',
    async (method, path, status, code) => {
      const response = await fetch(`${await listen()}${path}`, { method });
      const text = await response.text();
      expect(response.status).toBe(status);
      expect(JSON.parse(text).errors[0]).toMatchObject({
        message: expect.stringMatching(/[一-龥]/),
        extensions: { code },
      });
      expect(text).not.toContain(secret);
      expect(counted).toEqual([code]);
    },
  );

  it('HEAD answers as GET does, without a body', async () => {
    const url = await listen();
    for (const [path, status] of [
      ['/healthz', 200],
      ['/nothing', 404],
    ] as const) {
      const response = await fetch(`${url}${path}`, { method: 'HEAD' });
      expect([response.status, await response.text()]).toEqual([status, '']);
    }
  });

  it.each([
    ['no HTTP at all', `${secret}\r\n\r\n`, 400, 'BAD_REQUEST'],
    [
      'two lengths',
      'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n',
      400,
      'BAD_REQUEST',
    ],
    [
      'a length beside chunks',
      'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n',
      400,
      'BAD_REQUEST',
    ],
    [
      'headers too large',
      `GET / HTTP/1.1\r\nhost: a\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`,
      431,
      'HEADERS_TOO_LARGE',
    ],
    ['headers that never end', 'GET / HTTP/1.1\r\nhost: a\r\n', 408, 'REQUEST_TIMEOUT'],
  ])(
    '%s: a refusal in the words of the error table, then the connection ends',
    async (_name, bytes, status, code) => {
      const caller = await callRaw(await listen({ headersDeadlineMs: 100 }));
      caller.send(bytes);
      const answer = await caller.answer;
      expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      expect(answer).toContain(`"code":"${code}"`);
      expect(answer).not.toContain(secret);
    },
  );

  it('an upload that nobody reads ends within the time for headers and body', async () => {
    const caller = await callRaw(await listen({ headersDeadlineMs: 50, bodyDeadlineMs: 50 }));
    caller.send(
      'POST /nothing HTTP/1.1\r\nhost: a\r\ncontent-type: text/plain\r\ncontent-length: 10\r\n\r\na',
    );
    expect(await caller.answer).toContain('"code"');
  });

  it('connections of one address beyond its share are closed unread; one that ends makes room', async () => {
    const url = await listen({ maxConnectionsPerAddress: 2 });
    const first = await callRaw(url);
    const second = await callRaw(url);
    const third = await callRaw(url);
    third.send('GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n');
    expect(await third.answer).toBe('');
    first.socket.end();
    await first.answer;
    second.send('GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n');
    expect(await second.answer).toContain('200 OK');
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  it('a trusted proxy may hold more connections than one address; all have an end too', async () => {
    const url = await listen({ maxConnectionsPerAddress: 1, maxConnections: 3 }, ['127.0.0.0/8']);
    const callers = [await callRaw(url), await callRaw(url), await callRaw(url)];
    const fourth = await callRaw(url);
    expect(await fourth.answer).toBe('');
    for (const { socket } of callers) socket.destroy();
    await Promise.all(callers.map(({ socket }) => once(socket, 'close')));
  });

  it.each([
    [[], '10.9.8.7', '127.0.0.1'],
    [['127.0.0.1'], '10.9.8.7', '10.9.8.7'],
    [['127.0.0.0/8', '10.0.0.0/8'], '192.0.2.1, 10.9.8.7', '192.0.2.1'],
    [['127.0.0.0/8'], '192.0.2.1, 10.9.8.7', '10.9.8.7'],
    [['10.0.0.0/8'], '192.0.2.1', '127.0.0.1'],
  ])(
    'with the proxies %j, "X-Forwarded-For: %s" is believed as far as %s',
    async (proxies, forwarded, address) => {
      const response = await fetch(`${await listen({}, proxies)}/address`, {
        headers: { 'x-forwarded-for': forwarded },
      });
      expect(await response.text()).toBe(address);
    },
  );
});
