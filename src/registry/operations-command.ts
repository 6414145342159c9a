import type { ListedOperation } from './administration.ts';
import { changeStatus } from './change-status.ts';
import { type Hub, type Printer, runOperatorCommand, type Verb } from './operator-command.ts';
import { statusNames } from './print-report.ts';
import { showOne } from './show-one.ts';

const usage = `用法 Usage: npm run operations -- <命令 verb>
  list                                   列出登记的操作 lists the registered operations
  show <代码 code>                        显示一个操作、语句及记录中的指纹（shape） shows one with its text and its hash in records (shape)
  suspend <代码 code> [--reason <理由>]   停用操作：下一次请求起即不再应答 suspends one: it answers nobody from then on
  reactivate <代码> [--reason <理由>]     恢复操作 lets it be used again
登记操作用 npm run agreements -- import。 They are registered by npm run agreements -- import.
每次变更都留下记录，并立即生效。 Every change is on record and takes effect at once.`;

const verbs: Readonly<Record<string, Verb>> = {
  list: ({ positionals }) => (positionals.length === 0 ? listOperations : undefined),
  show: showOne<ListedOperation>({
    read: async (hub) =>
      (await hub.get<{ operations: readonly ListedOperation[] }>('/operations')).operations,
    nameOf: ({ code }) => code,
    none: '没有这个登记操作。 There is no such registered operation.',
  }),
  suspend: changeStatus('/operations/suspend', {
    next: '从下一次请求起不再应答；恢复用 reactivate。 It answers nobody from the next request on; reactivate lets it be used again.',
  }),
  reactivate: changeStatus('/operations/reactivate', {
    next: '从下一次请求起恢复使用。 It is answered again from the next request on.',
  }),
};

/** The command; resolves with the exit code. */
export function runOperationsCommand(
  args: readonly string[],
  dataDir: string,
  print: Printer,
): Promise<number> {
  return runOperatorCommand(args, { usage, verbs }, dataDir, print);
}

async function listOperations(hub: Hub, print: Printer): Promise<void> {
  const { operations } = await hub.get<{ operations: readonly ListedOperation[] }>('/operations');
  for (const { code, status, title, clients, hash } of operations) {
    print.out(
      [code, statusNames[status], title, clients?.join(',') ?? '全部应用 every client', hash].join('\t'),
    );
  }
}
