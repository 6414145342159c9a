import { X509Certificate } from 'node:crypto';
import { HubError } from '../errors.ts';
import type { Connection } from './connector.ts';
import { parseAddress } from './http/http-connection.ts';

/**
 * An operator's connection file, or what was stored of one. Throws HubError `CONFIG_INVALID` that names every wrong member by its path and
 * what it must be, never its value. A member that is not known is refused: a misspelt one would leave a safeguard off, unnoticed.
 */
export function parseConnection(input: unknown): Connection {
  const problems: string[] = [];
  const kind = Object(input).kind;
  if (kind === 'postgres' || kind === 'mysql') checkObject(input, '', database, problems);
  else if (kind === 'http' || kind === 'graphql') checkEndpoint(input, problems);
  else problems.push('kind: must be postgres, mysql, http or graphql');
  if (problems.length > 0) throw wrongConnection(problems);
  // Each member was checked to be what the type says.
  return input as Connection;
}

/** Undefined, or what the value must be. */
type Check = (value: unknown, path: string, problems: string[]) => string | undefined;

interface Member {
  readonly check: Check;
  readonly isOptional?: true;
}

type Members = Readonly<Record<string, Member>>;

const text: Check = (value) =>
  typeof value === 'string' && /^[^\0]{1,4096}$/s.test(value) ? undefined : 'a text of 1 to 4,096 characters';
/** No path of a socket, and no list of hosts. */
const host: Check = (value) =>
  typeof value === 'string' && /^[\w.:-]{1,253}$/.test(value) ? undefined : 'a host name or an address';
const address: Check = (value) =>
  typeof value === 'string' && parseAddress(value)
    ? undefined
    : 'an http or https URL without credentials, query and fragment';
const headerName: Check = (value) =>
  typeof value === 'string' && isFreeHeader(value)
    ? undefined
    : 'the name of a header that the hub does not set';

function integerUpTo(max: number): Check {
  return (value) =>
    Number.isInteger(value) && Number(value) >= 1 && Number(value) <= max
      ? undefined
      : `a whole number from 1 to ${max}`;
}

function object(members: Members): Check {
  return (value, path, problems) => {
    checkObject(value, path, members, problems);
    return undefined;
  };
}

const kind: Member = { check: () => undefined };
const tls: Member = { check: object({ ca: { check: certificates, isOptional: true } }), isOptional: true };

const database: Members = {
  kind,
  host: { check: host },
  port: { check: integerUpTo(65_535) },
  database: { check: text },
  user: { check: text },
  password: { check: text, isOptional: true },
  tls,
  poolSize: { check: integerUpTo(1000), isOptional: true },
};

const endpoint: Members = {
  kind,
  baseUrl: { check: address },
  headers: { check: headers, isOptional: true },
  oauth2: {
    check: object({
      tokenUrl: { check: address },
      clientId: { check: text },
      clientSecret: { check: text },
      scope: { check: text, isOptional: true },
    }),
    isOptional: true,
  },
  signature: {
    check: object({
      appId: { check: headerValue },
      secret: { check: text },
      headers: {
        check: object({
          appId: { check: headerName },
          timestamp: { check: headerName },
          nonce: { check: headerName },
          signature: { check: headerName },
        }),
      },
    }),
    isOptional: true,
  },
  tls,
};

function checkEndpoint(input: unknown, problems: string[]): void {
  checkObject(input, '', endpoint, problems);
  const { baseUrl, oauth2, tls: settings } = Object(input);
  const addresses = [baseUrl, Object(oauth2).tokenUrl].filter((url) => typeof url === 'string');
  // What would look protected, and is not.
  if (settings !== undefined && addresses.some((url) => url.startsWith('http:')))
    problems.push('tls: must be absent, or every address an https URL');
}

function checkObject(value: unknown, at: string, members: Members, problems: string[]): void {
  if (!isObject(value)) {
    problems.push(`${at || 'connection'}: must be an object`);
    return;
  }
  const names = Object.keys(members);
  for (const name of Object.keys(value).filter((own) => !names.includes(own)))
    problems.push(`${pathOf(at, shortName(name))}: is not known here; members are ${names.join(', ')}`);
  for (const [name, { check, isOptional }] of Object.entries(members)) {
    const path = pathOf(at, name);
    const own = Object.hasOwn(value, name) ? value[name] : undefined;
    if (own === undefined && isOptional) continue;
    const expected = check(own, path, problems);
    if (expected !== undefined) problems.push(`${path}: must be ${expected}`);
  }
}

/** The account's own headers; those that frame a request or that the hub sets are not theirs to choose. */
function headers(value: unknown, path: string, problems: string[]): string | undefined {
  if (!isObject(value)) return 'an object of texts by header name';
  for (const [name, content] of Object.entries(value)) {
    const expected = headerName(name, path, problems) ?? headerValue(content);
    if (expected !== undefined) problems.push(`${pathOf(path, shortName(name))}: must be ${expected}`);
  }
  return undefined;
}

function headerValue(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\t\x20-\x7e]{1,8192}$/.test(value)
    ? undefined
    : 'a text of 1 to 8,192 printable ASCII characters';
}

const fixedHeaders = new Set([
  'accept',
  'accept-encoding',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-request-id',
]);

function isFreeHeader(name: string): boolean {
  return /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/.test(name) && !fixedHeaders.has(name.toLowerCase());
}

function certificates(value: unknown): string | undefined {
  const expected = 'one or more certificates in PEM';
  if (typeof value !== 'string' || value.length > 1_000_000) return expected;
  const blocks = value.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
  return blocks?.every(isCertificate) ? undefined : expected;
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function pathOf(at: string, name: string): string {
  return at === '' ? name : `${at}.${name}`;
}

/** What stands for a name may be a secret in the wrong place. */
function shortName(name: string): string {
  return /^[A-Za-z][\w-]{0,39}$/.test(name) ? name : '(unprintable)';
}

function wrongConnection(problems: readonly string[]): HubError {
  const list = problems.slice(0, 20).join('; ');
  return new HubError('CONFIG_INVALID', {
    hintZh: `连接文件有误：${list}。`,
    hint: `The connection is wrong: ${list}.`,
  });
}
