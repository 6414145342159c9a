import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { HubError } from './errors.ts';
import { nearestName } from './nearest-name.ts';
import { defaultLimits, type OperationLimits } from './plan/limits.ts';

/** Everything that an operator sets, validated once at the start. Nothing else reads the environment. */
export interface Config {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly dataDir: string;
  /** Absent: the embedded database. */
  readonly databaseUrl?: string;
  /** Refuses whatever is only good for evaluation: the embedded database, a database without fsync. */
  readonly isProduction: boolean;
  /** JSON file that lists the trusted token issuers. */
  readonly issuersFile: string;
  /** Folder with `core/` and `sources/`. */
  readonly contractsDir: string;
  /** The key ring itself, for hubs whose keys come from a secret store; absent: a file in the data directory. */
  readonly keys?: string;
  /** Name of the access log; the same in all replicas, and never changed. */
  readonly logOrigin: string;
  readonly replica: string;
  readonly logLevel: 'silent' | 'error' | 'warn' | 'info' | 'debug';
  /** `required`: in production, a log without a second server that has each record is refused. `waived`: it is only warned of. */
  readonly synchronousStandby: 'required' | 'waived';
  /** Addresses and CIDR ranges of proxies whose `X-Forwarded-For` is believed; none by default. */
  readonly trustProxy: readonly string[];
  /** Where `/metrics` is served, without a token; absent: nowhere. */
  readonly metrics?: { readonly host: string; readonly port: number };
  /** OTLP over HTTP; absent: no traces. */
  readonly tracing?: { readonly endpoint: string; readonly ratio: number };
  /** Synthetic residents alone: every answer says so, and no stored connection is used. Refused in production. */
  readonly isSandbox: boolean;
  /** Is the explorer's page served at `/explorer`? In production only if asked for. */
  readonly isExplorerOn: boolean;
  /** May departments' HTTP and GraphQL interfaces and issuers' keys be read from this very machine? In production only if asked for. */
  readonly isLoopbackAllowed: boolean;
  readonly limits: HubLimits;
}

export interface HubLimits extends OperationLimits {
  readonly maxBodyBytes: number;
  readonly maxHeaderBytes: number;
  /** From the first byte of a request to the end of its headers. */
  readonly headersDeadlineMs: number;
  /** From the end of the headers to the last byte of the body. */
  readonly bodyDeadlineMs: number;
  /** For one request, from the end of its headers to its answer; and so long again for the caller to take it. */
  readonly requestDeadlineMs: number;
  /** For the page of a search, and for its total: what is slower is told as unavailable. */
  readonly listDeadlineMs: number;
  readonly countDeadlineMs: number;
  /** How long a page's cursors lead to the next one. */
  readonly cursorLifetimeMs: number;
  readonly requestsPerMinute: number;
  /** Claims that one client may make about one person in a day. */
  readonly maxClaimsPerPerson: number;
  /** Refusals without a verified client that are recorded one by one, per address and minute. */
  readonly refusalsPerMinute: number;
  /** The same from all addresses together. */
  readonly refusalsPerMinuteInAll: number;
  readonly maxConcurrentRequests: number;
  /** Of those, for one verified client. */
  readonly maxConcurrentPerClient: number;
  /** Of those, for one address whose tokens are not verified yet, or were refused. */
  readonly maxConcurrentPerAddress: number;
  readonly maxConnections: number;
  /** Trusted proxies are not held to it. */
  readonly maxConnectionsPerAddress: number;
  /** The event loop's mean delay beyond which nobody is let in. */
  readonly maxEventLoopDelayMs: number;
  /** Share of the heap that may be in use before nobody is let in. */
  readonly maxHeapPercent: number;
  /** From the signal to end until requests in flight are cut. */
  readonly drainMs: number;
  /** Policies that could not be checked for so long are no longer used. */
  readonly policyStaleMs: number;
  readonly policyPollMs: number;
  /** Prepared operations and compiled queries kept. */
  readonly maxCachedOperations: number;
  readonly maxCachedPlans: number;
  /** Characters of the operations in each of these caches, together. */
  readonly maxCachedCharacters: number;
  /** Callers' own schemas kept. */
  readonly maxCachedSchemas: number;
}

export const defaultHubLimits: HubLimits = Object.freeze({
  ...defaultLimits,
  maxBodyBytes: 1_048_576,
  maxHeaderBytes: 16_384,
  headersDeadlineMs: 5_000,
  bodyDeadlineMs: 5_000,
  requestDeadlineMs: 10_000,
  listDeadlineMs: 5_000,
  countDeadlineMs: 2_000,
  cursorLifetimeMs: 900_000,
  requestsPerMinute: 6_000,
  maxClaimsPerPerson: 10,
  refusalsPerMinute: 60,
  refusalsPerMinuteInAll: 600,
  maxConcurrentRequests: 512,
  maxConcurrentPerClient: 128,
  maxConcurrentPerAddress: 128,
  maxConnections: 4_096,
  maxConnectionsPerAddress: 1_024,
  maxEventLoopDelayMs: 3_000,
  maxHeapPercent: 90,
  drainMs: 15_000,
  policyStaleMs: 30_000,
  policyPollMs: 1_000,
  maxCachedOperations: 1_000,
  maxCachedPlans: 5_000,
  maxCachedCharacters: 4_000_000,
  maxCachedSchemas: 200,
});

