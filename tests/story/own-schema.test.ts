import { createPublicKey } from 'node:crypto';
import {
  buildClientSchema,
  buildSchema,
  getIntrospectionQuery,
  lexicographicSortSchema,
  printSchema,
  validateSchema,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { firstQuery } from '../../examples/demo-welcome.ts';
import { verifyReceipt } from '../../src/audit/verify-receipt.ts';
import { readFolder } from '../policies/demo.ts';
import { startHub, type TestHub } from './hub.ts';

describe('what a caller may use', () => {
  let hub: TestHub;
  let bearer: string;
  beforeAll(async () => {
    hub = await startHub({ only: [] });
    bearer = await hub.token({ client: 'hotline-12345' });
  });
  afterAll(() => hub.close());

  const get = (headers: Record<string, string> = {}, method: 'GET' | 'POST' | 'HEAD' = 'GET') =>
    hub.app.fastify.inject({
      method,
      url: '/schema.graphql',
      headers: { authorization: `Bearer ${bearer}`, 'shuqiao-purpose': 'hotline-service', ...headers },
    });

  it('is a schema that tools can read, the same as by introspection, with a receipt for the look at it', async () => {
    const answer = await get();
    expect(answer.statusCode).toBe(200);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/graphql; charset=utf-8',
      'cache-control': 'private, no-cache',
      vary: expect.stringContaining('shuqiao-purpose'),
    });
    const schema = buildSchema(answer.payload);
    expect(validateSchema(schema)).toEqual([]);
    expect(answer.payload).toMatch(/掩码 masked — 脱敏提供：只显示姓氏/);
    expect(answer.payload).not.toMatch(/watchFlag|Justice|accessRecords/);
    const { body } = await hub.ask({ client: 'hotline-12345', query: getIntrospectionQuery() });
    const introspected = lexicographicSortSchema(buildClientSchema(body.data));
    expect(printSchema(introspected)).toBe(printSchema(lexicographicSortSchema(schema)));
    const receipt = JSON.parse(
      Buffer.from(String(answer.headers['shuqiao-receipt']), 'base64url').toString(),
    );
    const { payload: pem } = await hub.app.fastify.inject({ url: '/receipt-key.pem' });
    expect(verifyReceipt(receipt, createPublicKey(pem))).toBe(true);
  });

  it('is on record: who looked, for what purpose, under which policy', async () => {
    await get();
    const { body } = await hub.ask({
      client: 'audit-office',
      query: `{ accessRecords(first: 1, where: { client: "hotline-12345" }) { nodes {
        kind purpose operationName status decisions { coordinate effect rule } reads { source } subjects } } }`,
    });
    expect(body.data.accessRecords.nodes).toEqual([
      {
        kind: 'ACCESS',
        purpose: 'hotline-service',
        operationName: 'schema.graphql',
        status: 200,
        decisions: [{ coordinate: 'Query.__schema', effect: 'PERMIT', rule: 'hub:own-access' }],
        reads: [],
        subjects: [],
      },
    ]);
  });

  it('is not sent again while it is the same, and that is on record too', async () => {
    const { headers } = await get();
    const again = await get({ 'if-none-match': `"other", W/${headers['etag']}` });
    expect([again.statusCode, again.payload]).toEqual([304, '']);
    expect(again.headers['shuqiao-receipt']).toEqual(expect.any(String));
    expect((await get({ 'if-none-match': '"other"' })).statusCode).toBe(200);
  });

  it('changes with the agreement', async () => {
    const before = await get();
    await hub.app.administration.importAgreements(
      [{ name: 'test.json', text: JSON.stringify([suspended('AGR-2026-0012')]) }],
      'test',
    );
    const after = await get({ 'if-none-match': String(before.headers['etag']) });
    expect(after.statusCode).toBe(200);
    expect(after.payload).not.toContain('type Police');
    const query = '{ explainField(field: "PoliceRecord.name") { effect remedies { code agreement } } }';
    const { body } = await hub.ask({ client: 'hotline-12345', query });
    expect(body.data.explainField).toEqual({
      effect: 'DENY',
      remedies: [{ code: 'AGREEMENT_SUSPENDED', agreement: 'AGR-2026-0012' }],
    });
  });

  it.each([
    ['without a token', { authorization: '' }, 'GET', 401, 'UNAUTHENTICATED'],
    ['without a purpose', { 'shuqiao-purpose': '' }, 'GET', 400, 'PURPOSE_REQUIRED'],
    [
      'for a purpose that the token lacks',
      { 'shuqiao-purpose': 'audit-review' },
      'GET',
      403,
      'PURPOSE_NOT_ALLOWED',
    ],
    ['by another method', { 'content-type': 'application/json' }, 'POST', 405, 'METHOD_NOT_ALLOWED'],
  ] as const)(
    'is refused %s, on record, in the terms of every refusal',
    async (_what, headers, method, status, code) => {
      const answer = await get(headers, method);
      expect(answer.statusCode).toBe(status);
      const body = JSON.parse(answer.payload);
      expect(body.errors[0].extensions.code).toBe(code);
      expect(body.extensions.receipt).toBeDefined();
      expect(answer.headers['cache-control']).toBe('no-store');
      if (status === 405) expect(answer.headers['allow']).toBe('GET');
    },
  );

  it('is explained for the first query without a department: none is connected here', async () => {
    const { query, variables } = firstQuery(hub.facts.fixed.everywhere.value);
    const { body, text } = await hub.ask({
      query: `query($q: String!, $v: JSON) { explainAccess(operation: $q, variables: $v) {
        fields { coordinate effect } departments { title reads } yesNo { explanation } } }`,
      variables: { q: query, v: variables },
    });
    expect(body.errors).toBeUndefined();
    expect(body.data.explainAccess.departments).toHaveLength(4);
    expect(body.data.explainAccess.yesNo.explanation).toMatch(
      /项可以只要是\/否答案。 \d+ of your \d+ fields could be a yes\/no\.$/,
    );
    expect(text).not.toContain(hub.facts.fixed.everywhere.value);
  });
});

function suspended(id: string): object {
  const documents = readFolder('examples/agreements').map(({ text }) => JSON.parse(text));
  const agreement = documents.find((document) => document.id === id);
  return { ...agreement, status: 'SUSPENDED' };
}
