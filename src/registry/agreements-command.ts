import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Agreement } from '../policies/agreement.ts';
import type { DocumentFile as AgreementFile } from '../policies/agreement-document.ts';
import { lineOfPath } from '../policies/json-lines.ts';
import type { AgreementVersion } from '../policies/policy-store.ts';
import type { ImportReport } from './administration.ts';
import { changeStatus } from './change-status.ts';
import {
  type Hub,
  type Printer,
  RefusedByHub,
  readTextFile,
  runOperatorCommand,
  unreadable,
  type Verb,
} from './operator-command.ts';
import { printReport, statusNames } from './print-report.ts';

const usage = `用法 Usage: npm run agreements -- <命令 verb>
  import <文件或目录>...            校验共享协议、使用目的、应用和登记操作文件（JSON），全部无误后一次写入
                                    checks the JSON files and imports them all at once
  suspend <编号 id> --reason <理由>  暂停协议 suspends an agreement
  reactivate <编号> [--reason <理由>] 恢复已暂停的协议 puts it in force again
  revoke <编号> [--reason <理由>]    撤销协议，不可恢复 revokes it for good
  list                              列出全部协议 lists all agreements
  show <编号>                       显示一份协议及其历次版本 shows one with its versions
每次变更都留下记录，并立即生效。 Every change is on record and takes effect at once.`;

const verbs: Readonly<Record<string, Verb>> = {
  import: ({ positionals }) => {
    if (positionals.length === 0) return undefined;
    return (hub, print) => importFiles(positionals, hub, print);
  },
  suspend: changeStatus('/agreements/suspend', {
    needsReason: true,
    next: '从下一次请求起不再据此提供数据；恢复用 reactivate。 From the next request on it gives nothing; reactivate puts it in force again.',
  }),
  reactivate: changeStatus('/agreements/reactivate', {
    next: '从下一次请求起重新有效。 It is in force again from the next request on.',
  }),
  revoke: changeStatus('/agreements/revoke', {
    next: '已终止，不可恢复；如需再次共享，请以新编号另行签订并导入。 It has ended for good: to share again, import one with a new id.',
  }),
  list: ({ positionals }) => (positionals.length === 0 ? listAgreements : undefined),
  show: ({ positionals: [id, ...rest] }) => {
    if (id === undefined || rest.length > 0) return undefined;
    return (hub, print) => showAgreement(id, hub, print);
  },
};

/** The command; resolves with the exit code. Prints to the given writers only. */
export function runAgreementsCommand(
  args: readonly string[],
  dataDir: string,
  print: Printer,
): Promise<number> {
  return runOperatorCommand(args, { usage, verbs }, dataDir, print);
}

async function importFiles(paths: readonly string[], hub: Hub, print: Printer): Promise<void> {
  const files = (await Promise.all(paths.map(readAgreementFiles))).flat();
  const report = await hub.post<ImportReport>('/agreements/import', { files }).catch((error: unknown) => {
    if (error instanceof RefusedByHub) error.lineOf = lineFinder(files);
    throw error;
  });
  printReport(report, print, '新的内容从下一次请求起有效。 What is new counts from the next request on.');
  print.out(`未变 unchanged: ${report.unchanged}`);
  for (const { kind, id } of report.held) {
    print.out(
      `仍为暂停 still suspended: ${kind} ${id}（导入不会恢复，请用 reactivate；imports never reactivate）`,
    );
  }
}

/** A file that is not JSON has no lines of paths; its problem names the line itself. */
function lineFinder(files: readonly AgreementFile[]): RefusedByHub['lineOf'] {
  const texts = new Map(files.map(({ name, text }) => [name, text]));
  return ({ file, path, rule }) => {
    const text = texts.get(file);
    return text === undefined || rule === 'not-json' ? undefined : lineOfPath(text, path);
  };
}

async function listAgreements(hub: Hub, print: Printer): Promise<void> {
  const { agreements } = await hub.get<{ agreements: readonly Agreement[] }>('/agreements');
  for (const { id, version, status, consumer, provider, purpose, validUntil, title } of agreements) {
    const parties = `${provider} → ${consumer.department}`;
    print.out(
      [id, `v${version}`, statusNames[status], parties, purpose, `至 until ${validUntil}`, title].join('\t'),
    );
  }
}

async function showAgreement(id: string, hub: Hub, print: Printer): Promise<void> {
  const { agreement, history } = await hub.get<{
    agreement: Agreement;
    // Dates travel as text.
    history: readonly (Omit<AgreementVersion, 'savedAt'> & { savedAt: string })[];
  }>(`/agreements/show?id=${encodeURIComponent(id)}`);
  print.out(JSON.stringify(agreement, null, 2));
  for (const { version, savedAt, savedBy, contentHash } of history) {
    print.out([`v${version}`, savedAt, savedBy, contentHash].join('\t'));
  }
}

/** One file, or the `.json` files of a folder, in order of their names. */
export async function readAgreementFiles(path: string): Promise<AgreementFile[]> {
  const names = await listFiles(path).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  return Promise.all(names.map(async (name) => ({ name, text: await readTextFile(name) })));
}

async function listFiles(path: string): Promise<readonly string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const names = (await readdir(path)).filter((name) => name.endsWith('.json')).sort();
  return names.map((name) => join(path, name));
}