type Environment = Readonly<Record<string, string | undefined>>;

/** Throws HubError `CONFIG_INVALID` that names the variable and what it may be, never its value. */
export function parseConfig(environment: Environment): Config {
  refuseUnknown(environment);
  const dataDir = parsePath(environment, 'HUB_DATA_DIR', '.shuqiao');
  const databaseUrl = parseDatabaseUrl(environment['DATABASE_URL']);
  const isProduction =
    parseChoice(environment, 'NODE_ENV', ['development', 'test', 'production']) === 'production';
  const isSandbox = parseChoice(environment, 'HUB_SANDBOX', ['off', 'on']) === 'on';
  if (isSandbox && (isProduction || databaseUrl))
    throw wrong(
      'HUB_SANDBOX',
      'off in production and with DATABASE_URL',
      ' off（生产环境，或设有 DATABASE_URL 时）',
    );
  return Object.freeze({
    host: parseHost(environment, 'HOST'),
    port: parseNumber(environment, 'PORT', 4000, { min: 0, max: 65_535 }),
    dataDir,
    ...(databaseUrl ? { databaseUrl } : {}),
    isProduction,
    issuersFile: parsePath(environment, 'HUB_ISSUERS', resolve(dataDir, 'issuers.json')),
    contractsDir: parsePath(environment, 'HUB_CONTRACTS', 'schema'),
    ...(environment['HUB_KEYS'] ? { keys: environment['HUB_KEYS'] } : {}),
    logOrigin: parseName(
      environment,
      'HUB_LOG_ORIGIN',
      isSandbox ? 'sandbox.shuqiao.local/access' : 'shuqiao.local/access',
    ),
    replica: parseName(environment, 'HUB_REPLICA', ownName(hostname())),
    logLevel: parseChoice(environment, 'HUB_LOG_LEVEL', ['info', 'silent', 'error', 'warn', 'debug']),
    synchronousStandby: parseChoice(environment, 'HUB_SYNCHRONOUS_STANDBY', ['required', 'waived']),
    trustProxy: parseProxies(environment['HUB_TRUST_PROXY']),
    ...parseTelemetry(environment),
    isSandbox,
    isExplorerOn:
      parseChoice(environment, 'HUB_EXPLORER', isProduction ? ['off', 'on'] : ['on', 'off']) === 'on',
    isLoopbackAllowed:
      parseChoice(environment, 'HUB_LOOPBACK', isProduction ? ['off', 'on'] : ['on', 'off']) === 'on',
    limits: parseLimits(environment),
  });
}

function parseTelemetry(environment: Environment): Pick<Config, 'metrics' | 'tracing'> {
  // Whoever opens the hub to a network has not opened its measurements with it.
  const host = parseHost(environment, 'HUB_METRICS_HOST');
  const metrics = environment['HUB_METRICS_PORT']
    ? { metrics: { host, port: parseNumber(environment, 'HUB_METRICS_PORT', 0, { min: 0, max: 65_535 }) } }
    : {};
  const endpoint = environment['HUB_TRACES_ENDPOINT'];
  if (!endpoint) return metrics;
  if (!URL.canParse(endpoint) || !/^https?:$/.test(new URL(endpoint).protocol)) {
    const form = 'https://collector:4318/v1/traces';
    throw wrong('HUB_TRACES_ENDPOINT', `a URL of the form ${form}`, `形如 ${form} 的地址`);
  }
  const percent = parseNumber(environment, 'HUB_TRACES_PERCENT', 100, { min: 0, max: 100 });
  return { ...metrics, tracing: { endpoint, ratio: percent / 100 } };
}

/** The variables of the hub besides its limits. */
const ownVariables = [
  'HUB_CONTRACTS',
  'HUB_DATA_DIR',
  'HUB_EXPLORER',
  'HUB_ISSUERS',
  'HUB_KEYS',
  'HUB_LOG_LEVEL',
  'HUB_LOG_ORIGIN',
  'HUB_LOOPBACK',
  'HUB_METRICS_HOST',
  'HUB_METRICS_PORT',
  'HUB_REPLICA',
  'HUB_SANDBOX',
  'HUB_SYNCHRONOUS_STANDBY',
  'HUB_TRACES_ENDPOINT',
  'HUB_TRACES_PERCENT',
  'HUB_TRUST_PROXY',
];
/** What Kubernetes and Docker give every process beside a service of the name `hub`; nobody set them. */
const foreignVariable =
  /^HUB_(SERVICE_(HOST|PORT)(_.+)?|PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?|NAME|ENV_.+)$/;

