/** What `npm start` prints once everything serves. */
export interface Welcome {
  readonly url: string;
  readonly token: string;
  readonly query: DemoQuery;
  readonly warnings: readonly string[];
}

export interface DemoQuery {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

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

export function showWelcome({ url, token, query, warnings }: Welcome): void {
  const endpoint = `${url}/graphql`;
  const lines = [
    '',
    ...warnings.map((warning) => `⚠ ${warning}`),
    `数桥 Shuqiao  ${endpoint}`,
    `就绪检查 ready: ${url}/readyz`,
    '',
    '访问令牌（15 分钟有效；npm run token -- --client <应用> --purpose <目的> 可再取）',
    'Token (15 minutes; npm run token -- --client <name> --purpose <code> prints another):',
    token,
    '',
    '粘贴即可查询 Paste this:',
    curlOf(endpoint, token, query),
    '',
    'Ctrl-C 停止 to stop',
  ];
  console.log(lines.join('\n'));
}

/** A command for any POSIX shell; the body is JSON without single quotes. */
export function curlOf(endpoint: string, token: string, query: DemoQuery): string {
  return [
    `curl -s ${endpoint}`,
    `-H 'content-type: application/json'`,
    `-H 'authorization: Bearer ${token}'`,
    `-H 'shuqiao-purpose: dispute-mediation'`,
    `-H 'shuqiao-case: 2026-TJ-0001'`,
    `-d '${JSON.stringify(query)}'`,
  ].join(' \\\n  ');
}
