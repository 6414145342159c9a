import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Department } from '../../examples/departments/department.ts';
import { startJusticeDepartment } from '../../examples/departments/justice.ts';
import { createPopulation } from '../../examples/population/population.ts';
import { readsOfSource } from './contract-reads.ts';
import { type HttpResult, post } from './http.ts';

const residents = 400;
const { facts } = createPopulation({ residents });
const { everywhere, sealedMinor, lowerX, passportOnly, hongKong, permanentResident, floating } = facts.fixed;
const entities =
  'query ($keys: [_Any!]!) { _entities(representations: $keys) { ... on Person { idType idNumber fullName } } }';

let department: Department;

beforeAll(async () => {
  department = await startJusticeDepartment({ residents });
});

afterEach(async () => {
  await department.recover();
  department.resetReads();
});

afterAll(() => department.close());

describe('the justice department', () => {
  it('answers every path of its contract file', async () => {
    for (const { connect, columns } of await readsOfSource('justice-cases')) {
      if (connect.target.kind !== 'graphql') throw new TypeError('justice is asked in GraphQL');
      const { entities: type, query } = connect.target;
      const selection = columns.map(nestedSelection).join(' ');
      const document = type
        ? `{ _entities(representations: [${literal('111', everywhere.value)}]) { ... on ${type} { ${selection} } } }`
        : `{ ${query?.field}(${query?.argument}: ["${everywhere.value}"]) { ${selection} } }`;
      const { status, json } = await ask(document);
      expect([status, json.errors]).toEqual([200, undefined]);
      expect(json.data[type ? '_entities' : (query?.field ?? '')]).toHaveLength(1);
      expect(department.reads().at(-1)?.columns.toSorted()).toEqual(columns.toSorted());
    }
  });

  it('finds people by any document, each in its place', async () => {
    const keys = [
      representation('414', passportOnly.value),
      representation('111', facts.nobody.value),
      representation('516', hongKong.value),
      representation('553', permanentResident.value),
      representation('111', passportOnly.value),
      representation('111', lowerX.value.toLowerCase()),
      { __typename: 'Other', idType: '111', idNumber: everywhere.value },
    ];
    const { json } = await ask(entities, { keys });
    expect(
      json.data._entities.map((person: { fullName: string } | null) => person?.fullName ?? null),
    ).toEqual(['ANNA SAMPLE', null, '何嘉敏', 'DAVID EXAMPLE', null, '周立群', null]);
  });

  it('keeps sealed corrections from those who ask for open ones', async () => {
    const document =
      'query ($ids: [String!]!, $sealed: [String!]!) { corrections(idNumbers: $ids, sealed: $sealed) { idNumber sealed } }';
    const ids = [everywhere.value, sealedMinor.value];
    const open = await ask(document, { ids, sealed: ['N'] });
    expect(open.json.data.corrections).toEqual([{ idNumber: everywhere.value, sealed: 'N' }]);
    const all = await ask(document, { ids, sealed: ['N', 'Y'] });
    expect(all.json.data.corrections).toHaveLength(2);
  });

  it('lists mediations with their parties, under each party, and by number', async () => {
    const document =
      'query ($ids: [String!]!, $caseNo: String!) { mediations(idNumbers: $ids, caseNo: $caseNo) { idNumber parties { name role } } }';
    const ids = [everywhere.value, floating.value];
    const { json } = await ask(document, { ids, caseNo: '（2025）杭北山民调字第0001号' });
    const parties = [
      { name: '沈国强', role: '申请人' },
      { name: '李志远', role: '被申请人' },
    ];
    expect(json.data.mediations).toEqual(ids.map((idNumber) => ({ idNumber, parties })));
    expect((await ask(document, { ids, caseNo: 'none' })).json.data.mediations).toEqual([]);
  });

  it('describes itself to a federation gateway', async () => {
    const { json } = await ask('{ _service { sdl } }');
    expect(json.data._service.sdl).toContain('type Person @key(fields: "idType idNumber")');
    expect(department.reads()).toEqual([]);
  });

  it('says what it was asked, through fragments and aliases', async () => {
    const document = `query ($ids: [String!]!) { cases: mediations(idNumbers: $ids) { ...Case ... on Mediation { parties { someone: name } } } }
      fragment Case on Mediation { idNumber number: caseNo __typename }`;
    await ask(document, { ids: ['a', 'b'] }, { 'x-request-id': 'r-2' });
    expect(department.reads()).toMatchObject([
      { what: 'mediations', columns: ['idNumber', 'caseNo', 'parties[].name'], keys: 2, requestId: 'r-2' },
    ]);
  });

  it('wants its bearer token, a valid document and at most two hundred keys', async () => {
    const { baseUrl } = connection();
    expect((await post(baseUrl, { query: '{ _service { sdl } }' })).status).toBe(401);
    expect(
      (await post(baseUrl, { query: '{ _service { sdl } }' }, { authorization: 'Bearer x' })).status,
    ).toBe(401);
    expect((await ask('{ nothing }')).status).toBe(400);
    expect((await ask('{')).status).toBe(400);
    const keys = Array.from({ length: 201 }, () => representation('111', everywhere.value));
    expect((await ask(entities, { keys })).json).toMatchObject({ data: null, errors: [{}] });
    expect(department.reads()).toEqual([]);
  });

  it('mixes in somebody else, and answers nonsense, when told to', async () => {
    const keys = [representation('111', everywhere.value)];
    await department.inject({ kind: 'foreign-row' });
    const { json } = await ask(entities, { keys });
    expect(json.data._entities).toHaveLength(2);
    expect(json.data._entities[0].idNumber).not.toBe(everywhere.value);
    await department.inject({ kind: 'wrong-types' });
    expect((await ask(entities, { keys })).json.data._entities).toEqual([
      { idType: '111', idNumber: everywhere.value, fullName: { unexpected: true } },
    ]);
    await department.inject({ kind: 'wrong-shape' });
    expect((await ask(entities, { keys })).json.data._entities).toBe('unexpected');
  });
});

function ask(
  query: string,
  variables: unknown = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<HttpResult> {
  const { baseUrl, headers: own } = connection();
  return post(baseUrl, { query, variables }, { ...own, ...headers });
}

function connection() {
  const { connection } = department;
  if (connection.kind !== 'graphql') throw new TypeError('justice is reached by GraphQL');
  return connection;
}

function representation(idType: string, idNumber: string) {
  return { __typename: 'Person', idType, idNumber };
}

function literal(idType: string, idNumber: string): string {
  return `{ __typename: "Person", idType: "${idType}", idNumber: "${idNumber}" }`;
}

/** `office.name` → `office { name }`; `parties[].name` → `parties { name }`. */
function nestedSelection(path: string): string {
  const [name = '', ...below] = path.replaceAll('[]', '').split('.');
  return below.length > 0 ? `${name} { ${nestedSelection(below.join('.'))} }` : name;
}