/** A misspelt variable would leave a limit or a safeguard at its default, unnoticed. */
function refuseUnknown(environment: Environment): void {
  const limits = Object.keys(defaultHubLimits).map(limitVariable);
  for (const name of Object.keys(environment)) {
    if (!name.startsWith('HUB_') || ownVariables.includes(name) || limits.includes(name)) continue;
    if (name.startsWith('HUB_LIMIT_') || !foreignVariable.test(name)) throw unknownVariable(name, limits);
  }
}

function unknownVariable(name: string, limits: readonly string[]): HubError {
  const meant = nearestName(name, [...ownVariables, ...limits]);
  return new HubError('CONFIG_INVALID', {
    hint: `There is no setting ${name}. ${meant ? `Did you mean ${meant}? ` : ''}docs/deployment.md lists all of them.`,
    hintZh: `没有 ${name} 这个配置项。${meant ? `是否要写 ${meant}？` : ''}全部配置项见 docs/deployment.md。`,
    details: { variable: name },
  });
}

/** Receipts and records name the replica, so replicas that share a log must not share a name. */
function ownName(host: string): string {
  const name = host.replace(/[^A-Za-z0-9._-]/g, '-').replace(/^[^A-Za-z0-9]+/, '');
  return name.slice(0, 100) || 'hub';
}

/** `HUB_LIMIT_MAX_IDENTIFIERS` and so on: every limit has a variable of its name. */
function parseLimits(environment: Environment): HubLimits {
  const limits: Record<string, number> = {};
  for (const [name, value] of Object.entries(defaultHubLimits)) {
    limits[name] = parseNumber(environment, limitVariable(name), value, { min: 1, max: 2 ** 31 - 1 });
  }
  return Object.freeze({ ...defaultHubLimits, ...limits });
}

function limitVariable(name: string): string {
  return `HUB_LIMIT_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

function parseNumber(
  environment: Environment,
  name: string,
  fallback: number,
  range: { min: number; max: number },
): number {
  const text = environment[name];
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (/^\d{1,10}$/.test(text) && value >= range.min && value <= range.max) return value;
  const { min, max } = range;
  throw wrong(name, `a whole number from ${min} to ${max}`, `${min} 到 ${max} 的整数`);
}

/** The first choice is the default. */
function parseChoice<const T extends string>(
  environment: Environment,
  name: string,
  choices: readonly [T, ...T[]],
): T {
  const text = environment[name];
  if (text === undefined || text === '') return choices[0];
  const choice = choices.find((candidate) => candidate === text);
  if (choice === undefined) throw wrong(name, `one of ${choices.join(', ')}`, `${choices.join('、')} 之一`);
  return choice;
}

function parseName(environment: Environment, name: string, fallback: string): string {
  const text = environment[name] || fallback;
  if (/^[A-Za-z0-9][A-Za-z0-9./_-]{0,99}$/.test(text)) return text;
  throw wrong(
    name,
    'a name of letters, digits and . / _ -, of 100 characters at most',
    '不超过 100 个字符的名称，由字母、数字和 . / _ - 组成',
  );
}

function parseDatabaseUrl(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined;
  if (URL.canParse(text) && /^postgres(ql)?:$/.test(new URL(text).protocol)) return text;
  const form = 'postgres://user@host:5432/database';
  throw wrong('DATABASE_URL', `a URL of the form ${form}`, `形如 ${form} 的地址`);
}

/** An empty name would bind to every address of the machine. */
function parseHost(environment: Environment, name: 'HOST' | 'HUB_METRICS_HOST'): string {
  const text = environment[name];
  if (text === undefined || text === '') return '127.0.0.1';
  if (/^[A-Za-z0-9.:_-]{1,253}(%[A-Za-z0-9]{1,32})?$/.test(text)) return text;
  throw wrong(name, 'a host name or an address', '主机名或 IP 地址');
}

/** Every name or `true` would let any caller choose its own address. */
function parseProxies(text: string | undefined): readonly string[] {
  const ranges = (text ?? '').split(',').map((range) => range.trim());
  if (ranges.length === 1 && ranges[0] === '') return [];
  if (ranges.every(isRange)) return Object.freeze(ranges);
  const example = '10.0.0.0/8,fd00::/8';
  throw wrong(
    'HUB_TRUST_PROXY',
    `a list of addresses or CIDR ranges such as ${example}`,
    `地址或 CIDR 网段的列表，如 ${example}`,
  );
}

function isRange(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return bits === undefined || (/^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

/** Absolute; relative ones are below the working directory. */
function parsePath(environment: Environment, name: string, fallback: string): string {
  const path = environment[name] || fallback;
  if (path.includes('\0')) throw wrong(name, 'a path', '路径');
  return resolve(path);
}

function wrong(name: string, expected: string, expectedZh: string): HubError {
  return new HubError('CONFIG_INVALID', {
    hint: `${name} must be ${expected}.`,
    hintZh: `${name} 必须是${expectedZh}。`,
    details: { variable: name },
  });
}
