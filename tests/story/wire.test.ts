import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callRaw } from '../support/raw-http.ts';
import { startHub, type TestHub } from './hub.ts';

const operation = JSON.stringify({ query: '{ __typename }' });
const size = Buffer.byteLength(operation);

/** What an adversary writes on the wire, byte by byte; `AUTH` stands for the headers of a client. */
describe('bytes that two parsers could read differently', () => {
  let hub: TestHub;
  let url: string;
  let authentication: string;
  beforeAll(async () => {
    hub = await startHub({ only: [], environment: { HUB_LIMIT_REFUSALS_PER_MINUTE: '1000' } });
    url = await hub.app.listen();
    authentication = [
      `authorization: Bearer ${await hub.token({ client: 'mediation-center' })}`,
      'shuqiao-purpose: dispute-mediation',
      'shuqiao-case: 2026-TJ-0001',
    ].join('\r\n');
  });
  afterAll(() => hub.close());

  /** Status, code and whether there is a receipt, of each answer until the connection ends. */
  async function tell(bytes: string, options: { isHalfClosed?: boolean } = {}): Promise<string> {
    const caller = await callRaw(url);
    caller.send(bytes.replaceAll('AUTH', authentication));
    if (options.isHalfClosed) caller.socket.end();
    const answer = await caller.answer;
    expect(answer).not.toMatch(/node_modules|\.ts:|FST_|HPE_/);
    return answer
      .split(/(?=HTTP\/1\.1 \d{3})/)
      .filter((part) => part !== '' && !part.startsWith('HTTP/1.1 100'))
      .map((part) => {
        const status = /^HTTP\/1\.1 (\d{3})/.exec(part)?.[1];
        const code = /"code":"(\w+)"/.exec(part)?.[1];
        return [status, code, part.includes('"receipt"') ? 'recorded' : undefined].filter(Boolean).join(' ');
      })
      .join(', ');
  }

  const post = (headers: string, body = operation) =>
    `POST /graphql HTTP/1.1\r\nhost: hub\r\ncontent-type: application/json\r\nAUTH\r\nconnection: close\r\n${headers}\r\n\r\n${body}`;
  const posted = (body: string) => post(`content-length: ${Buffer.byteLength(body)}`, body);
  const chunked = `${size.toString(16)}\r\n${operation}\r\n0\r\n\r\n`;
  const length = `content-length: ${size}`;
  const bad = '400 BAD_REQUEST';
  const good = '200 recorded';
  const smuggled = '0\r\n\r\nGET /healthz HTTP/1.1\r\nhost: a\r\n\r\n';

  it.each([
    ['a length', post(length), good],
    ['chunks', post('transfer-encoding: chunked', chunked), good],
    [
      'chunks with trailers',
      post('transfer-encoding: chunked', chunked.replace(/\r\n$/, 'authorization: Bearer x\r\n\r\n')),
      good,
    ],
    ['a length and chunks', post(`${length}\r\ntransfer-encoding: chunked`, smuggled), bad],
    ['chunks and identity', post('transfer-encoding: chunked, identity', smuggled), bad],
    ['an unknown transfer encoding', post('transfer-encoding: xchunked', smuggled), bad],
    ['a blank before the colon', post('transfer-encoding : chunked', smuggled), bad],
    ['a negative chunk', post('transfer-encoding: chunked', `-1\r\n${operation}\r\n0\r\n\r\n`), bad],
    ['an endless chunk extension', post('transfer-encoding: chunked', `1;${'x'.repeat(100_000)}\r\n`), bad],
    ['two lengths', post(`${length}\r\ncontent-length: 0`), bad],
    ['a signed length', post(`content-length: +${size}`), bad],
    ['a length beyond all numbers', post('content-length: 99999999999999999999'), bad],
    ['a length of 5 GB', post('content-length: 5000000000'), '413 BODY_TOO_LARGE recorded'],
    ['line feeds alone', post(length).replaceAll('\r\n', '\n'), bad],
    ['a folded header', post(`x: a\r\n b\r\n${length}`), bad],
    ['a header with a zero byte', post(`x: a\0b\r\n${length}`), bad],
    ['two hosts', post(`host: other\r\n${length}`), `${bad} recorded`],
    ['two tokens', post(`authorization: Bearer x.y.z\r\n${length}`), `${bad} recorded`],
    ['two types of content', post(`content-type: text/plain\r\n${length}`), `${bad} recorded`],
    ['two purposes', post(`shuqiao-purpose: audit-review\r\n${length}`), '403 PURPOSE_NOT_ALLOWED recorded'],
    ['an upgrade to HTTP/2', post(`upgrade: h2c\r\n${length}`), good],
    ['HTTP/2 at once', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', bad],
    ['a compressed body', post(`content-encoding: gzip\r\n${length}`), '415 UNSUPPORTED_MEDIA_TYPE recorded'],
    ['a body that is expected', post(`expect: 100-continue\r\n${length}`), good],
    ['an unknown method', post(length).replace('POST', 'post'), bad],
    [
      'a member twice: the last one counts, for all who read it',
      posted('{"query":"{ nobody }","query":"{ __typename }"}'),
      good,
    ],
    [
      'a prototype',
      posted('{"query":"{ __typename }","variables":{"__proto__":{"a":1}}}'),
      `${bad} recorded`,
    ],
    [
      'a prototype, escaped',
      posted('{"query":"{ __typename }","variables":{"\\u005f_proto__":{"a":1}}}'),
      `${bad} recorded`,
    ],
    [
      'a constructor',
      posted('{"query":"{ __typename }","variables":{"constructor":{"prototype":{}}}}'),
      `${bad} recorded`,
    ],
    [
      '200,000 brackets',
      posted(`{"query":"{ __typename }","extensions":${'['.repeat(200_000)}${']'.repeat(200_000)}}`),
      `${bad} recorded`,
    ],
    [
      'the name of a prototype',
      posted('{"query":"query A { __typename }","operationName":"__proto__"}'),
      '400 GRAPHQL_VALIDATION_FAILED recorded',
    ],
    [
      'half a character',
      posted('{"query":"query A { __typename }","operationName":"\\ud800"}'),
      '400 GRAPHQL_VALIDATION_FAILED recorded',
    ],
    [
      'another operation than named',
      posted('{"query":"query A { __typename } mutation B { a }","operationName":"B"}'),
      '400 GRAPHQL_VALIDATION_FAILED recorded',
    ],
    [
      'an alias __proto__',
      posted('{"query":"{ __proto__: __typename }"}'),
      '400 GRAPHQL_VALIDATION_FAILED recorded',
    ],
    [
      'an infinite number',
      posted(
        '{"query":"query($n: Int) { searchResidents(first: $n) { totalCount } }","variables":{"n":1e999}}',
      ),
      '400 VARIABLE_INVALID recorded',
    ],
    [
      'a mutation by GET',
      `GET /graphql?query=mutation%7Ba%7D HTTP/1.1\r\nhost: hub\r\nAUTH\r\nconnection: close\r\n\r\n`,
      '405 METHOD_NOT_ALLOWED recorded',
    ],
    ['another spelling of the path', post(length).replace('/graphql', '//graphql'), '404 NOT_FOUND'],
    ['the path, encoded', post(length).replace('/graphql', '/%67raphql'), good],
    [
      'three at once',
      post(length).replace('connection: close\r\n', '').repeat(2) + post(length),
      `${good}, ${good}, ${good}`,
    ],
  ])('%s', async (_what, bytes, expected) => {
    expect(await tell(bytes)).toBe(expected);
  });

  it('a caller that has nothing more to say still hears the answer', async () => {
    const open = post(length).replace('connection: close\r\n', '');
    expect(await tell(open, { isHalfClosed: true })).toBe(good);
    expect(await tell(open.slice(0, -5), { isHalfClosed: true })).toBe(bad);
  });

  it('no page of another origin is told that it may', async () => {
    const caller = await callRaw(url);
    const asks = 'origin: https://evil.test\r\naccess-control-request-method: POST\r\nconnection: close';
    caller.send(`OPTIONS /graphql HTTP/1.1\r\nhost: hub\r\n${asks}\r\n\r\n`);
    const answer = await caller.answer;
    expect(answer).toMatch(/^HTTP\/1\.1 405 /);
    expect(answer.toLowerCase()).not.toContain('access-control-allow');
  });
});
