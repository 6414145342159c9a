import { createHash, createHmac } from 'node:crypto';
import { createPopulation } from '../population/population.ts';
import type { ContributionRow, SocialSecurityRegister } from '../population/social-security-register.ts';
import { createSecret, deriveCredential, isSameText } from './credentials.ts';
import type { Department, DepartmentOptions, ReadLog } from './department.ts';
import { type HttpAnswer, type HttpRequest, requestIdOf, startHttpDepartment } from './http-department.ts';
import { isMain } from './is-main.ts';
import { parseJsonObject, projectRow, textList } from './projection.ts';
import { runDepartment } from './run-department.ts';

/** 人社: HTTP/JSON, pages of many people's rows, each request signed (HMAC-SHA256). */
export type SocialSecurityDepartment = Department;

const appId = 'shuqiao-hub';
const maxKeys = 1000;
/** A signature is good for five minutes before and after, and once. */
const signatureWindowMs = 300_000;
const signatureHeaders = {
  appId: 'x-app-id',
  timestamp: 'x-timestamp',
  nonce: 'x-nonce',
  signature: 'x-signature',
} as const;

interface Endpoint {
  readonly fields: readonly string[];
  readonly maxPageSize: number;
  /** Rows of a key, under the filter that the body states. */
  count(aac002: string, filter: Filter): number;
  rows(aac002: string, filter: Filter): readonly object[];
}

interface Filter {
  readonly aae140?: string;
}

export async function startSocialSecurityDepartment(
  options: DepartmentOptions & { readonly now?: () => number } = {},
): Promise<SocialSecurityDepartment> {
  const { residents, secret = createSecret(), now = Date.now } = options;
  const { socialSecurity } = createPopulation(residents === undefined ? {} : { residents });
  const endpoints = createEndpoints(socialSecurity);
  const signatureSecret = deriveCredential(secret, 'signature');
  const isSigned = createSignatureCheck(signatureSecret, now);
  return startHttpDepartment({
    options,
    connect: (baseUrl) => ({
      kind: 'http',
      baseUrl,
      signature: { appId, secret: signatureSecret, headers: signatureHeaders },
    }),
    answer: (request, log) => {
      if (!isSigned(request)) return { status: 401, body: failure('401', '签名无效') };
      const endpoint = request.method === 'POST' ? endpoints.get(request.path) : undefined;
      return endpoint
        ? page(request, endpoint, socialSecurity, log)
        : { status: 404, body: failure('404', '接口不存在') };
    },
  });
}

function createEndpoints(register: SocialSecurityRegister): ReadonlyMap<string, Endpoint> {
  const insuredOf = new Map(register.insured.map((row) => [row.aac002, row]));
  const contributionsOf = (aac002: string, { aae140 }: Filter): readonly ContributionRow[] =>
    register.contributions(aac002).filter((row) => aae140 === undefined || row.aae140 === aae140);
  return new Map<string, Endpoint>([
    [
      '/v2/insured/query',
      {
        fields: ['aac002', 'aac003', 'aac031', 'aab004', 'aac049'],
        maxPageSize: 2000,
        count: (aac002) => (insuredOf.has(aac002) ? 1 : 0),
        rows: (aac002) => [insuredOf.get(aac002)].flatMap((row) => row ?? []),
      },
    ],
    [
      '/v2/contributions/query',
      {
        fields: ['aac002', 'aae003', 'aae140', 'aae180', 'aae082'],
        maxPageSize: 5000,
        count: (aac002, filter) =>
          filter.aae140 === undefined
            ? register.contributionCount(aac002)
            : contributionsOf(aac002, filter).length,
        rows: contributionsOf,
      },
    ],
  ]);
}

/** Over five lines: method, path, time, nonce, hash of the body. A nonce that was seen is refused. */
function createSignatureCheck(secret: string, now: () => number): (request: HttpRequest) => boolean {
  const nonces = new Map<string, number>();
  return ({ method, path, headers, body }) => {
    const [app, time, nonce, signature] = [
      signatureHeaders.appId,
      signatureHeaders.timestamp,
      signatureHeaders.nonce,
      signatureHeaders.signature,
    ].map((name) => String(headers[name] ?? ''));
    if (app !== appId || !time || !nonce || !signature) return false;
    const hash = createHash('sha256').update(body).digest('hex');
    const expected = createHmac('sha256', secret)
      .update([method, path, time, nonce, hash].join('\n'))
      .digest('hex');
    if (!isSameText(signature, expected)) return false;
    const isInTime = /^\d+$/.test(time) && Math.abs(now() - Number(time)) <= signatureWindowMs;
    return isInTime && isFresh(nonces, nonce, now());
  };
}

