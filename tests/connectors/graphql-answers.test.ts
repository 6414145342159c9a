import { parse, print } from 'graphql';
import { describe, expect, test } from 'vitest';
import type { GraphqlTarget, ReadRequest } from '../../src/connectors/connector.ts';
import { expectFailure, never, sortByKey } from '../contract/connector.ts';
import { httpRead, useChosenAnswers } from './support/chosen-answers.ts';
import { type Respond, sendJson } from './support/http-server.ts';
import type { ReadParts } from './support/read-parts.ts';

/** What a department's GraphQL interface is asked, and what it may say. The server is real; only its words are chosen. */
describe('graphql', () => {
  const { server, connect } = useChosenAnswers('graphql');
  const entities: GraphqlTarget = { kind: 'graphql', entities: 'Person', batch: 100, filters: [] };
  const query: GraphqlTarget = {
    kind: 'graphql',
    query: { field: 'cases', argument: 'idNumbers' },
    batch: 100,
    filters: [
      { column: 'sealed', op: 'in', param: 'sealed' },
      { column: 'caseNo', op: 'eq', param: 'caseNo' },
    ],
  };
  const request = (target: GraphqlTarget, more: Partial<ReadParts> = {}): ReadRequest =>
    httpRead({ target, ...more });
  const asking = async (asked: ReadRequest) => {
    server().answerWith(() => ({ data: { rows: [] } }));
    await connect().read(asked, never);
    const [{ body, headers, path } = { body: '{}', headers: {}, path: '' }] = server().takeRequests();
    const { query: document, variables } = JSON.parse(body);
    return { document: print(parse(document)), variables, headers, path };
  };

  test('entities are asked by representations, with the permitted paths as selection set', async () => {
    const keyColumns = [
      { column: 'idType', forms: [] },
      { column: 'id.number', forms: [] },
    ];
    const columns = [
      'fullName',
      'legalAid.count',
      'legalAid.last.date',
      'parties[].name',
      'parties[].roles[].code',
    ];
    const { document, variables, headers, path } = await asking(
      request(entities, { keyColumns, keys: [['111'], ['a']], columns }),
    );
    expect(document).toBe(
      print(
        parse(`query ($keys: [_Any!]!) { rows: _entities(representations: $keys) { ... on Person {
          fullName legalAid { count last { date } } parties { name roles { code } } idType id { number } } } }`),
      ),
    );
    expect(variables).toEqual({ keys: [{ __typename: 'Person', idType: '111', id: { number: 'a' } }] });
    expect(headers).toMatchObject({ 'x-request-id': 'req-7', 'content-type': 'application/json' });
    expect(path).toBe('/api');
  });

  test('list fields are asked by variables, filters included: no value is ever part of the document', async () => {
    const where = {
      op: 'and',
      filters: [
        { op: 'in', column: 'sealed', values: ['N', 'U'] },
        { op: 'eq', column: 'caseNo', value: '") { id } }' },
      ],
    } as const;
    const { document, variables } = await asking(request(query, { where, columns: ['caseNo'] }));
    expect(document).toBe(
      print(
        parse(`query ($keys: [String!]!, $f0: [String!]!, $f1: String!) {
          rows: cases(idNumbers: $keys, sealed: $f0, caseNo: $f1) { caseNo id sealed } }`),
      ),
    );
    expect(variables).toEqual({ keys: ['a', 'b'], f0: ['N', 'U'], f1: '") { id } }' });
  });

  test.each<readonly [string, ReadRequest]>([
    ['a path that is no field', request(entities, { columns: ['a } b'] })],
    ['a field of introspection', request(entities, { columns: ['__schema.types'] })],
    ['a field as value and as object', request(entities, { columns: ['address', 'address.street'] })],
    ['a type that is none', request({ ...entities, entities: 'Person { id } ... on X' })],
    ['neither entities nor a field', request({ kind: 'graphql', batch: 1, filters: [] })],
    [
      'a key of two columns for one argument',
      request(query, {
        keyColumns: [
          { column: 'a', forms: [] },
          { column: 'b', forms: [] },
        ],
        keys: [['1'], ['2']],
      }),
    ],
    ['a filter that was not declared', request(query, { where: { op: 'eq', column: 'kind', value: 'x' } })],
    [
      'a filter on entities',
      request({ ...entities, filters: query.filters }, { where: { op: 'eq', column: 'caseNo', value: 'x' } }),
    ],
    ['a table', request(entities, { target: { kind: 'sql', table: 't' } })],
  ])('%s is refused, and nothing is asked', async (_, refused) => {
    await expectFailure(connect().read(refused, never), 'SOURCE_FAULT');
    expect(server().takeRequests()).toEqual([]);
  });

  test.each<readonly [string, Respond]>([
    [
      'errors beside data',
      () => ({ data: { rows: [{ id: 'a', name: '张三' }] }, errors: [{ message: '110101199001011234' }] }),
    ],
    ['errors instead of data', () => ({ errors: [{ message: 'no' }] })],
    ['errors that are no list', () => ({ data: { rows: [] }, errors: {} })],
    ['data that is null', () => ({ data: null })],
    ['no data', () => ({})],
    ['no rows', () => ({ data: { other: [] } })],
    ['rows that are text', () => ({ data: { rows: 'none' } })],
    ['a refusal of the document', (_, response) => sendJson(response, { errors: [] }, 400)],
  ])('%s is a fault', async (_, respond) => {
    server().answerWith(respond);
    await expectFailure(connect().read(request(entities), never), 'SOURCE_FAULT');
  });

  test('rows are joined by the key that they say, not by their place', async () => {
    const said = [null, { id: 'b', name: '李四' }, { id: 'c', name: '王五' }, { id: 'a', name: '张三' }];
    server().answerWith(() => ({ data: { rows: said }, errors: [] }));
    const { rows, findings, reads } = await connect().read(request(entities), never);
    expect(sortByKey(rows)).toEqual([
      { key: 0, values: ['张三'] },
      { key: 1, values: ['李四'] },
    ]);
    expect(findings).toEqual({ foreignRow: 1 });
    expect(reads).toBe(1);
  });
});
