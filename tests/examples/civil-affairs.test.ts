import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  type CivilAffairsDepartment,
  startCivilAffairsDepartment,
} from '../../examples/departments/civil-affairs.ts';
import { createPopulation } from '../../examples/population/population.ts';
import type { Connection } from '../../src/connectors/connector.ts';
import { readsOfSource } from './contract-reads.ts';
import { type HttpResult, post } from './http.ts';

const residents = 400;
const { facts, civilAffairs, places } = createPopulation({ residents });
const [building] = places.buildings;
const { everywhere, spouse, lowerX, child, divorcedMother, minorityName } = facts.fixed;
const persons = '/api/v1/persons/batch';
const marriages = '/api/v1/marriages/batch';

let department: CivilAffairsDepartment;
let connection: Extract<Connection, { kind: 'http' | 'graphql' }>;

beforeAll(async () => {
  department = await startCivilAffairsDepartment({ residents });
  if (department.connection.kind !== 'http') throw new TypeError('civil affairs is reached by HTTP');
  connection = department.connection;
});

afterEach(async () => {
  await department.recover();
  department.resetReads();
});

afterAll(() => department.close());

describe('the civil affairs department', () => {
  it('answers every path of its contract file', async () => {
    for (const { connect, columns } of await readsOfSource('civil-affairs-registry')) {
      if (connect.target.kind !== 'http') throw new TypeError('civil affairs is asked by HTTP');
      const { status, json } = await ask(connect.target.path, {
        idCards: [everywhere.value],
        keys: connect.key.map(({ column }) => (column === 'gridCode' ? building?.gridCode : building?.code)),
        fields: columns,
      });
      expect(status).toBe(200);
      expect(String(json.code)).toBe('0');
      expect(pathsOf(json.data.list[0]).toSorted()).toEqual(columns.toSorted());
    }
  });

  it('gives the fields that were asked, and nothing else', async () => {
    const { json } = await ask(persons, {
      idCards: [everywhere.value, divorcedMother.value, child.value],
      fields: ['idCard', 'marital.code', 'assistance.amount'],
    });
    expect(json).toEqual({
      code: 0,
      msg: 'success',
      data: {
        list: [
          { idCard: everywhere.value, marital: { code: expect.any(String) }, assistance: { amount: 0 } },
          { idCard: divorcedMother.value, marital: { code: '20' }, assistance: { amount: 95_600 } },
        ],
      },
    });
  });

  it('finds keys only as it stores them', async () => {
    const canonical = await ask(persons, { idCards: [lowerX.value], fields: ['realName'] });
    expect(canonical.json.data.list).toEqual([]);
    const stored = await ask(persons, {
      idCards: [lowerX.value.toLowerCase()],
      fields: ['idCard', 'realName'],
    });
    expect(stored.json.data.list).toEqual([{ idCard: lowerX.value.toLowerCase(), realName: '周立群' }]);
    const { json } = await ask(persons, { idCards: [minorityName.value], fields: ['realName'] });
    expect(json.data.list).toEqual([{ realName: '阿卜杜热合曼．买买提' }]);
  });

  it('lists marriages of both, divorces included', async () => {
    const fields = ['idCard', 'bizType', 'regDate', 'certNo', 'spouse.name', 'spouse.idCard'];
    const { json } = await ask(marriages, { idCards: [spouse.value, divorcedMother.value], fields });
    expect(
      json.data.list.map(({ bizType, regDate }: { bizType: string; regDate: string }) => [bizType, regDate]),
    ).toEqual([
      ['IA', '2009-10-18'],
      ['IA', '2008-08-08'],
      ['IB', '2018-06-04'],
    ]);
    expect(json.data.list[0].spouse).toEqual({ name: '沈国强', idCard: everywhere.value });
  });

  it('answers five hundred persons in one request, and refuses more', async () => {
    const idCards = civilAffairs.persons.map(({ idCard }) => idCard);
    const { json } = await ask(persons, { idCards, fields: ['idCard'] });
    expect(json.data.list).toHaveLength(idCards.length);
    const tooMany = Array.from({ length: 501 }, () => everywhere.value);
    expect((await ask(persons, { idCards: tooMany, fields: ['idCard'] })).json).toMatchObject({
      code: 4003,
      data: null,
    });
  });

  it.each([
    ['no keys', { idCards: [], fields: ['idCard'] }, 4001],
    ['keys that are no texts', { idCards: [1], fields: ['idCard'] }, 4001],
    ['no fields', { idCards: ['x'] }, 4001],
    ['a field that it does not have', { idCards: ['x'], fields: ['idCard', 'phone'] }, 4002],
    ['a field by the name of a prototype', { idCards: ['x'], fields: ['__proto__.polluted'] }, 4002],
    ['no JSON', 'nonsense', 4001],
  ])('complains of %s with status 200 and a code', async (_what, body, code) => {
    const { status, json } = await ask(persons, body);
    expect(status).toBe(200);
    expect(json.code).toBe(code);
    expect(department.reads()).toEqual([]);
  });

  it('wants a token that it issued and that has not expired', async () => {
    const body = { idCards: [everywhere.value], fields: ['idCard'] };
    const url = `${connection.baseUrl}${persons}`;
    expect((await post(url, body)).status).toBe(401);
    expect((await post(url, body, { authorization: 'Bearer guessed' })).status).toBe(401);
    const authorization = `Bearer ${await takeToken()}`;
    expect((await post(url, body, { authorization })).status).toBe(200);
    department.expireTokens();
    expect((await post(url, body, { authorization })).status).toBe(401);
    expect((await ask(persons, body)).status).toBe(200);
  });

  it('issues tokens for the credentials, in the header or in the form, and for nothing else', async () => {
    const { clientId, clientSecret } = requiredOauth2();
    const basic = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
    const grant = { grant_type: 'client_credentials' };
    expect((await askToken(grant, { authorization: basic })).json).toMatchObject({
      token_type: 'Bearer',
      expires_in: 300,
    });
    expect((await askToken({ ...grant, client_id: clientId, client_secret: 'wrong' })).status).toBe(401);
    expect((await askToken(grant)).status).toBe(401);
    expect(
      (await askToken({ grant_type: 'password', client_id: clientId, client_secret: clientSecret })).status,
    ).toBe(400);
  });

  it('says what it was asked, and by which request', async () => {
    await ask(persons, { idCards: ['a', 'b'], fields: ['idCard', 'realName'] }, { 'x-request-id': 'r-1' });
    expect(department.reads()).toEqual([
      {
        at: expect.stringMatching(/Z$/),
        what: persons,
        columns: ['idCard', 'realName'],
        keys: 2,
        asked: expect.stringContaining('realName'),
        requestId: 'r-1',
      },
    ]);
  });
});

