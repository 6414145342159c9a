import { randomUUID } from 'node:crypto';
import type { CivilAffairsRegister } from '../population/civil-affairs-register.ts';
import { createPopulation } from '../population/population.ts';
import { createSecret, deriveCredential, isSameText } from './credentials.ts';
import type { Department, DepartmentOptions, ReadLog } from './department.ts';
import { groupRows } from './group-rows.ts';
import { type HttpAnswer, type HttpRequest, requestIdOf, startHttpDepartment } from './http-department.ts';
import { isMain } from './is-main.ts';
import { parseJsonObject, projectRow, textList } from './projection.ts';
import { runDepartment } from './run-department.ts';

/** 民政: HTTP/JSON, one batch of persons a request, OAuth 2.0 client credentials (RFC 6749 §4.4). */
export interface CivilAffairsDepartment extends Department {
  /** Every token that was issued is expired from now on. */
  expireTokens(): void;
}

const clientId = 'shuqiao-hub';
const tokenPath = '/oauth2/token';
const maxKeys = 500;
const tokenLifetimeSeconds = 300;

interface Endpoint {
  readonly fields: readonly string[];
  /** The member of the request that lists the keys, and the member of each row that holds one. */
  readonly keys: string;
  readonly key: string;
  rows(key: string): readonly object[];
  /** Any row at all: what a faulty answer mixes in. */
  readonly others: readonly object[];
}

export async function startCivilAffairsDepartment(
  options: DepartmentOptions & { readonly tokenLifetimeSeconds?: number } = {},
): Promise<CivilAffairsDepartment> {
  const { residents, secret = createSecret() } = options;
  const { civilAffairs } = createPopulation(residents === undefined ? {} : { residents });
  const endpoints = createEndpoints(civilAffairs);
  const clientSecret = deriveCredential(secret, 'client secret');
  const tokens = createTokens(options.tokenLifetimeSeconds ?? tokenLifetimeSeconds);
  const department = await startHttpDepartment({
    options,
    connect: (baseUrl) => ({
      kind: 'http',
      baseUrl,
      oauth2: { tokenUrl: `${baseUrl}${tokenPath}`, clientId, clientSecret, scope: 'persons.read' },
    }),
    answer: (request, log) => {
      if (request.method !== 'POST') return { status: 405, body: failure(4050, '仅支持 POST') };
      if (request.path === tokenPath) return issueToken(request, clientSecret, tokens);
      if (!tokens.isValid(bearer(request))) return { status: 401, body: failure(4010, '令牌无效或已过期') };
      const endpoint = endpoints.get(request.path);
      return endpoint ? batch(request, endpoint, log) : { status: 404, body: failure(4040, '接口不存在') };
    },
  });
  return { ...department, expireTokens: tokens.expireAll };
}

function createEndpoints(register: CivilAffairsRegister): ReadonlyMap<string, Endpoint> {
  const { persons, marriages, buildings, grids } = register;
  const people = { keys: 'idCards', key: 'idCard' } as const;
  const personFields = ['realName', 'marital.code', 'assistance.kind', 'assistance.amount', 'updatedAt'];
  const marriageFields = ['bizType', 'regDate', 'regOrgan', 'certNo', 'spouse.name', 'spouse.idCard'];
  const buildingFields = ['buildingCode', 'gridCode', 'elderlyCanteen'];
  return new Map([
    ['/api/v1/persons/batch', createEndpoint(persons, people, ['idCard', ...personFields])],
    ['/api/v1/marriages/batch', createEndpoint(marriages, people, ['idCard', ...marriageFields])],
    [
      '/api/v1/buildings/batch',
      createEndpoint(buildings, { keys: 'keys', key: 'buildingCode' }, buildingFields),
    ],
    [
      '/api/v1/buildings/by-grid',
      createEndpoint(buildings, { keys: 'keys', key: 'gridCode' }, buildingFields),
    ],
    [
      '/api/v1/grids/batch',
      createEndpoint(grids, { keys: 'keys', key: 'gridCode' }, ['gridCode', 'name', 'divisionCode']),
    ],
  ]);
}

