import { userInfo } from 'node:os';
import { type App, createApp } from '../src/app.ts';
import { parseConfig } from '../src/config.ts';
import { HubError } from '../src/errors.ts';
import { readAgreementFiles } from '../src/registry/agreements-command.ts';
import { claimDataDir } from '../src/storage/hub-mark-prisma.ts';
import { clientDefaults } from './demo-clients.ts';
import { createDemoIssuer } from './demo-issuer.ts';
import { demoCaller, firstQuery, welcomeLines } from './demo-welcome.ts';
import { createDepartmentKeeper } from './keep-departments.ts';
import { createPopulation } from './population/population.ts';
import { alwaysDown, createSandboxConnector, neverFound } from './sandbox-sources.ts';
import { type DepartmentProcesses, startDepartmentProcesses } from './start-departments.ts';

/**
 * `npm start`: the hub on its embedded database, with four demo departments as separate processes and a token issuer of its own. For looking at,
 * never for production.
 */
async function main(args: readonly string[]): Promise<void> {
  const isSandbox = args[0] === '--sandbox';
  const residents = parseResidents(isSandbox ? args.slice(1) : args);
  // At its first start the hub would warn of each department that the next lines connect.
  const config = parseConfig({
    HUB_LOG_LEVEL: 'error',
    ...(isSandbox ? { HUB_DATA_DIR: '.shuqiao/sandbox' } : {}),
    ...process.env,
    ...(isSandbox ? { HUB_SANDBOX: 'on' } : {}),
  });
  if (config.isProduction) throw notForProduction();
  // Before the demo's issuer is trusted there.
  claimDataDir(config.dataDir, config.isSandbox ? 'SANDBOX' : 'LIVE');
  console.log('正在启动四个示例部门……  Starting four sample departments …');
  const issuer = await createDemoIssuer(config.dataDir);
  const demo: { departments?: DepartmentProcesses; isClosing: boolean } = { isClosing: false };
  const departments = await startDepartmentProcesses({
    residents,
    onLost: createDepartmentKeeper({
      departments: () => demo.departments,
      isClosing: () => demo.isClosing,
      say: (line) => console.log(line),
    }),
  });
  demo.departments = departments;
  const app = await createApp(
    config,
    config.isSandbox ? { createConnector: createSandboxConnector(departments.connections) } : {},
  ).catch(async (error: unknown) => {
    await departments.stop();
    throw error;
  });
  closeOnSignal(app, departments, () => {
    demo.isClosing = true;
  });
  await connect(app, departments);
  const url = await app.listen();
  const token = await issuer.issueToken({
    client: demoCaller.client,
    ...clientDefaults(demoCaller.client),
  });
  const { facts } = createPopulation({ residents });
  const query = firstQuery(facts.fixed.everywhere.value);
  if (config.isSandbox) console.log(sandboxLines.join('\n'));
  const { dataDir, isExplorerOn } = config;
  console.log(welcomeLines({ url, token, query, warnings: app.warnings, dataDir, isExplorerOn }).join('\n'));
}

const sandboxLines: readonly string[] = [
  '',
  '沙箱 Sandbox：居民全部为虚构，不连接任何部门。 All residents are synthetic; no department is reached.',
  `${neverFound}：各部门均无记录 no record anywhere`,
  `${alwaysDown}：人社始终不应答 social security never answers`,
];

/** Stores the departments' addresses and imports the agreements, except what was revoked here; all on record. */
async function connect(app: App, departments: DepartmentProcesses): Promise<void> {
  const by = userInfo().username;
  for (const [name, connection] of Object.entries(departments.connections)) {
    await app.administration.putConnection(name, connection, by);
  }
  const agreements = await app.administration.listAgreements();
  const revoked = new Set(agreements.filter(({ status }) => status === 'REVOKED').map(({ id }) => id));
  const files = await readAgreementFiles('examples/agreements');
  await app.administration.importAgreements(
    files.filter(({ text }) => !revoked.has(JSON.parse(text).id)),
    by,
  );
}

function closeOnSignal(app: App, departments: DepartmentProcesses, onClosing: () => void): void {
  let isClosing = false;
  const close = async () => {
    if (isClosing) return;
    isClosing = true;
    onClosing();
    console.log('\n正在停止……  Stopping …');
    await app.close();
    await departments.stop();
    process.exit(0);
  };
  process.on('SIGINT', () => void close());
  process.on('SIGTERM', () => void close());
}

/** Its issuer vouches for whoever can read a file, and its residents would stand in a real log. */
function notForProduction(): HubError {
  return new HubError('CONFIG_INVALID', {
    hintZh: 'npm start 只用于试用，不能用于生产环境（NODE_ENV=production）；生产环境请用 npm run serve。',
    hint: 'npm start is for looking at the hub, never for production (NODE_ENV=production): use npm run serve.',
  });
}

function parseResidents(args: readonly string[]): number {
  const at = args.indexOf('--residents');
  if (at < 0 && args.length === 0) return 10_000;
  const value = Number(args[at + 1]);
  if (at === 0 && args.length === 2 && Number.isInteger(value) && value >= 100 && value <= 100_000)
    return value;
  throw new HubError('CONFIG_INVALID', {
    hintZh: '唯一的选项是 --residents N（100 到 100000）。',
    hint: 'The only option is --residents N, from 100 to 100000.',
  });
}

// Whoever read the first lines and left, as in `npm start | head`, does not end the hub.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof HubError ? `${error.zh} ${error.message}` : error);
  process.exit(1);
});
