import { readdir, readFile, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import type { DocumentFile as AgreementFile } from '../policies/agreement-document.ts';
import { readAdminAddress } from './admin-channel.ts';

const usage = `用法 Usage: npm run agreements -- import <文件或目录 file or folder>...
校验共享协议、使用目的和应用登记文件（JSON），全部无误后一次写入正在运行的平台，并留下记录。
Checks agreement, purpose and client files (JSON), imports them into the running hub all at once, and leaves a record.`;

/** Where a command's lines go. */
export interface Printer {
  out(line: string): void;
  err(line: string): void;
}

/** The command; resolves with the exit code. Prints to the given writers only. */
export async function runAgreementsCommand(
  args: readonly string[],
  dataDir: string,
  print: Printer,
): Promise<number> {
  const [verb, ...paths] = args;
  if (verb !== 'import' || paths.length === 0) {
    print.err(usage);
    return 2;
  }
  try {
    return await importFiles(paths, dataDir, print);
  } catch (error) {
    print.err(error instanceof Error ? error.message : String(error));
    return 1;
  }
}

async function importFiles(paths: readonly string[], dataDir: string, print: Printer): Promise<number> {
  const files = (await Promise.all(paths.map(readAgreementFiles))).flat();
  const { url, key } = await readAdminAddress(dataDir);
  const response = await fetch(new URL('/agreements', url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-admin-key': key },
    body: JSON.stringify({ files, by: userInfo().username }),
  });
  const answer = (await response.json()) as ImportAnswer;
  if (!response.ok) {
    print.err(answer.message ?? `HTTP ${response.status}`);
    for (const problem of answer.details?.problems ?? []) print.err(`  ${describeProblem(problem)}`);
    return 1;
  }
  for (const change of answer.changed ?? []) print.out(`已更新 changed: ${change}`);
  print.out(`未变 unchanged: ${answer.unchanged ?? 0}；记录序号 record: ${answer.receipt?.index ?? ''}`);
  return 0;
}

/** What `admin-channel.ts` answers. */
interface ImportAnswer {
  readonly message?: string;
  readonly details?: { readonly problems?: readonly Readonly<Record<string, unknown>>[] };
  readonly changed?: readonly string[];
  readonly unchanged?: number;
  readonly receipt?: { readonly index: string };
}

function describeProblem(problem: Readonly<Record<string, unknown>>): string {
  return Object.values(problem)
    .filter((value) => typeof value === 'string' || typeof value === 'number')
    .join(' · ');
}

/** One file, or the `.json` files of a folder, in order of their names. */
export async function readAgreementFiles(path: string): Promise<AgreementFile[]> {
  const isFolder = (await stat(path)).isDirectory();
  const names = isFolder
    ? (await readdir(path))
        .filter((name) => name.endsWith('.json'))
        .sort()
        .map((name) => join(path, name))
    : [path];
  return Promise.all(names.map(async (name) => ({ name, text: await readFile(name, 'utf8') })));
}

/** The data directory of commands, which read no other configuration. */
export function commandDataDir(environment: Readonly<Record<string, string | undefined>>): string {
  return resolve(environment['HUB_DATA_DIR'] ?? '.shuqiao');
}
