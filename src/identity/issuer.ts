import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { HubError } from '../errors.ts';
import { type HubRole, hubRoles } from './subject.ts';

/** Asymmetric signatures alone: with a shared secret, whoever can check a token could make one. */
const signingAlgorithms = [
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
  'PS256',
  'PS384',
  'PS512',
  'RS256',
  'RS384',
  'RS512',
] as const;

export type SigningAlgorithm = (typeof signingAlgorithms)[number];

/** An authority whose tokens the hub accepts, and how far it may speak. */
export interface Issuer {
  /** Exactly the `iss` of its tokens. */
  readonly issuer: string;
  /** Exactly the `aud`: this hub, as the issuer calls it. */
  readonly audience: string;
  readonly algorithms: readonly SigningAlgorithm[];
  /** Where its public keys are (JWKS, RFC 7517). */
  readonly keys:
    | { readonly kind: 'url'; readonly url: string; readonly refusesLoopback?: boolean }
    | { readonly kind: 'file'; readonly path: string };
  /** Departments whose clients it may vouch for. */
  readonly departments: readonly string[];
  /** Departments whose officers it may name; an officer of another department does not count. */
  readonly officerDepartments: readonly string[];
  /** Roles of the hub itself that it may give; without it, none. Roles that only agreements name are its own affair. */
  readonly hubRoles: readonly HubRole[];
  /** Longest time from `iat` to `exp`. */
  readonly maxLifetimeSeconds: number;
}

/** A token that was stolen is good for so long at most, whatever an issuer says. */
const longestLifetimeSeconds = 900;
const maxIssuers = 100;

export interface IssuerOptions {
  /** Refuses issuers that nobody answers for. */
  readonly isProduction: boolean;
  /** May keys be read from this very machine? By default outside production. */
  readonly isLoopbackAllowed?: boolean;
}

/** Reads the file of issuers. Rejects with HubError `CONFIG_INVALID`; see `parseIssuers`. */
export async function readIssuers(file: string, options: IssuerOptions): Promise<readonly Issuer[]> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new HubError('CONFIG_INVALID', {
      hintZh: `无法读取令牌颁发者文件 ${file}（HUB_ISSUERS）。`,
      hint: `The file of token issuers ${file} (HUB_ISSUERS) cannot be read.`,
      cause,
    });
  });
  return parseIssuers(text, { ...options, baseDir: dirname(file) });
}

/**
 * Parses a JSON list of issuers:
 * `[{ issuer, audience, algorithms, jwksUrl | jwksFile, departments, officerDepartments?, hubRoles?, maxLifetimeSeconds? }]`.
 * `jwksFile` is relative to `baseDir`; `jwksUrl` must be https, or http on this very machine. In production an issuer has no reserved
 * name. Throws HubError `CONFIG_INVALID` that names every wrong member and what it must be, never its value.
 */
export function parseIssuers(
  text: string,
  options: IssuerOptions & { readonly baseDir: string },
): readonly Issuer[] {
  const entries = parseJson(text);
  if (!Array.isArray(entries) || entries.length === 0 || entries.length > maxIssuers) {
    throw invalid(`The file of token issuers must hold a list of 1 to ${maxIssuers} issuers.`);
  }
  const problems: string[] = [];
  const issuers = entries.map((entry: unknown, index) => {
    const report: Report = (name, expected) => {
      problems.push(`issuers[${index}]${name && `.${name}`} must be ${expected}`);
    };
    const issuer = parseIssuer(entry, options, report);
    if (options.isProduction && hasReservedName(issuer)) report('issuer', ownedName);
    return issuer;
  });
  const names = issuers.map(({ issuer }) => issuer);
  if (new Set(names).size !== names.length) problems.push('each issuer must be listed once');
  if (problems.length > 0) throw invalid(`${problems.join('; ')}.`);
  return Object.freeze(issuers.map((issuer) => Object.freeze(issuer)));
}

type Options = IssuerOptions & { readonly baseDir: string };
type Report = (name: string, expected: string) => void;
type Entry = Readonly<Record<string, unknown>>;

const members = [
  'issuer',
  'audience',
  'algorithms',
  'jwksUrl',
  'jwksFile',
  'departments',
  'officerDepartments',
  'hubRoles',
  'maxLifetimeSeconds',
];

