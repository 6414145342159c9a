import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');

interface Fault {
  readonly rule: string;
  readonly from: string;
  readonly to: string;
}

interface Report {
  readonly modules: number;
  readonly faults: readonly Fault[];
}

/** Every file that another may import; each exports one value and one type. */
const targets = [
  'src/errors.ts src/config.ts src/context.ts src/logger.ts src/gateway.ts src/app.ts src/main.ts',
  'src/resident/identifier.ts src/keys/key-ring.ts src/storage/storage.ts src/mask/mask.ts src/audit/entry.ts',
  'src/connectors/connector.ts src/connectors/postgres.ts src/identity/subject.ts src/identity/token.ts',
  'src/policies/policy.ts src/policies/agreement.ts src/contract/graph.ts src/contract/compose.ts src/plan/plan.ts src/plan/plan-operation.ts',
  'src/fetch/fetch.ts src/registry/registry.ts src/registry/agreements-command.ts src/resolvers/query.ts',
  'src/console/view.ts src/generated/types.ts src/generated/prisma/client.ts src/generated/operations/view.ts',
  'src/app/serve.ts src/request/request.ts src/request/story.ts src/plan/bind-plan.ts src/policies/row-rule.ts',
  'tests/support/engines.ts examples/demo.ts scripts/token.ts',
].flatMap((line) => line.split(' '));

/** A file for each row of the table; what is generated may be imported by all of them, but as types. */
const rowsOfTheTable = [
  'errors nearest-name outbound-address logger config context gateway main request/g resident/g keys/g storage/g mask/g audit/g connectors/g identity/g',
  'policies/g contract/g plan/g fetch/g registry/g resolvers/g console/g telemetry/g explain/g services/g explorer/g',
].flatMap((line) => line.split(' '));

type Case = readonly [from: string, to: string, rule: string];