function createEndpoint<Key extends string, Row extends Readonly<Record<Key, string>>>(
  rows: readonly Row[],
  { keys, key }: { readonly keys: string; readonly key: Key },
  fields: readonly string[],
): Endpoint {
  const byKey = groupRows(rows, (row) => row[key]);
  return { fields, keys, key, rows: (value) => byKey.get(value) ?? [], others: rows };
}

interface Tokens {
  issue(): { readonly token: string; readonly lifetimeSeconds: number };
  isValid(token: string): boolean;
  expireAll(): void;
}

function createTokens(lifetimeSeconds: number): Tokens {
  const expiries = new Map<string, number>();
  return {
    issue: () => {
      const token = randomUUID();
      expiries.set(token, Date.now() + lifetimeSeconds * 1000);
      return { token, lifetimeSeconds };
    },
    isValid: (token) => (expiries.get(token) ?? 0) > Date.now(),
    expireAll: () => expiries.clear(),
  };
}

/** Client credentials in the Authorization header or in the form. */
function issueToken({ headers, body }: HttpRequest, clientSecret: string, tokens: Tokens): HttpAnswer {
  const form = new URLSearchParams(body.toString('utf8'));
  if (form.get('grant_type') !== 'client_credentials')
    return { status: 400, body: { error: 'unsupported_grant_type' } };
  const [id, secret] = basicCredentials(headers.authorization) ?? [
    form.get('client_id'),
    form.get('client_secret'),
  ];
  if (id !== clientId || !isSameText(secret ?? '', clientSecret))
    return { status: 401, body: { error: 'invalid_client' } };
  const { token, lifetimeSeconds } = tokens.issue();
  return { status: 200, body: { access_token: token, token_type: 'Bearer', expires_in: lifetimeSeconds } };
}

function basicCredentials(authorization = ''): readonly [string, string] | undefined {
  if (!authorization.startsWith('Basic ')) return undefined;
  const text = Buffer.from(authorization.slice('Basic '.length), 'base64').toString('utf8');
  const at = text.indexOf(':');
  return [decodeURIComponent(text.slice(0, at)), decodeURIComponent(text.slice(at + 1))];
}

function bearer({ headers }: HttpRequest): string {
  return headers.authorization?.startsWith('Bearer ') ? headers.authorization.slice('Bearer '.length) : '';
}

/** Status 200 for everything that was understood, the complaint in `code`: as such systems are. */
function batch(request: HttpRequest, endpoint: Endpoint, log: ReadLog): HttpAnswer {
  const { [endpoint.keys]: listed, fields: asked } = parseJsonObject(request.body);
  const [keys, fields] = [textList(listed), textList(asked)];
  const name = endpoint.keys;
  if (!keys || keys.length === 0) return { status: 200, body: failure(4001, `${name} 不能为空`) };
  if (keys.length > maxKeys) return { status: 200, body: failure(4003, `${name} 不能超过 ${maxKeys} 个`) };
  if (!fields || fields.length === 0) return { status: 200, body: failure(4001, 'fields 不能为空') };
  if (!fields.every((field) => endpoint.fields.includes(field)))
    return { status: 200, body: failure(4002, 'fields 含有未知字段') };
  log.add({
    what: request.path,
    columns: fields,
    keys: keys.length,
    asked: request.body.toString('utf8'),
    ...requestIdOf(request),
  });
  const rows = [...new Set(keys)].flatMap((key) => endpoint.rows(key)).map((row) => projectRow(row, fields));
  const keyOf = (row: object) => String(new Map(Object.entries(row)).get(endpoint.key));
  const other = () => endpoint.others.find((row) => !keys.includes(keyOf(row)));
  return {
    status: 200,
    body: success(rows),
    residents: { rows, wrap: success, keys: [endpoint.key], foreign: () => projectFound(other(), fields) },
  };
}

function projectFound(row: object | undefined, fields: readonly string[]) {
  return row && projectRow(row, fields);
}

function success(list: unknown) {
  return { code: 0, msg: 'success', data: { list } };
}

function failure(code: number, msg: string) {
  return { code, msg, data: null };
}

if (isMain(import.meta.url)) await runDepartment(startCivilAffairsDepartment);
