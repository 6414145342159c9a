import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { HubError } from '../errors.ts';
import { nearestName } from '../nearest-name.ts';
import { findHub } from './admin-address.ts';

/** Where a command's lines go. */
export interface Printer {
  out(line: string): void;
  err(line: string): void;
}

/** Of the process. Whoever read the first lines and left, as in `… | head`, misses the rest. */
export function createConsolePrinter(): Printer {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  const writer = (stream: NodeJS.WriteStream) => (line: string) => void stream.write(`${line}\n`);
  return { out: writer(process.stdout), err: writer(process.stderr) };
}

/** Talks to the running hub. Rejects with `RefusedByHub` in the hub's own words. */
export interface Hub {
  get<Answer>(path: string): Promise<Answer>;
  /** Adds who the operator is. */
  post<Answer>(path: string, body: object): Promise<Answer>;
}

/** One problem of one file, as the hub told it. */
export type ToldProblem = Readonly<Record<'file' | 'path' | 'rule' | 'zh' | 'en', string>>;

/** What a hub answered instead of doing it. */
export class RefusedByHub extends Error {
  readonly problems: readonly ToldProblem[];
  /** The line of a problem, where the command knows its file. */
  lineOf: (problem: ToldProblem) => number | undefined = () => undefined;

  constructor(message: string, problems: readonly ToldProblem[]) {
    super(message);
    this.problems = problems;
  }
}

/** One verb of a command. Prints only what the hub said, never what a file holds. */
export type Verb = (args: {
  positionals: readonly string[];
  reason?: string;
}) => ((hub: Hub, print: Printer) => Promise<void>) | undefined;

/**
 * Runs the verb that the arguments name against the hub of this data directory. Resolves with the exit code: 0 done, 1 refused or failed,
 * 2 not understood (the usage is printed).
 */
export async function runOperatorCommand(
  args: readonly string[],
  command: { readonly usage: string; readonly verbs: Readonly<Record<string, Verb>> },
  dataDir: string,
  print: Printer,
): Promise<number> {
  const [name = ''] = args;
  if (helpNames.has(name)) {
    print.out(command.usage);
    return 0;
  }
  const run = chooseVerb(args, command.verbs);
  if (!run) {
    print.err(command.usage);
    if (name !== '') print.err(sayMisuse(name, Object.keys(command.verbs)));
    return 2;
  }
  try {
    await run(createHub(dataDir), print);
    return 0;
  } catch (error) {
    for (const line of describeFailure(error)) print.err(line);
    return 1;
  }
}

const helpNames = new Set(['help', '--help', '-h']);

function sayMisuse(name: string, verbs: readonly string[]): string {
  if (verbs.includes(name))
    return `\n${name} 的参数不符，见上。 The arguments of ${name} do not fit: see above.`;
  const meant = nearestName(name, verbs);
  const suggestion = meant ? `是否要写 ${meant}？ Did you mean ${meant}? ` : '';
  return `\n没有这个命令：${name}。${suggestion}可用 There are: ${verbs.join(', ')}`;
}

function chooseVerb(args: readonly string[], verbs: Readonly<Record<string, Verb>>) {
  const [name = '', ...rest] = args;
  const verb = Object.hasOwn(verbs, name) ? verbs[name] : undefined;
  const parsed = parseRest(rest);
  return parsed && verb?.(parsed);
}

function parseRest(args: readonly string[]) {
  const options = { reason: { type: 'string' } } as const satisfies ParseArgsConfig['options'];
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    return { positionals, ...(values.reason === undefined ? {} : { reason: values.reason }) };
  } catch {
    return undefined;
  }
}

function createHub(dataDir: string): Hub {
  const ask = async (path: string, init: RequestInit) => {
    const { url, key } = await findHub(dataDir);
    const response = await fetch(new URL(path, url), {
      ...init,
      redirect: 'error',
      headers: { ...init.headers, 'x-admin-key': key },
    });
    const answer: unknown = await response.json();
    if (!response.ok) throw readRefusal(answer, response.status);
    // What `admin-routes.ts` answers.
    return answer as never;
  };
  return {
    get: (path) => ask(path, {}),
    post: (path, body) =>
      ask(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ...body, by: operatorName() }),
      }),
  };
}

function readRefusal(answer: unknown, status: number): RefusedByHub {
  const { message, details }: { message?: unknown; details?: { problems?: unknown } } = Object(answer);
  const problems = Array.isArray(details?.problems) ? details.problems : [];
  return new RefusedByHub(
    typeof message === 'string' ? message : `HTTP ${status}`,
    problems.map((problem: Readonly<Record<string, unknown>>) => ({
      file: String(problem['file'] ?? ''),
      path: String(problem['path'] ?? ''),
      rule: String(problem['rule'] ?? ''),
      zh: String(problem['zh'] ?? ''),
      en: String(problem['en'] ?? ''),
    })),
  );
}

/** The account's name in the characters that a record takes. */
function operatorName(): string {
  return (
    userInfo()
      .username.replace(/[^\p{L}\p{M}\p{N} ._@+\\-]/gu, '_')
      .slice(0, 64) || '_'
  );
}

function describeFailure(error: unknown): readonly string[] {
  if (error instanceof RefusedByHub)
    return [error.message, ...error.problems.map((problem) => `  ${describeProblem(problem, error)}`)];
  if (error instanceof HubError) return [`${error.zh} ${error.message}`];
  return [error instanceof Error ? error.message : String(error)];
}

/** `file:line path rule`, as editors follow it, then both sentences. */
function describeProblem(problem: ToldProblem, { lineOf }: RefusedByHub): string {
  const line = lineOf(problem);
  const { file, path, rule, zh, en } = problem;
  return [line === undefined ? file : `${file}:${line}`, path, rule, zh, en].join(' · ');
}

/** Throws with the file's name and the system's code, and nothing of its content. */
export async function readTextFile(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
}

export function unreadable(path: string, cause: unknown): TypeError {
  const { code = '' } = Object(cause) as { code?: string };
  return new TypeError(`无法读取 ${path}（${code}）。 Cannot read ${path} (${code}).`, { cause });
}

/** The data directory of commands, which read no other configuration. */
export function commandDataDir(environment: Readonly<Record<string, string | undefined>>): string {
  return resolve(environment['HUB_DATA_DIR'] || '.shuqiao');
}
