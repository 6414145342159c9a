import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashDocument } from '../../src/policies/operation-catalogue.ts';
import { readAgreementFiles } from '../../src/registry/agreements-command.ts';
import { type Answer, startHub, type TestHub } from './hub.ts';

let hub: TestHub;
beforeAll(async () => {
  hub = await startHub({ residents: 60 });
});
afterAll(() => hub.close());

async function documentOf(code: string): Promise<string> {
  const [file] = await readAgreementFiles('examples/agreements/operations.json');
  const operations: { code: string; document: string }[] = JSON.parse(file?.text ?? '');
  return operations.find((operation) => operation.code === code)?.document ?? '';
}

const identifier = () => ({ value: hub.facts.fixed.everywhere.value });

/** What differs from one request to the next by itself. */
function comparable({ status, body }: Answer): unknown {
  const plain = JSON.parse(
    JSON.stringify({ status, data: body.data, errors: body.errors, masked: body.extensions.masked }),
    (key, value) => (key === 'readAt' || key === 'requestId' ? undefined : value),
  );
  const sources = body.extensions.sources?.map(({ readAt: _, ...source }: Record<string, unknown>) => source);
  return { ...plain, sources };
}

async function recordOf(answer: Answer): Promise<unknown> {
  const query = `{ accessRecords(first: 5) { nodes { index client purpose operationHash operationName subjects status
    decisions { coordinate effect rule } reads { source entity role columns keys rows outcome } errors { code count } } } }`;
  const { body } = await hub.ask({ client: 'audit-office', query });
  const { index } = answer.body.extensions.receipt;
  const record = body.data.accessRecords.nodes.find((node: { index: string }) => node.index === index);
  expect(record).toBeDefined();
  return { ...record, index: undefined };
}

describe('a registered operation', () => {
  const client = 'one-stop-hall';

  it('gives the same answer, decisions and record by its text, by its hash and as a REST service', async () => {
    const query = await documentOf('resident-basic');
    const variables = { identifiers: [identifier()] };
    const byText = await hub.ask({ client, query, variables });
    const documentId = `sha256:${hashDocument(query)}`;
    const byHash = await hub.ask({ client, payload: { documentId, variables } });
    const asService = await hub.ask({ client, url: '/services/resident-basic', payload: variables });

    expect(byText.status).toBe(200);
    expect(byText.body.data.residents[0]).toMatchObject({
      name: expect.any(String),
      sex: expect.any(String),
    });
    expect(byText.body.extensions.masked).toContain('Resident.citizenId');
    expect(comparable(byHash)).toEqual(comparable(byText));
    expect(comparable(asService)).toEqual(comparable(byText));
    const record = await recordOf(byText);
    expect(await recordOf(byHash)).toEqual(record);
    expect(await recordOf(asService)).toEqual(record);
    // By which an auditor finds the text of what is on record.
    const listed = await hub.app.administration.listOperations();
    const { shape } = listed.find(({ code }) => code === 'resident-basic') ?? {};
    expect(record).toMatchObject({ operationHash: shape });
  });

  it('of another client answers like one that was never registered, by code and by hash', async () => {
    const documentId = `sha256:${hashDocument(await documentOf('mediation-history'))}`;
    const others = [
      await hub.ask({ client, url: '/services/mediation-history', payload: { identifier: identifier() } }),
      await hub.ask({ client, payload: { documentId } }),
    ];
    const unknown = [
      await hub.ask({ client, url: '/services/no-such-thing', payload: { identifier: identifier() } }),
      await hub.ask({ client, payload: { documentId: `sha256:${'0'.repeat(64)}` } }),
    ];
    for (const answer of [...others, ...unknown]) {
      expect(answer.status).toBe(404);
      expect(answer.body.errors[0].extensions.code).toBe('OPERATION_NOT_REGISTERED');
      expect(answer.body.extensions.receipt).toBeDefined();
    }
    expect(others.map(comparable)).toEqual(unknown.map(comparable));
  });

  it.each<[what: string, payload: unknown, code: string]>([
    ['a misspelt member', { identifer: {} }, 'VARIABLE_INVALID'],
    ['a member of the wrong type', { identifiers: 7 }, 'VARIABLE_INVALID'],
    ['nothing of what it needs', {}, 'VARIABLE_INVALID'],
    ['a list', [], 'BAD_REQUEST'],
    ['__proto__ as a member', JSON.parse('{"__proto__":{"identifiers":[]}}'), 'BAD_REQUEST'],
  ])('called with %s is refused in words, with a record', async (_, payload, code) => {
    const { status, body } = await hub.ask({ client, url: '/services/resident-basic', payload });
    expect(status).toBe(400);
    expect(body.errors[0].extensions.code).toBe(code);
    expect(body.extensions.receipt).toBeDefined();
  });

  it.each([
    ['both query and documentId', { query: '{ __typename }', documentId: `sha256:${'0'.repeat(64)}` }],
    ['a documentId of another form', { documentId: 'md5:00' }],
  ])('is not found by %s', async (_, payload) => {
    const { status, body } = await hub.ask({ client, payload });
    expect(status).toBe(400);
    expect(body.errors[0].extensions.code).toBe('BAD_REQUEST');
  });

  it.each(['GET', 'PUT', 'PATCH', 'DELETE'] as const)(
    'is called with POST alone, not with %s',
    async (method) => {
      const response = await hub.app.fastify.inject({ method, url: '/services/resident-basic' });
      expect(response.statusCode).toBe(405);
      expect(response.headers['allow']).toBe('POST');
    },
  );

  it.each([
    ['another media type', { 'content-type': 'text/plain' }, 415],
    ['a purpose that the token lacks', { 'shuqiao-purpose': 'audit-review' }, 403],
    ['no token', { authorization: '' }, 401],
  ])('is refused with %s as the same operation on /graphql is', async (_, headers, expected) => {
    const variables = { identifiers: [identifier()] };
    const query = await documentOf('resident-basic');
    const asService = await hub.ask({ client, url: '/services/resident-basic', payload: variables, headers });
    const asQuery = await hub.ask({ client, payload: { query, variables }, headers });
    expect(asService.status).toBe(expected);
    expect(comparable(asService)).toEqual(comparable(asQuery));
  });

  it.each([
    '..%2Fgraphql',
    '__proto__',
    'constructor',
    'RESIDENT-BASIC',
    'resident-basic%00',
    '%E4%B8%AD',
    'x'.repeat(5_000),
  ])('is not found under the code %s', async (code) => {
    const { status, body } = await hub.ask({ client, url: `/services/${code}`, payload: {} });
    expect([400, 404, 414]).toContain(status);
    expect(body.data).toBeUndefined();
  });
});

