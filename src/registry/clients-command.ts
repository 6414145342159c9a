import type { Client } from '../policies/agreement.ts';
import { changeStatus } from './change-status.ts';
import { type Hub, type Printer, runOperatorCommand, type Verb } from './operator-command.ts';
import { statusNames } from './print-report.ts';
import { showOne } from './show-one.ts';

const usage = `用法 Usage: npm run clients -- <命令 verb>
  list                                  列出登记的应用 lists the registered clients
  show <编号 id>                         显示一个应用 shows one
  suspend <编号 id> [--reason <理由>]    停用应用：下一次请求起即被拒绝，令牌未过期也一样
                                        suspends a client: refused from its next request on, whatever its token
  reactivate <编号> [--reason <理由>]    恢复应用 lets it ask again
每次变更都留下记录，并立即生效。 Every change is on record and takes effect at once.`;

const verbs: Readonly<Record<string, Verb>> = {
  list: ({ positionals }) => (positionals.length === 0 ? listClients : undefined),
  show: showOne<Client>({
    read: async (hub) => (await hub.get<{ clients: readonly Client[] }>('/clients')).clients,
    nameOf: ({ id }) => id,
    none: '没有登记这个应用。 There is no such client.',
  }),
  suspend: changeStatus('/clients/suspend', {
    next: '从下一次请求起一律拒绝（CLIENT_SUSPENDED）；恢复用 reactivate。 Refused from its next request on (CLIENT_SUSPENDED); reactivate lets it ask again.',
  }),
  reactivate: changeStatus('/clients/reactivate', {
    next: '从下一次请求起恢复应答。 It is answered again from its next request on.',
  }),
};

/** The command; resolves with the exit code. */
export function runClientsCommand(args: readonly string[], dataDir: string, print: Printer): Promise<number> {
  return runOperatorCommand(args, { usage, verbs }, dataDir, print);
}

async function listClients(hub: Hub, print: Printer): Promise<void> {
  const { clients } = await hub.get<{ clients: readonly Client[] }>('/clients');
  for (const { id, department, status, title, vendor } of clients) {
    print.out(
      [id, statusNames[status], department, title, ...(vendor ? [`受托方 ${vendor}`] : [])].join('\t'),
    );
  }
}
