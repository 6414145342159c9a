import { createHash, createHmac, randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Department } from '../../examples/departments/department.ts';
import { startSocialSecurityDepartment } from '../../examples/departments/social-security.ts';
import { createPopulation } from '../../examples/population/population.ts';
import { readsOfSource } from './contract-reads.ts';
import { type HttpResult, post } from './http.ts';

const residents = 400;
const { facts, socialSecurity } = createPopulation({ residents });
const { everywhere, oldCard, spouse, unknownCode, child, divorcedMother } = facts.fixed;
const insured = '/v2/insured/query';
const contributions = '/v2/contributions/query';
const firstPage = { pageNum: 1, pageSize: 2000 };

const clock = { now: Date.parse('2026-07-01T00:00:00Z') };
let department: Department;

beforeAll(async () => {
  department = await startSocialSecurityDepartment({ residents, now: () => clock.now });
});

afterEach(async () => {
  await department.recover();
  department.resetReads();
});

afterAll(() => department.close());

describe('the social security department', () => {
  it('answers every path of its contract file', async () => {
    for (const { connect, columns } of await readsOfSource('social-security-insurance')) {
      if (connect.target.kind !== 'http') throw new TypeError('social security is asked by HTTP');
      const { json } = await ask(connect.target.path, {
        aac002: [everywhere.value],
        fields: columns,
        ...firstPage,
      });
      expect(String(json.status)).toBe('200');
      expect(Object.keys(json.data.records[0])).toEqual(columns);
    }
  });

  it('gives the fields that were asked, of those who are insured', async () => {
    const aac002 = [spouse.value, child.value, '330106550214913', unknownCode.value];
    const { json } = await ask(insured, { aac002, fields: ['aac002', 'aac003', 'aac031'], ...firstPage });
    expect(json.data).toEqual({
      total: 3,
      records: [
        { aac002: spouse.value, aac003: '林小芸', aac031: '1' },
        { aac002: '330106550214913', aac003: '郑福根', aac031: '3' },
        { aac002: unknownCode.value, aac003: '何静', aac031: '8' },
      ],
    });
    const canonical = await ask(insured, { aac002: [oldCard.value], fields: ['aac002'], ...firstPage });
    expect(canonical.json.data).toEqual({ total: 0, records: [] });
  });

  it('pages through the contributions of many, each row once', async () => {
    const aac002 = socialSecurity.insured.slice(0, 30).map((row) => row.aac002);
    const expected = aac002.flatMap((key) => socialSecurity.contributions(key));
    const records: unknown[] = [];
    for (let pageNum = 1; records.length < expected.length; pageNum++) {
      const { json } = await ask(contributions, {
        aac002,
        fields: Object.keys(expected[0] ?? {}),
        pageNum,
        pageSize: 500,
      });
      expect(json.data.total).toBe(expected.length);
      records.push(...json.data.records);
    }
    expect(records).toEqual(expected);
    const beyond = await ask(contributions, { aac002, fields: ['aae003'], pageNum: 1000, pageSize: 500 });
    expect(beyond.json.data.records).toEqual([]);
  });

  it('filters contributions by kind of insurance', async () => {
    const body = {
      aac002: [everywhere.value, divorcedMother.value],
      fields: ['aac002', 'aae140'],
      ...firstPage,
    };
    const { json } = await ask(contributions, { ...body, aae140: '310' });
    expect(json.data.total).toBe(json.data.records.length);
    expect(new Set(json.data.records.map(({ aae140 }: { aae140: string }) => aae140))).toEqual(
      new Set(['310']),
    );
    expect((await ask(contributions, { ...body, aae140: '999' })).json.data).toEqual({
      total: 0,
      records: [],
    });
  });

  it.each([
    ['no keys', { aac002: [], fields: ['aac002'], ...firstPage }],
    ['too many keys', { aac002: Array.from({ length: 1001 }, () => 'x'), fields: ['aac002'], ...firstPage }],
    ['no fields', { aac002: ['x'], ...firstPage }],
    ['a field that it does not have', { aac002: ['x'], fields: ['aac006'], ...firstPage }],
    ['page 0', { aac002: ['x'], fields: ['aac002'], pageNum: 0, pageSize: 10 }],
    ['pages that are too long', { aac002: ['x'], fields: ['aac002'], pageNum: 1, pageSize: 2001 }],
    ['a filter that is no text', { aac002: ['x'], fields: ['aac002'], ...firstPage, aae140: { ne: '' } }],
  ])('complains of %s with HTTP status 200 and a status', async (_what, body) => {
    const { status, json } = await ask(insured, body);
    expect(status).toBe(200);
    expect(json).toMatchObject({ status: '4000', data: null });
    expect(department.reads()).toEqual([]);
  });

  it('says what it was asked', async () => {
    await ask(contributions, { aac002: ['a', 'b'], fields: ['aac002', 'aae003'], ...firstPage });
    expect(department.reads()).toMatchObject([
      { what: contributions, columns: ['aac002', 'aae003'], keys: 2 },
    ]);
  });

  it('mixes in somebody else when told to', async () => {
    await department.inject({ kind: 'foreign-row' });
    const { json } = await ask(contributions, {
      aac002: [everywhere.value],
      fields: ['aac002'],
      ...firstPage,
    });
    expect(json.data.records).toHaveLength(145);
    expect(json.data.records[0].aac002).not.toBe(everywhere.value);
  });
});