function parseIssuer(value: unknown, options: Options, report: Report): Issuer {
  const entry: Entry =
    typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
  if (Object.keys(entry).some((name) => !members.includes(name))) {
    report('', `an object with no other members than ${members.join(', ')}`);
  }
  const departments = parseNames(entry, 'departments', report);
  const isSilent = entry['officerDepartments'] === undefined;
  return {
    issuer: parseName(entry, 'issuer', report),
    audience: parseName(entry, 'audience', report),
    algorithms: parseChoices(entry, 'algorithms', signingAlgorithms, report),
    keys: parseKeys(entry, options, report),
    departments,
    officerDepartments: isSilent ? [] : parseNames(entry, 'officerDepartments', report),
    hubRoles: entry['hubRoles'] === undefined ? [] : parseChoices(entry, 'hubRoles', hubRoles, report),
    maxLifetimeSeconds: parseLifetime(entry, report),
  };
}

/**
 * RFC 6761: names that nobody can own. The demo's issuer has one: whoever can read its key file speaks for every client, and a data
 * directory that was used for looking at the hub still lists it.
 */
function hasReservedName({ issuer }: Issuer): boolean {
  const host = URL.canParse(issuer) ? new URL(issuer).hostname : issuer;
  return /(?:^|\.)(?:invalid|test|example|localhost)\.?$/i.test(host);
}

const ownedName =
  'a name that somebody owns in production: .invalid, .test, .example and .localhost are for demos and tests';

function parseName(entry: Entry, name: string, report: Report): string {
  const value = entry[name];
  if (typeof value === 'string' && /^[\x21-\x7e]{1,256}$/.test(value)) return value;
  report(name, 'a text of 1 to 256 printable ASCII characters');
  return '';
}

function parseNames(entry: Entry, name: string, report: Report): readonly string[] {
  const value = entry[name];
  const isNames = Array.isArray(value) && value.length > 0 && value.length <= 1000;
  if (isNames && value.every((item) => typeof item === 'string' && /^[a-z][a-z0-9-]{0,63}$/.test(item))) {
    return Object.freeze([...value]);
  }
  report(name, 'a list of departments such as "police"');
  return [];
}

/** A misspelt one would leave out, unnoticed, what the operator meant. */
function parseChoices<T extends string>(
  entry: Entry,
  name: string,
  choices: readonly T[],
  report: Report,
): readonly T[] {
  const value = entry[name];
  const known = choices.filter((choice) => Array.isArray(value) && value.includes(choice));
  if (Array.isArray(value) && value.length > 0 && value.length === known.length) return Object.freeze(known);
  report(name, `a list of some of ${choices.join(', ')}`);
  return [];
}

function parseKeys(entry: Entry, options: Options, report: Report): Issuer['keys'] {
  const { baseDir, isProduction, isLoopbackAllowed = !isProduction } = options;
  const { jwksUrl, jwksFile } = entry;
  if (typeof jwksFile === 'string' && jwksFile !== '' && jwksUrl === undefined) {
    return { kind: 'file', path: resolve(baseDir, jwksFile) };
  }
  if (typeof jwksUrl === 'string' && jwksFile === undefined && isTrustworthyUrl(jwksUrl)) {
    return { kind: 'url', url: jwksUrl, ...(isLoopbackAllowed ? {} : { refusesLoopback: true }) };
  }
  report(
    'jwksUrl',
    'an https URL without credentials (http only on this machine), or jwksFile a path instead',
  );
  return { kind: 'file', path: '' };
}

function isTrustworthyUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password, hash } = new URL(text);
  if (username || password || hash) return false;
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname));
}

/** WHATWG URLs write every form of an IPv4 address (hexadecimal, shortened) as four decimal numbers. */
function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

function parseLifetime(entry: Entry, report: Report): number {
  const value = entry['maxLifetimeSeconds'];
  if (value === undefined) return longestLifetimeSeconds;
  const isSeconds = typeof value === 'number' && Number.isInteger(value);
  if (isSeconds && value >= 1 && value <= longestLifetimeSeconds) return value;
  report('maxLifetimeSeconds', `a whole number from 1 to ${longestLifetimeSeconds}`);
  return longestLifetimeSeconds;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid('The file of token issuers is not JSON.');
  }
}

function invalid(hint: string): HubError {
  return new HubError('CONFIG_INVALID', { hint, hintZh: '令牌颁发者文件（HUB_ISSUERS）有误：' });
}
