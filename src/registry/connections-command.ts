import { findJsonError } from '../policies/json-error.ts';
import type { ConnectionSummary } from './connection-store.ts';
import { type Hub, type Printer, readTextFile, runOperatorCommand, type Verb } from './operator-command.ts';
import { printReport } from './print-report.ts';

const usage = `用法 Usage: npm run connections -- <命令 verb>
  put <名称 name> <连接文件 file.json>  把数据源的地址和凭据加密存入正在运行的平台，并立即启用；名称即目录文件中的 credential
                                       stores a source's address and secret, sealed, and uses it at once
  list                                 列出连接：名称、种类、保存时间和保存人，不含内容
                                       lists names, kinds, when and by whom stored; never what they hold
  remove <名称>                        删除连接，其数据源随即不可用 removes one: its sources are unavailable from then on
连接文件的格式 The form of the file: docs/contract.md`;

const verbs: Readonly<Record<string, Verb>> = {
  put: ({ positionals: [name, file, ...rest] }) => {
    if (name === undefined || file === undefined || rest.length > 0) return undefined;
    return (hub, print) => putConnection(name, file, hub, print);
  },
  list: ({ positionals }) => (positionals.length === 0 ? listConnections : undefined),
  remove: ({ positionals: [id, ...rest] }) => {
    if (id === undefined || rest.length > 0) return undefined;
    return async (hub, print) =>
      printReport(
        await hub.post('/connections/remove', { id }),
        print,
        '使用它的数源随即不可用（SOURCE_UNAVAILABLE）；恢复用 put。 Its sources are unavailable from now on (SOURCE_UNAVAILABLE); put stores one again.',
      );
  },
};

/** The command; resolves with the exit code. The file's content is sent to the hub on this machine and shown nowhere. */
export function runConnectionsCommand(
  args: readonly string[],
  dataDir: string,
  print: Printer,
): Promise<number> {
  return runOperatorCommand(args, { usage, verbs }, dataDir, print);
}

async function putConnection(name: string, file: string, hub: Hub, print: Printer): Promise<void> {
  const connection = parseFile(file, await readTextFile(file));
  printReport(
    await hub.post('/connections/put', { name, connection }),
    print,
    '已启用；连不上时运行日志会说明。没有协议授权的字段仍不提供：npm run agreements -- import。 In use; where it cannot be reached, the hub’s log says so. Fields that no agreement grants stay denied: npm run agreements -- import.',
  );
}

async function listConnections(hub: Hub, print: Printer): Promise<void> {
  const { connections } = await hub.get<{
    // Dates travel as text.
    connections: readonly (Omit<ConnectionSummary, 'storedAt'> & { storedAt: string })[];
  }>('/connections');
  for (const { name, kind, storedAt, storedBy } of connections) {
    print.out([name, kind ?? '无法打开 cannot be opened', storedAt, storedBy || '—'].join('\t'));
  }
}

/** JSON's own message would repeat a piece of the file, which holds secrets. */
function parseFile(file: string, text: string): unknown {
  const error = findJsonError(text);
  if (!error) return JSON.parse(text);
  const { line, column } = error;
  throw new TypeError(
    `连接文件 ${file} 不是有效的 JSON，错误在第 ${line} 行第 ${column} 列。 ${file} is not valid JSON: line ${line}, column ${column}.`,
  );
}