describe('a signed request', () => {
  const body = JSON.stringify({ aac002: [everywhere.value], fields: ['aac002'], ...firstPage });

  it('is refused without a signature, with another body, path, application or secret', async () => {
    const url = `${connection().baseUrl}${insured}`;
    expect((await post(url, body)).status).toBe(401);
    expect((await post(url, `${body} `, sign(insured, body))).status).toBe(401);
    expect((await post(url, body, sign(contributions, body))).status).toBe(401);
    expect((await post(url, body, { ...sign(insured, body), 'x-app-id': 'other' })).status).toBe(401);
    expect((await post(url, body, sign(insured, body, { secret: 'guessed' }))).status).toBe(401);
    expect((await post(url, body, sign(insured, body))).status).toBe(200);
  });

  it('is refused a second time, and outside of five minutes', async () => {
    const url = `${connection().baseUrl}${insured}`;
    const once = sign(insured, body);
    expect((await post(url, body, once)).status).toBe(200);
    expect((await post(url, body, once)).status).toBe(401);
    for (const [ms, status] of [
      [-300_001, 401],
      [300_001, 401],
      [-299_999, 200],
      [299_999, 200],
    ] as const) {
      expect((await post(url, body, sign(insured, body, { at: clock.now + ms }))).status).toBe(status);
    }
    clock.now += 600_002;
    expect((await post(url, body, once)).status).toBe(401);
  });
});

function ask(path: string, body: unknown): Promise<HttpResult> {
  const text = JSON.stringify(body);
  return post(`${connection().baseUrl}${path}`, text, sign(path, text));
}

/** The five lines that the connector contract describes. */
function sign(
  path: string,
  body: string,
  wrong: { secret?: string; at?: number } = {},
): Record<string, string> {
  const { appId, secret, headers } = connection().signature;
  const [time, nonce] = [String(wrong.at ?? clock.now), randomUUID()];
  const lines = ['POST', path, time, nonce, createHash('sha256').update(body).digest('hex')];
  const signature = createHmac('sha256', wrong.secret ?? secret)
    .update(lines.join('\n'))
    .digest('hex');
  return {
    [headers.appId]: appId,
    [headers.timestamp]: time,
    [headers.nonce]: nonce,
    [headers.signature]: signature,
  };
}

function connection() {
  const { connection } = department;
  if (connection.kind !== 'http' || !connection.signature)
    throw new TypeError('social security wants signatures');
  return { baseUrl: connection.baseUrl, signature: connection.signature };
}
