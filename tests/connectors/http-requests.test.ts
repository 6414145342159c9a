import { describe, expect, test } from 'vitest';
import type { Connection, HttpTarget, ReadRequest } from '../../src/connectors/connector.ts';
import { expectFailure, never } from '../contract/connector.ts';
import { httpRead as request, useChosenAnswers } from './support/chosen-answers.ts';
import { type AskedRequest, sendJson } from './support/http-server.ts';
import type { ReadParts } from './support/read-parts.ts';

/** What a department's HTTP interface is asked, and what it is never asked. */
describe('http requests', () => {
  const { server, connect } = useChosenAnswers();

  const asking = async (
    more: Partial<ReadParts>,
    changes: Partial<HttpTarget>,
    connection: Partial<Connection> = {},
  ): Promise<readonly AskedRequest[]> => {
    server().takeRequests();
    await connect({}, connection).read(request(more, changes), never);
    return server().takeRequests();
  };

  test('that carry values as JSON and never as text', async () => {
    const keys = [['"],"admin":true,"x":["', '$columns']];
    const [asked] = await asking(
      { keys },
      { body: { ids: '$keys', note: 'for $keys', fields: '$columns', n: 1, __proto__: null } },
    );
    expect(JSON.parse(asked?.body ?? '')).toEqual({
      ids: keys.flat(),
      note: 'for $keys',
      fields: ['name', 'id'],
      n: 1,
    });
    expect(asked?.headers).toMatchObject({ 'content-type': 'application/json', 'x-request-id': 'req-7' });
  });

  test('that name composite keys by column', async () => {
    const keyColumns = [
      { column: 'type', forms: [] },
      { column: 'id', forms: [] },
    ];
    const [asked] = await asking(
      { keyColumns, keys: [['111'], ['a']] },
      { body: { persons: '$keys', person: '$key' } },
    );
    const person = { type: '111', id: 'a' };
    expect(JSON.parse(asked?.body ?? '')).toEqual({ persons: [person], person });
  });

  test('by GET: the key in the path, lists and filters in the query, all percent-encoded', async () => {
    const filters = [
      { column: 'kind', op: 'in', param: 'kind[]' },
      { column: 'region', op: 'prefix', param: 'region' },
    ] as const;
    const where = {
      op: 'and',
      filters: [
        { op: 'in', column: 'kind', values: ['a&b', 'c'] },
        { op: 'prefix', column: 'region', value: '32' },
      ],
    } as const;
    const [asked] = await asking(
      { keys: [['E 1?#&%']], where, columns: ['name', 'parties[].name'] },
      {
        method: 'GET',
        path: '/people/{key}/records',
        query: [
          { name: 'fields', value: '$columns' },
          { name: 'v', value: '1' },
          { name: 'c', value: '$cursor' },
        ],
        batch: 1,
        filters,
      },
    );
    expect(asked?.path).toBe('/api/people/E%201%3F%23%26%25/records');
    expect([...(asked?.query ?? [])]).toEqual([
      ['fields', 'name,parties.name,id,kind,region'],
      ['v', '1'],
      ['region', '32'],
      ['kind[]', 'a&b'],
      ['kind[]', 'c'],
    ]);
  });

  test('never for a key that would be another path', async () => {
    const keys = [['..', '.', '../admin', 'a/b', 'a\\b', '']];
    const result = await connect().read(
      request({ keys }, { method: 'GET', path: '/people/{key}', batch: 1 }),
      never,
    );
    expect(result).toMatchObject({ rows: [], reads: 0, findings: { unaskableKey: 6 } });
    expect(server().takeRequests()).toEqual([]);
  });

  test.each([
    '//evil.test/x',
    'http://evil.test/',
    '/a/../b',
    '/a/%2e%2e/b',
    '/a?b',
    '/a#b',
    '/a\\b',
    '/a b',
    'a',
    '/a//b',
  ])('never to the path %s', async (path) => {
    await expectFailure(connect().read(request({}, { path }), never), 'SOURCE_FAULT');
    expect(server().takeRequests()).toEqual([]);
  });

  test('never without a filter that was to be applied', async () => {
    const filters = [{ column: 'kind', op: 'eq', param: 'kind' }] as const;
    const eq = (column: string, value: string) => ({ op: 'eq', column, value }) as const;
    const refused: readonly ReadRequest['where'][] = [
      eq('sealed', 'N'),
      { op: 'range', column: 'kind', gte: 'a' },
      { op: 'prefix', column: 'kind', value: 'a' },
      { op: 'in', column: 'kind', values: ['a', 'b'] },
      { op: 'or', filters: [eq('kind', 'a'), eq('sealed', 'N')] },
      { op: 'or', filters: [eq('kind', 'a'), { op: 'and', filters: [] }] },
    ];
    for (const where of refused) {
      await expectFailure(
        connect().read(request({ ...(where ? { where } : {}) }, { filters }), never),
        'SOURCE_FAULT',
      );
    }
    expect(server().takeRequests()).toEqual([]);
  });

  test('with every condition on one column at once, and none where they exclude each other', async () => {
    const filters = [{ column: 'kind', op: 'in', param: 'query.kinds' }] as const;
    const both = (a: readonly string[], b: string) => {
      const where = {
        op: 'and',
        filters: [
          { op: 'in', column: 'kind', values: a },
          { op: 'or', filters: [{ op: 'eq', column: 'kind', value: b }] },
        ],
      } as const;
      return asking({ where }, { filters });
    };
    expect(JSON.parse((await both(['x', 'y'], 'y'))[0]?.body ?? '')).toEqual({
      ids: ['a', 'b'],
      query: { kinds: ['y'] },
    });
    expect(await both(['x', 'y'], 'z')).toEqual([]);
  });

  test('to single endpoints, where a declared status means nobody', async () => {
    server().answerWith((asked, response) =>
      asked.path.endsWith('/a')
        ? sendJson(response, { code: 0, data: { id: 'a', name: '张三' } })
        : sendJson(response, {}, 404),
    );
    const changes = { method: 'GET', path: '/people/{key}', batch: 1, emptyStatuses: [404] } as const;
    const result = await connect().read(request({}, changes), never);
    expect(result).toMatchObject({ rows: [{ key: 0, values: ['张三'] }], reads: 2 });
    await expectFailure(
      connect().read(request({}, { ...changes, emptyStatuses: [] }), never),
      'SOURCE_FAULT',
    );
  });

  test('with the headers of the connection', async () => {
    const [asked] = await asking({}, {}, { headers: { 'X-App-Key': 'hunter2', Accept: 'text/html' } });
    expect(asked?.headers).toMatchObject({ 'x-app-key': 'hunter2', accept: 'application/json' });
  });
});
