import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, parseAnswer, startHub, type TestHub } from './hub.ts';

const secret = '330106198003159057';

describe('bad input', () => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub({ only: ['police'], environment: { HUB_LIMIT_REFUSALS_PER_MINUTE: '30' } });
  });
  afterAll(() => hub.close());

  interface Post {
    readonly payload?: string;
    readonly headers?: Readonly<Record<string, string | undefined>>;
    readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD' | 'OPTIONS' | 'PATCH';
    readonly url?: string;
  }

  async function post({ payload, headers = {}, method = 'POST', url = '/graphql' }: Post): Promise<Answer> {
    const standard = {
      'content-type': 'application/json',
      authorization: `Bearer ${await hub.token({ client: 'mediation-center' })}`,
      'shuqiao-purpose': 'dispute-mediation',
      'shuqiao-case': '2026-TJ-0001',
    };
    const all = Object.entries({ ...standard, ...headers }).filter(([, value]) => value !== undefined);
    const response = await hub.app.fastify.inject({
      method,
      url,
      headers: Object.fromEntries(all),
      ...(payload === undefined ? {} : { payload }),
    });
    return parseAnswer(response);
  }

  async function lastRecord(): Promise<{
    index: string;
    status: number;
    errors: { code: string }[];
    client: string | null;
  }> {
    const query = '{ accessRecords(first: 1) { nodes { index status client errors { code count } } } }';
    const { body } = await hub.ask({ client: 'audit-office', query });
    return body.data.accessRecords.nodes[0];
  }

  const operation = JSON.stringify({ query: '{ __typename }' });
  const nested = (depth: number) => `{ ${'resident { '.repeat(depth)}id${' }'.repeat(depth)} }`;
  const cases: readonly (readonly [string, Post, number, string])[] = [
    ['no token', { payload: operation, headers: { authorization: undefined } }, 401, 'UNAUTHENTICATED'],
    [
      'a token of nonsense',
      { payload: operation, headers: { authorization: 'Bearer x.y.z' } },
      401,
      'UNAUTHENTICATED',
    ],
    [
      'another scheme',
      { payload: operation, headers: { authorization: 'Basic eDp5' } },
      401,
      'UNAUTHENTICATED',
    ],
    [
      'no purpose',
      { payload: operation, headers: { 'shuqiao-purpose': undefined } },
      400,
      'PURPOSE_REQUIRED',
    ],
    [
      'an unknown purpose',
      { payload: operation, headers: { 'shuqiao-purpose': 'curiosity' } },
      403,
      'PURPOSE_NOT_ALLOWED',
    ],
    [
      "another client's purpose",
      { payload: operation, headers: { 'shuqiao-purpose': 'audit-review' } },
      403,
      'PURPOSE_NOT_ALLOWED',
    ],
    ['no case', { payload: operation, headers: { 'shuqiao-case': undefined } }, 400, 'CASE_REQUIRED'],
    [
      'a citizen id as case',
      { payload: operation, headers: { 'shuqiao-case': secret } },
      400,
      'CASE_MALFORMED',
    ],
    ['GET', { method: 'GET', url: '/graphql?query={__typename}' }, 405, 'METHOD_NOT_ALLOWED'],
    ['PUT', { method: 'PUT', payload: operation }, 405, 'METHOD_NOT_ALLOWED'],
    [
      'text/plain',
      { payload: operation, headers: { 'content-type': 'text/plain' } },
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    [
      'another charset',
      { payload: operation, headers: { 'content-type': 'application/json; charset=gbk' } },
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    [
      'an unacceptable Accept',
      { payload: operation, headers: { accept: 'text/html' } },
      406,
      'NOT_ACCEPTABLE',
    ],
    ['half a JSON', { payload: '{"query":"{ __type' }, 400, 'BAD_REQUEST'],
    ['an empty body', { payload: '' }, 400, 'BAD_REQUEST'],
    ['null', { payload: 'null' }, 400, 'BAD_REQUEST'],
    ['a batch', { payload: `[${operation}]` }, 400, 'BAD_REQUEST'],
    ['no query', { payload: '{}' }, 400, 'BAD_REQUEST'],
    [
      'variables that are a list',
      { payload: '{"query":"{ __typename }","variables":[]}' },
      400,
      'BAD_REQUEST',
    ],
    ['a poisoned body', { payload: '{"query":"{ __typename }","__proto__":{"a":1}}' }, 400, 'BAD_REQUEST'],
    [
      'a body of 5 MB',
      { payload: JSON.stringify({ query: `# ${'x'.repeat(5_000_000)}` }) },
      413,
      'BODY_TOO_LARGE',
    ],
    [
      'a syntax error',
      { payload: JSON.stringify({ query: `{ "${secret}" }` }) },
      400,
      'GRAPHQL_PARSE_FAILED',
    ],
    [
      'an unknown field',
      { payload: JSON.stringify({ query: '{ nobody }' }) },
      400,
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'a mutation',
      { payload: JSON.stringify({ query: 'mutation { a }' }) },
      400,
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'a literal of a wrong type',
      { payload: JSON.stringify({ query: `{ resident(identifier: ${secret}) { id } }` }) },
      400,
      'GRAPHQL_VALIDATION_FAILED',
    ],
    ['50 levels', { payload: JSON.stringify({ query: nested(50) }) }, 400, 'OPERATION_LIMIT_EXCEEDED'],
    [
      '1,000 aliases',
      {
        payload: JSON.stringify({
          query: `{ ${Array.from({ length: 1000 }, (_, i) => `a${i}: __typename`).join(' ')} }`,
        }),
      },
      400,
      'OPERATION_LIMIT_EXCEEDED',
    ],
    [
      'a wrong variable',
      {
        payload: JSON.stringify({
          query: 'query($i: ResidentIdentifier!) { resident(identifier: $i) { id } }',
          variables: { i: { value: { number: secret } } },
        }),
      },
      400,
      'VARIABLE_INVALID',
    ],
    [
      'too many ids',
      {
        payload: JSON.stringify({
          query: 'query($i: [ResidentIdentifier!]!) { residents(identifiers: $i) { id } }',
          variables: { i: Array.from({ length: 101 }, () => ({ value: secret })) },
        }),
      },
      400,
      'TOO_MANY_IDENTIFIERS',
    ],
    [
      'introspection beside data',
      {
        payload: JSON.stringify({
          query: '{ __schema { types { name } } resident(identifier: { value: "x" }) { id } }',
        }),
      },
      400,
      'INTROSPECTION_DENIED',
    ],
  ];

  it.each(cases)('%s: a clear error, nothing inside, a record', async (_name, request, status, code) => {
    const answer = await post(request);
    expect(answer.status).toBe(status);
    const [error] = answer.body.errors;
    expect(error.extensions.code).toBe(code);
    expect(error.message).toMatch(/[一-龥]/);
    expect(answer.body.data).toBeUndefined();
    expect(answer.text).not.toContain(secret);
    expect(answer.text).not.toMatch(/node_modules|\.ts:|FST_|at Object/);
    const { receipt } = answer.body.extensions;
    const record = await lastRecord();
    expect(BigInt(receipt.index)).toBe(BigInt(record.index));
    expect(record.status).toBe(status);
    expect(record.errors.map((each) => each.code)).toContain(code);
  });

  it('an expired token says that it is expired, and nothing else', async () => {
    const expired = await startHub({ only: [], overrides: { now: () => new Date(Date.now() + 3_600_000) } });
    try {
      const { status, body, headers } = await expired.ask({ query: '{ __typename }' });
      expect(status).toBe(401);
      // RFC 6750 §3.1; whose signature is not right is told nothing of the kind.
      expect(headers['www-authenticate']).toMatch(
        /^Bearer error="invalid_token", error_description=".*expired"$/,
      );
      const forged = await parseForged(expired);
      expect([forged.status, forged.headers['www-authenticate']]).toEqual([401, 'Bearer']);
      expect(body.errors[0].extensions.code).toBe('TOKEN_EXPIRED');
    } finally {
      await expired.close();
    }
  });

  async function parseForged(at: TestHub): Promise<Answer> {
    const [head, claims] = (await at.token({ client: 'mediation-center' })).split('.');
    const authorization = `Bearer ${head}.${claims}.${'A'.repeat(86)}`;
    const headers = { 'content-type': 'application/json', authorization };
    return parseAnswer(
      await at.app.fastify.inject({ method: 'POST', url: '/graphql', headers, payload: operation }),
    );
  }

  it.each(['HEAD', 'OPTIONS', 'GET', 'DELETE'] as const)(
    '%s is answered with what is allowed',
    async (method) => {
      const authorization = `Bearer ${await hub.token({ client: 'mediation-center' })}`;
      const answer = await hub.app.fastify.inject({ method, url: '/graphql', headers: { authorization } });
      expect([answer.statusCode, answer.headers.allow]).toEqual([405, 'POST']);
    },
  );

  it('a malformed identifier leaves the rest intact, and its position is told, not its text', async () => {
    const { status, body, text } = await hub.ask({
      query: 'query($i: [ResidentIdentifier!]!) { residents(identifiers: $i) { name } }',
      variables: {
        i: [{ value: hub.facts.fixed.everywhere.value }, { value: '110101199003071X' }, { value: '' }],
      },
    });
    expect(status).toBe(200);
    expect(body.data.residents[0].name).toBe('沈国强');
    expect(body.data.residents.slice(1)).toEqual([null, null]);
    expect(body.errors[0].extensions).toMatchObject({
      code: 'IDENTIFIER_MALFORMED',
      positions: [1, 2],
      count: 2,
    });
    expect(text).not.toContain('110101199003071X');
  });

  it('a flood of refusals from one address fills no log: beyond the limit one summary counts them', async () => {
    const flood = () => post({ payload: operation, headers: { authorization: 'Bearer x.y.z' } });
    let limited: Answer | undefined;
    for (let i = 0; i < 40 && !limited; i++) {
      const answer = await flood();
      if (answer.status === 429) limited = answer;
    }
    expect(limited?.body.errors[0].extensions.code).toBe('RATE_LIMITED');
    expect(limited?.headers['retry-after']).toBeDefined();
    const before = await lastRecord();
    for (let i = 0; i < 20; i++) await flood();
    const after = await lastRecord();
    // The auditor's own look is the only new record.
    expect(BigInt(after.index) - BigInt(before.index)).toBe(1n);
    // A verified client from the same address is not held up.
    expect((await hub.ask({ query: '{ __typename }' })).status).toBe(200);
  });

  it('a client that asks too often is told to wait, and others are not held up', async () => {
    const limited = await startHub({ only: [], environment: { HUB_LIMIT_REQUESTS_PER_MINUTE: '5' } });
    try {
      const statuses: number[] = [];
      for (let i = 0; i < 7; i++) statuses.push((await limited.ask({ query: '{ __typename }' })).status);
      expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429]);
      expect((await limited.ask({ client: 'one-stop-hall', query: '{ __typename }' })).status).toBe(200);
      // Whoever is verified is limited by its name for refusals too.
      const refused: number[] = [];
      for (let i = 0; i < 6; i++) {
        const ask = { client: 'hotline-12345', purpose: 'curiosity', query: '{ __typename }' };
        refused.push((await limited.ask(ask)).status);
      }
      expect(refused).toEqual([403, 403, 403, 403, 403, 429]);
    } finally {
      await limited.close();
    }
  });
});
