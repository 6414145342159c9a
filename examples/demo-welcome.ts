import { resolve } from 'node:path';

/** What `npm start` prints once everything serves. */
export interface Welcome {
  readonly url: string;
  readonly token: string;
  readonly query: DemoQuery;
  readonly warnings: readonly string[];
  /** Absolute. */
  readonly dataDir: string;
  readonly isExplorerOn: boolean;
}

export interface DemoQuery {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Who asks the first query. */
export const demoCaller = {
  client: 'mediation-center',
  purpose: 'dispute-mediation',
  case: '2026-TJ-0001',
} as const;

/** One resident over four departments: clear, masked and denied fields. */
export function firstQuery(citizenId: string): DemoQuery {
  return {
    query:
      'query($id: String!) { resident(identifier: { value: $id }) { name age maritalStatus ' +
      'police { citizenId phone address watchFlag asOf } ' +
      'civilAffairs { marriages { kind registeredOn spouseName } } ' +
      'socialSecurity { status employer contributions(first: 2) { month insurance amountYuan } } ' +
      'justice { mediationCases { caseNumber dispute result } communityCorrections { kind } } } }',
    variables: { id: citizenId },
  };
}

export function welcomeLines({
  url,
  token,
  query,
  warnings,
  dataDir,
  isExplorerOn,
}: Welcome): readonly string[] {
  const endpoint = `${url}/graphql`;
  const where = environmentFor(dataDir);
  return [
    '',
    ...warnings.map((warning) => `⚠ ${warning}`),
    `数桥 Shuqiao  ${endpoint}`,
    `就绪检查 ready: ${url}/readyz`,
    ...(isExplorerOn ? [`接口浏览 explorer: ${url}/explorer`] : []),
    '',
    `访问令牌：应用 ${demoCaller.client}，目的 ${demoCaller.purpose}，15 分钟有效。到期后在同一目录再取：`,
    `Token of ${demoCaller.client} for ${demoCaller.purpose}, valid for 15 minutes. Another one, from the same folder:`,
    `${where}npm run token --silent -- --client ${demoCaller.client} --purpose ${demoCaller.purpose}`,
    '',
    token,
    '',
    '粘贴即可查询 Paste this:',
    curlOf(endpoint, token, query),
    '',
    '核验应答中的回执：在上面的命令后接 To verify the receipt of the answer, add to the command above:',
    `  | npm run verify-receipt --silent -- ${url}/receipt-key.pem`,
    '',
    '另开终端 In a second terminal:',
    `  ${where}npm run client -- --url ${url}    客户端示例 the example client`,
    `  ${where}npm run agreements -- list    共享协议 the agreements in force`,
    '',
    'Ctrl-C 停止 to stop',
  ];
}

/** What a second terminal needs before commands that look for this hub; nothing where it uses the default folder. */
function environmentFor(dataDir: string): string {
  return dataDir === resolve('.shuqiao') ? '' : `HUB_DATA_DIR=${shellWord(dataDir)} `;
}

function shellWord(text: string): string {
  return /^[\w./:-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A command for any POSIX shell; the body is JSON without single quotes. */
export function curlOf(endpoint: string, token: string, query: DemoQuery): string {
  return [
    `curl -s ${endpoint}`,
    `-H 'content-type: application/json'`,
    `-H 'authorization: Bearer ${token}'`,
    `-H 'shuqiao-purpose: ${demoCaller.purpose}'`,
    `-H 'shuqiao-case: ${demoCaller.case}'`,
    `-d '${JSON.stringify(query)}'`,
  ].join(' \\\n  ');
}