/** A file of the first column that imports a value of the second (`type` before it: a type) breaks the rule. */
const forbidden: readonly Case[] = [
  ['src/errors.ts', 'src/mask/mask.ts', 'errors-imports'],
  ['src/nearest-name.ts', 'src/mask/mask.ts', 'nearest-name-imports'],
  ['src/outbound-address.ts', 'src/connectors/connector.ts', 'outbound-address-imports'],
  ['src/config.ts', 'src/keys/key-ring.ts', 'config-imports'],
  ['src/logger.ts', 'src/config.ts', 'logger-imports'],
  ['src/resident/a.ts', 'src/mask/mask.ts', 'resident-imports'],
  ['src/keys/a.ts', 'type src/audit/entry.ts', 'keys-imports'],
  ['src/storage/a.ts', 'src/config.ts', 'storage-imports'],
  ['src/explorer/a.ts', 'type src/audit/entry.ts', 'explorer-imports'],
  ['src/telemetry/a.ts', 'type src/audit/entry.ts', 'telemetry-imports'],
  ['src/explain/a.ts', 'src/fetch/fetch.ts', 'explain-imports'],
  ['src/services/a.ts', 'src/plan/plan.ts', 'services-imports'],
  ['src/services/b.ts', 'src/policies/agreement.ts', 'services-imports-types'],
  ['src/mask/a.ts', 'src/resident/identifier.ts', 'mask-imports'],
  ['src/audit/a.ts', 'type src/policies/agreement.ts', 'audit-imports'],
  ['src/connectors/a.ts', 'type src/contract/graph.ts', 'connectors-imports'],
  ['src/identity/a.ts', 'src/policies/agreement.ts', 'identity-imports-types'],
  ['src/identity/b.ts', 'type src/policies/policy.ts', 'identity-imports'],
  ['src/policies/a.ts', 'src/identity/subject.ts', 'policies-imports-types'],
  ['src/policies/b.ts', 'type src/identity/token.ts', 'policies-imports'],
  ['src/policies/c.ts', 'src/contract/graph.ts', 'policies-imports-types'],
  ['src/policies/d.ts', 'type src/contract/compose.ts', 'policies-imports'],
  ['src/contract/a.ts', 'src/connectors/connector.ts', 'contract-imports-types'],
  ['src/contract/b.ts', 'type src/connectors/postgres.ts', 'contract-imports'],
  ['src/plan/a.ts', 'src/contract/compose.ts', 'plan-imports-types'],
  ['src/plan/b.ts', 'src/fetch/fetch.ts', 'plan-imports'],
  ['src/plan/c.ts', 'src/identity/subject.ts', 'plan-imports-types'],
  ['src/fetch/a.ts', 'src/plan/plan-operation.ts', 'fetch-imports-types'],
  ['src/fetch/b.ts', 'src/connectors/connector.ts', 'fetch-imports-types'],
  ['src/fetch/c.ts', 'type src/connectors/postgres.ts', 'fetch-imports'],
  ['src/fetch/d.ts', 'src/policies/policy.ts', 'fetch-imports'],
  ['src/answer/a.ts', 'src/fetch/fetch.ts', 'answer-imports'],
  ['src/answer/b.ts', 'src/contract/graph.ts', 'answer-imports-types'],
  ['src/registry/a.ts', 'src/identity/subject.ts', 'registry-imports'],
  ['src/resolvers/a.ts', 'src/connectors/connector.ts', 'resolvers-imports'],
  ['src/resolvers/b.ts', 'src/policies/policy.ts', 'resolvers-imports-types'],
  ['src/context.ts', 'src/policies/policy.ts', 'context-imports-types'],
  ['src/context.ts', 'src/plan/plan.ts', 'context-imports'],
  ['src/request/a.ts', 'src/connectors/postgres.ts', 'request-imports'],
  ['src/request/b.ts', 'src/gateway.ts', 'request-imports-types'],
  ['src/resolvers/c.ts', 'src/request/story.ts', 'resolvers-imports-types'],
  ['src/registry/d.ts', 'src/audit/entry.ts', 'registry-imports-types'],
  ['src/resolvers/d.ts', 'src/logger.ts', 'resolvers-imports'],
  ['src/gateway.ts', 'src/fetch/fetch.ts', 'gateway-imports'],
  ['src/main.ts', 'src/storage/storage.ts', 'main-imports'],
  ['src/console/a.ts', 'src/generated/types.ts', 'console-imports-types'],
  ['src/console/b.ts', 'src/policies/agreement.ts', 'console-imports'],
  ['src/app.ts', 'src/console/view.ts', 'console-stands-apart'],
  ['src/newcomer/a.ts', 'src/audit/entry.ts', 'not-in-the-table'],
  ['src/newcomer/b.ts', 'type src/errors.ts', 'not-in-the-table'],
  ['src/newcomer.ts', 'pino', 'not-in-the-table'],
  ['src/registry/b.ts', 'src/app.ts', 'app-is-the-root'],
  ['src/app/serve.ts', 'src/app.ts', 'app-is-the-root'],
  ['src/request/request.ts', 'src/app/serve.ts', 'app-has-its-own-chapters'],
  ['src/main.ts', 'src/app/serve.ts', 'app-has-its-own-chapters'],
  ['src/keys/b.ts', 'src/main.ts', 'main-is-an-entry'],
  ['examples/a.ts', 'src/main.ts', 'main-is-an-entry'],
  ['src/audit/b.ts', 'tests/support/engines.ts', 'product-stands-alone'],
  ['src/app.ts', 'examples/demo.ts', 'product-stands-alone'],
  ['src/app.ts', 'codegen.ts', 'product-stands-alone'],
  ['examples/b.ts', 'tests/support/engines.ts', 'examples-are-no-tests'],
  ['src/policies/e.ts', '@prisma/client', 'prisma-only-in-its-files'],
  ['src/policies/f.ts', 'type src/generated/prisma/client.ts', 'prisma-only-in-its-files'],
  ['src/app.ts', 'pglite-prisma-adapter', 'prisma-only-in-its-files'],
  ['src/fetch/f.ts', 'pg', 'drivers-only-at-the-edge'],
  ['src/audit/c.ts', '@electric-sql/pglite', 'drivers-only-at-the-edge'],
  ['src/identity/c.ts', 'undici', 'drivers-only-at-the-edge'],
  ['src/registry/c.ts', 'mysql2/promise', 'drivers-only-at-the-edge'],
  ['src/plan/d.ts', '@casl/ability', 'casl-only-in-policies'],
  ['src/audit/d.ts', 'jose', 'jose-only-for-tokens-and-keys'],
  ['src/plan/e.ts', 'type @apollo/server', 'apollo-only-at-the-gateway'],
  ['src/context.ts', '@apollo/server', 'apollo-only-at-the-gateway'],
  ['src/app.ts', 'fast-check', 'no-development-package'],
  ['src/app.ts', 'semver', 'no-unlisted-package'],
  ['src/app.ts', 'no-such-package', 'no-unresolved-import'],
  ['src/contract/c.ts', 'node:fs/promises', 'pure-folders-do-no-io'],
  ['src/mask/b.ts', 'node:http', 'pure-folders-do-no-io'],
  ['scripts/start.mjs', 'pino', 'entry-scripts-need-nothing'],
  ['scripts/ensure-installed.mjs', 'src/errors.ts', 'entry-scripts-need-nothing'],
  ['src/mask/dead.ts', '', 'no-dead-module'],
  ['src/mask/index.ts', '', 'no-barrel'],
  ...rowsOfTheTable.map(
    (row): Case => [`src/${row}.ts`, 'src/generated/types.ts', `${row.split('/')[0]}-imports-types`],
  ),
];

/** A cycle is one fault, found at either end, even where one way is of types alone. */
const cycle: readonly (readonly [from: string, to: string])[] = [
  ['src/audit/circle-a.ts', 'src/audit/circle-b.ts'],
  ['src/audit/circle-b.ts', 'type src/audit/circle-a.ts'],
];