/** Remembers nonces for as long as a signature could be repeated. */
function isFresh(nonces: Map<string, number>, nonce: string, now: number): boolean {
  for (const [seen, at] of nonces) {
    // A Map keeps the order of insertion: the first one that is young enough ends the search.
    if (now - at <= 2 * signatureWindowMs) break;
    nonces.delete(seen);
  }
  if (nonces.has(nonce)) return false;
  nonces.set(nonce, now);
  return true;
}

function page(
  request: HttpRequest,
  endpoint: Endpoint,
  register: SocialSecurityRegister,
  log: ReadLog,
): HttpAnswer {
  const body = parseJsonObject(request.body);
  const [keys, fields] = [textList(body['aac002']), textList(body['fields'])];
  const [pageNum, pageSize] = [Number(body['pageNum']), Number(body['pageSize'])];
  const complaint = complaintOf(endpoint, { keys, fields, pageNum, pageSize, aae140: body['aae140'] });
  if (complaint || !keys || !fields) return { status: 200, body: failure('4000', complaint ?? '参数错误') };
  log.add({
    what: request.path,
    columns: fields,
    keys: keys.length,
    asked: request.body.toString('utf8'),
    ...requestIdOf(request),
  });
  const filter = typeof body['aae140'] === 'string' ? { aae140: body['aae140'] } : {};
  const { total, found } = slice(endpoint, [...new Set(keys)], filter, (pageNum - 1) * pageSize, pageSize);
  const rows = found.map((row) => projectRow(row, fields));
  const wrap = (records: unknown) => ({ status: 200, message: 'OK', data: { total, records } });
  const foreign = () => {
    const other = register.insured.find(
      ({ aac002 }) => !keys.includes(aac002) && endpoint.count(aac002, filter) > 0,
    );
    const [row] = other ? endpoint.rows(other.aac002, filter) : [];
    return row && projectRow(row, fields);
  };
  return { status: 200, body: wrap(rows), residents: { rows, wrap, keys: ['aac002'], foreign } };
}

function complaintOf(
  endpoint: Endpoint,
  asked: {
    readonly keys: readonly string[] | undefined;
    readonly fields: readonly string[] | undefined;
    readonly pageNum: number;
    readonly pageSize: number;
    readonly aae140: unknown;
  },
): string | undefined {
  const { keys, fields, pageNum, pageSize, aae140 } = asked;
  if (!keys || keys.length === 0 || keys.length > maxKeys) return `aac002 应为 1 至 ${maxKeys} 个`;
  if (!fields || fields.length === 0) return 'fields 不能为空';
  if (!fields.every((field) => endpoint.fields.includes(field))) return 'fields 含有未知字段';
  if (!Number.isInteger(pageNum) || pageNum < 1) return 'pageNum 从 1 开始';
  if (!Number.isInteger(pageSize) || pageSize < 1 || pageSize > endpoint.maxPageSize)
    return 'pageSize 超出范围';
  if (aae140 !== undefined && typeof aae140 !== 'string') return 'aae140 应为一个险种';
  return undefined;
}

/** One page of the rows of all keys, in the order of the keys; only the keys on it are worked out. */
function slice(endpoint: Endpoint, keys: readonly string[], filter: Filter, offset: number, size: number) {
  const found: object[] = [];
  let total = 0;
  for (const key of keys) {
    const count = endpoint.count(key, filter);
    const [from, to] = [Math.max(0, offset - total), Math.min(count, offset + size - total)];
    if (from < to) found.push(...endpoint.rows(key, filter).slice(from, to));
    total += count;
  }
  return { total, found };
}

/** The same shape as a success, with another status in it. */
function failure(status: string, message: string) {
  return { status, message, data: null };
}

if (isMain(import.meta.url)) await runDepartment(startSocialSecurityDepartment);
