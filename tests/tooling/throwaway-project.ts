import { type ChildProcess, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export const root = join(import.meta.dirname, '../..');

/** A small project around the real entry scripts: what these start is replaced by `files`. Remove it with `remove`. */
export interface ThrowawayProject {
  readonly folder: string;
  write(files: Readonly<Record<string, string>>): Promise<void>;
  /** Starts a command in the project, in a process group of its own as a terminal would. */
  start(command: string, args: readonly string[], environment?: NodeJS.ProcessEnv): Running;
  remove(): Promise<void>;
}

export interface Running {
  readonly process: ChildProcess;
  /** Everything printed so far. */
  output(): string;
  /** The first match in the output, as soon as there is one; rejects if the command ends without it. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
  /** Exit code, or the name of the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
}

const copied = [
  'scripts',
  'package.json',
  'package-lock.json',
  '.npmrc',
  '.dependency-cruiser.cjs',
  'tsconfig.json',
];
const linked = new Set(['.cache', '.vite', '.vite-temp']);

export async function createProject(
  files: Readonly<Record<string, string>>,
  options: { installed: boolean } = { installed: true },
): Promise<ThrowawayProject> {
  const folder = await mkdtemp(join(tmpdir(), 'shuqiao-project-'));
  const filter = (name: string): boolean => !name.endsWith('.ts');
  for (const name of copied) await cp(join(root, name), join(folder, name), { recursive: true, filter });
  if (options.installed) await linkPackages(folder);
  await writeFiles(folder, files);
  return {
    folder,
    write: (more) => writeFiles(folder, more),
    start: (command, args, environment) => startIn(folder, command, args, environment),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), text);
  }
}

/** The packages of this repository, but caches of its own. */
async function linkPackages(folder: string): Promise<void> {
  await mkdir(join(folder, 'node_modules'));
  for (const name of await readdir(join(root, 'node_modules'))) {
    if (linked.has(name)) continue;
    await symlink(join(root, 'node_modules', name), join(folder, 'node_modules', name));
  }
}

/** In a process group of its own, as a terminal would. */
export function startIn(
  folder: string,
  command: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Running {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|VITEST|NODE_ENV|TEST$)/.test(name),
  );
  const env = { ...Object.fromEntries(inherited), NO_COLOR: '1', ...environment };
  const child = spawn(command, args, { cwd: folder, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let look = () => {};
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      look();
    });
  }
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.on('close', (code, signal) => resolve(code ?? signal));
  });
  const printed = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      look = () => {
        const match = pattern.exec(output);
        if (match) resolve(match);
      };
      look();
      void ended.then(() => reject(new TypeError(`ended without printing ${pattern}:\n${output}`)));
    });
  return { process: child, output: () => output, printed, ended };
}

/** Resolves when no process of these ids exists any more. */
export async function gone(pids: readonly number[]): Promise<void> {
  while (pids.some(isAlive)) await new Promise((resolve) => setTimeout(resolve, 20));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