const permitted: readonly (readonly [from: string, to: string])[] = [
  ['src/connectors/ok-a.ts', 'src/resident/identifier.ts'],
  ['src/connectors/ok-b.ts', 'undici'],
  ['src/identity/ok-a.ts', 'type src/policies/agreement.ts'],
  ['src/identity/ok-b.ts', 'jose'],
  ['src/policies/ok-a.ts', 'type src/contract/graph.ts'],
  ['src/policies/ok-b.ts', '@casl/ability'],
  ['src/policies/ok-prisma.ts', 'src/generated/prisma/client.ts'],
  ['src/contract/ok.ts', 'type src/connectors/connector.ts'],
  ['src/plan/ok-a.ts', 'src/policies/policy.ts'],
  ['src/plan/ok-b.ts', 'type src/generated/types.ts'],
  ['src/fetch/ok-a.ts', 'src/mask/mask.ts'],
  ['src/fetch/ok-b.ts', 'type src/plan/plan.ts'],
  ['src/audit/store-ok.ts', 'pg'],
  ['src/storage/ok.ts', '@electric-sql/pglite'],
  ['src/registry/ok.ts', 'src/keys/key-ring.ts'],
  ['src/keys/ok.ts', 'jose'],
  ['src/resolvers/ok.ts', 'src/fetch/fetch.ts'],
  ['src/mask/ok.ts', 'src/errors.ts'],
  ['src/request/ok.ts', '@apollo/server'],
  ['src/gateway.ts', 'src/request/request.ts'],
  ['src/fetch/ok-c.ts', 'src/policies/row-rule.ts'],
  ['scripts/ok.ts', 'src/registry/agreements-command.ts'],
  ['examples/ok.ts', 'src/app.ts'],
];

describe('the import rules', () => {
  let folder: string;
  let report: Report;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'shuqiao-imports-'));
    await writeProject(folder);
    report = await checkImports(folder);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each(forbidden)('refuse that %s imports %s: %s', (from, to, rule) => {
    expect(rulesBrokenBy(report, from, to)).toContain(rule);
  });

  it.each(permitted)('let %s import %s', (from, to) => {
    expect(rulesBrokenBy(report, from, to).filter((rule) => rule !== 'no-dead-module')).toEqual([]);
  });

  it('refuse a cycle', () => {
    const broken = cycle.flatMap(([from, to]) => rulesBrokenBy(report, from, to));
    expect(broken.filter((rule) => rule !== 'no-dead-module')).toEqual(['no-cycle']);
  });

  it('each have a case here that breaks them', () => {
    const { forbidden: rules }: { forbidden: { name: string }[] } = createRequire(import.meta.url)(
      join(root, '.dependency-cruiser.cjs'),
    );
    const tried = new Set(['no-cycle', ...forbidden.map(([, , rule]) => rule)]);
    expect(rules.map(({ name }) => name).filter((name) => !tried.has(name))).toEqual([]);
  });
});

it('a project in which no module is found does not pass', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'shuqiao-imports-'));
  await writeModule(folder, 'scripts/some.mjs', ['']);
  const { modules, faults } = await checkImports(folder);
  expect(modules).toBe(0);
  expect(faults.map(({ rule }) => rule)).toEqual(['too-few-modules']);
  await rm(folder, { recursive: true, force: true });
});

/** All cases at once, in one project: a run of the cruiser costs a second. */
async function writeProject(folder: string): Promise<void> {
  const imports = new Map<string, string[]>([...targets, 'codegen.ts'].map((target) => [target, []]));
  for (const [from, to] of [...forbidden, ...permitted, ...cycle])
    imports.set(from, [...(imports.get(from) ?? []), to]);
  for (const [from, to] of imports) await writeModule(folder, from, to);
  await cp(join(root, 'package.json'), join(folder, 'package.json'));
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
}

async function writeModule(folder: string, file: string, imports: readonly string[]): Promise<void> {
  const lines = imports.filter((to) => to !== '').map((to, index) => importLine(file, to, index));
  await mkdir(dirname(join(folder, file)), { recursive: true });
  const body = /\.mjs$/.test(file) ? '' : 'export const value = 1;\nexport type Shape = number;\n';
  await writeFile(join(folder, file), `${lines.join('')}${body}`);
}

function importLine(file: string, to: string, index: number): string {
  const target = to.replace(/^type /, '');
  const specifier = /\.ts$/.test(target) ? `./${relative(dirname(file), target)}` : target;
  return to.startsWith('type ')
    ? `import type { Shape as Shape${index} } from '${specifier}';\nexport type Used${index} = Shape${index};\n`
    : `import { value as value${index} } from '${specifier}';\nconsole.log(value${index});\n`;
}

function rulesBrokenBy(report: Report, from: string, to: string): string[] {
  const target = to.replace(/^(type |node:)/, '');
  return report.faults
    .filter((fault) => fault.from === from && fault.to.includes(target))
    .map(({ rule }) => rule);
}

function checkImports(folder: string): Promise<Report> {
  return new Promise((resolve, reject) => {
    const script = join(root, 'scripts/check-imports.mjs');
    execFile(process.execPath, [script, '--json'], { cwd: folder }, (error, stdout, stderr) => {
      if (stdout === '') reject(new TypeError(`check-imports printed nothing: ${stderr}`, { cause: error }));
      else resolve(JSON.parse(stdout));
    });
  });
}