describe('a broken HTTP department', () => {
  const body = {
    idCards: [everywhere.value, divorcedMother.value],
    fields: ['idCard', 'realName', 'updatedAt'],
  };

  it('answers with a page, half an answer, nothing, or an error', async () => {
    const right = await ask(persons, body);
    await department.inject({ kind: 'html' });
    expect(await ask(persons, body)).toMatchObject({
      status: 200,
      json: undefined,
      text: expect.stringContaining('<html>'),
    });
    await department.inject({ kind: 'half' });
    const half = await ask(persons, body);
    expect(half.json).toBeUndefined();
    expect(right.text.startsWith(half.text.slice(0, -1))).toBe(true);
    await department.inject({ kind: 'empty' });
    expect(await ask(persons, body)).toMatchObject({ status: 200, text: '' });
    await department.inject({ kind: 'status', status: 503 });
    expect((await ask(persons, body)).status).toBe(503);
    await department.inject({ kind: 'reset' });
    await expect(ask(persons, body)).rejects.toThrow();
    await department.recover();
    expect(await ask(persons, body)).toEqual(right);
  });

  it('adds somebody else, repeats, reverses, retypes and replaces rows', async () => {
    const listOf = async () => (await ask(persons, body)).json.data.list;
    const right = await listOf();
    await department.inject({ kind: 'foreign-row' });
    const [foreign, ...rest] = await listOf();
    expect(rest).toEqual(right);
    expect(body.idCards).not.toContain(foreign.idCard);
    await department.inject({ kind: 'duplicate-rows' });
    expect(await listOf()).toEqual([right[0], right[0], right[1], right[1]]);
    await department.inject({ kind: 'reversed-rows' });
    expect(await listOf()).toEqual(right.toReversed());
    await department.inject({ kind: 'wrong-types' });
    expect(await listOf()).toEqual(
      body.idCards.map((idCard) => ({ idCard, realName: { unexpected: true }, updatedAt: ['unexpected'] })),
    );
    await department.inject({ kind: 'wrong-shape' });
    expect(await listOf()).toBe('unexpected');
  });

  it('sends twenty megabytes, plain or packed into little', async () => {
    await department.inject({ kind: 'huge' });
    const huge = await ask(persons, body);
    expect(huge.text.length).toBeGreaterThan(20_000_000);
    expect(huge.json.data.list).toHaveLength(2);
    await department.inject({ kind: 'gzip-bomb' });
    const packed = await post(`${connection.baseUrl}${persons}`, body, {
      authorization: `Bearer ${await takeToken()}`,
    });
    expect(packed.text.length).toBeLessThan(100_000);
  });

  it('hangs until it recovers, refuses, and comes back on the same port', async () => {
    await department.inject({ kind: 'hang' });
    const hanging = expect(ask(persons, body)).rejects.toThrow();
    await vi.waitFor(() => expect(department.delayed()).toBe(1));
    await takeToken();
    await department.recover();
    await hanging;
    await department.inject({ kind: 'refuse' });
    await expect(takeToken()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await department.recover();
    expect((await ask(persons, body)).status).toBe(200);
  });

  it('can be broken from the start, and closed twice', async () => {
    const broken = await startCivilAffairsDepartment({ residents: 20, fault: { kind: 'refuse' } });
    if (broken.connection.kind !== 'http') throw new TypeError('civil affairs is reached by HTTP');
    await expect(post(broken.connection.baseUrl, {})).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await broken.close();
    await broken.close();
  });

  it('refuses a body of nine megabytes', async () => {
    await expect(ask(persons, { idCards: ['x'.repeat(9_000_000)] })).resolves.toMatchObject({ status: 413 });
  });
});

async function ask(
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<HttpResult> {
  const authorization = `Bearer ${await takeToken()}`;
  return post(`${connection.baseUrl}${path}`, body, { authorization, ...headers });
}

async function takeToken(): Promise<string> {
  const { clientId, clientSecret } = requiredOauth2();
  const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret };
  return (await askToken(form)).json.access_token;
}

function askToken(
  form: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<HttpResult> {
  return post(requiredOauth2().tokenUrl, new URLSearchParams(form).toString(), {
    'content-type': 'application/x-www-form-urlencoded',
    ...headers,
  });
}

function requiredOauth2() {
  if (!connection.oauth2) throw new TypeError('civil affairs wants OAuth 2.0');
  return connection.oauth2;
}

function pathsOf(row: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(row).flatMap(([name, value]) =>
    typeof value === 'object' && value !== null
      ? Object.keys(value).map((below) => `${name}.${below}`)
      : [name],
  );
}