describe('a client that may send registered operations alone', () => {
  const client = 'service-kiosk';

  it('is answered to a registered text, and refused any other before a department is asked', async () => {
    const query = await documentOf('insurance-status');
    const variables = { identifier: identifier() };
    const registered = await hub.ask({ client, query, variables });
    expect(registered.body.data.resident.socialSecurity).toMatchObject({ status: expect.any(String) });

    const changed = await hub.ask({ client, query: `${query} `, variables });
    expect(changed.status).toBe(404);
    expect(changed.body.errors[0].extensions.code).toBe('OPERATION_NOT_REGISTERED');
    expect(await recordOf(changed)).toMatchObject({ reads: [], decisions: [] });
  });

  it.each([
    '{ __schema { types { name } } }',
    '{ __type(name: "Resident") { fields { name } } }',
    '{ _service { sdl } }',
    '{ __typename }',
    '{ explainField(field: "PoliceRecord.name") { effect } }',
    '{ explainAccess(operation: "{ __typename }") { operationHash } }',
  ])('cannot learn of the graph by %s', async (query) => {
    const { body } = await hub.ask({ client, query });
    expect(body.data).toBeUndefined();
    expect(body.errors[0].extensions.code).toBe('OPERATION_NOT_REGISTERED');
  });

  it('nor by the schema document, on record', async () => {
    const caller = {
      authorization: `Bearer ${await hub.token({ client })}`,
      'shuqiao-purpose': 'one-stop-service',
    };
    const refused = await hub.app.fastify.inject({ url: '/schema.graphql', headers: caller });
    expect(refused.statusCode).toBe(404);
    expect(refused.json().errors[0].extensions.code).toBe('OPERATION_NOT_REGISTERED');
    expect(refused.json().extensions.receipt).toBeDefined();
    expect((await hub.app.fastify.inject({ url: '/openapi.json', headers: caller })).statusCode).toBe(200);
  });
});

describe('the OpenAPI document of the services', () => {
  const fetchDocument = async (client: string, headers = {}) => {
    const token = await hub.token({ client });
    const caller = { authorization: `Bearer ${token}`, 'shuqiao-purpose': 'one-stop-service' };
    return hub.app.fastify.inject({ url: '/openapi.json', headers: { ...caller, ...headers } });
  };

  it('names the operations of the calling client alone, and is asked for again by its ETag', async () => {
    const response = await fetchDocument('service-kiosk');
    expect(response.statusCode).toBe(200);
    expect(Object.keys(response.json().paths)).toEqual([
      '/services/insurance-status',
      '/services/resident-basic',
    ]);
    expect(response.headers['shuqiao-receipt']).toBeDefined();
    const { etag } = response.headers;
    expect((await fetchDocument('service-kiosk', { 'if-none-match': etag })).statusCode).toBe(304);
    expect((await hub.app.fastify.inject({ url: '/openapi.json' })).statusCode).toBe(401);
  });

  it('describes what the service really answers', async () => {
    const document = (await fetchDocument('service-kiosk')).json();
    const { post } = document.paths['/services/insurance-status'];
    const { schema } = post.responses[200].content['application/json'];
    const validate = new Ajv2020({ strict: false, validateFormats: false }).compile({
      ...schema,
      components: document.components,
    });
    const { body } = await hub.ask({
      client: 'service-kiosk',
      url: '/services/insurance-status',
      payload: { identifier: identifier() },
    });
    expect(body.data.resident.socialSecurity.status).toEqual(expect.any(String));
    expect([validate(body), validate.errors]).toEqual([true, null]);
    body.data.resident.socialSecurity.status = 'HORSE';
    expect(validate(body)).toBe(false);
  });
});
