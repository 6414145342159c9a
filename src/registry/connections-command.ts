import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { readAdminAddress } from './admin-channel.ts';
import type { Printer } from './agreements-command.ts';

const usage = `用法 Usage: npm run connections -- put <目录文件中的 credential 名 name> <连接文件 file.json>
把数据源的地址和凭据加密存入正在运行的平台，并立即启用。
Stores a source's address and secret, sealed, in the running hub, and uses it at once. The form of the file: docs/contract.md.`;

/** The command; resolves with the exit code. The file's content is sent to the hub on this machine and shown nowhere. */
export async function runConnectionsCommand(
  args: readonly string[],
  dataDir: string,
  print: Printer,
): Promise<number> {
  const [verb, name, file] = args;
  if (verb !== 'put' || !name || !file) {
    print.err(usage);
    return 2;
  }
  try {
    return await putConnection(name, file, dataDir, print);
  } catch (error) {
    print.err(error instanceof Error ? error.message : String(error));
    return 1;
  }
}

async function putConnection(name: string, file: string, dataDir: string, print: Printer): Promise<number> {
  const connection = parseFile(await readFile(file, 'utf8'));
  const { url, key } = await readAdminAddress(dataDir);
  const response = await fetch(new URL('/connections', url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-admin-key': key },
    body: JSON.stringify({ name, connection, by: userInfo().username }),
  });
  // What `admin-channel.ts` answers.
  const answer = (await response.json()) as { readonly message?: string };
  if (!response.ok) {
    print.err(answer.message ?? `HTTP ${response.status}`);
    return 1;
  }
  print.out(`已保存 stored: ${name}`);
  return 0;
}

/** JSON's own message would repeat a piece of the file, which holds secrets. */
function parseFile(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new TypeError('连接文件不是有效的 JSON。 The connection file is not valid JSON.');
  }
}
