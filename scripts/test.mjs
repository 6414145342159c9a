/**
 * `npm test`: everything that must hold, in one command, here as in CI. Installs and generates what is missing, then
 * format and lint, import rules, types, generated code, tests. Stops at the first step that fails, with `--all` at none;
 * further arguments go to vitest. Ends with the line `N passed, N failed, N skipped`. Plain Node, nothing installed.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureInstalled } from './ensure-installed.mjs';
import { runNode } from './run-child.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const all = process.argv.includes('--all');
const testArgs = process.argv.slice(2).filter((argument) => argument !== '--all');

const generate = { name: 'database client', file: 'scripts/prisma-generate.mjs' };
const types = {
  name: 'types',
  file: 'node_modules/typescript/bin/tsc',
  args: [
    '--noEmit',
    '-p',
    '.',
    '--incremental',
    '--tsBuildInfoFile',
    'node_modules/.cache/shuqiao/tsbuildinfo',
  ],
};
const lint = {
  name: 'format and lint',
  file: 'node_modules/@biomejs/biome/bin/biome',
  args: ['ci', '--error-on-warnings', `--colors=${process.stdout.isTTY ? 'force' : 'off'}`, '.'],
};
const imports = { name: 'import rules', file: 'scripts/check-imports.mjs' };
const codegen = {
  name: 'generated code',
  file: 'codegen.ts',
  nodeArgs: ['--import', 'tsx'],
  args: ['--check'],
};

const results = [];

await ensureInstalled(root);
await runInTurn([generate]);
// The type check takes as long as the other three together, and the machine has another core.
if (mayGoOn()) await Promise.all([runInTurn([types]), runInTurn([lint, imports, codegen])]);
const counts = mayGoOn() ? await runTests() : undefined;
printSummary(counts);
process.exit(results.every(({ ok }) => ok) ? 0 : 1);

function mayGoOn() {
  return all || results.every(({ ok }) => ok);
}

async function runInTurn(steps) {
  for (const step of steps) if (mayGoOn()) await runStep(step);
}

/** What a step prints is shown if it fails. */
async function runStep({ name, file, nodeArgs = [], args = [] }) {
  if (!existsSync(join(root, file))) {
    console.error(`${file} is missing: this clone is incomplete.`);
    return finish(name, false, 0);
  }
  const { code, output, seconds } = await runNode([...nodeArgs, file, ...args], { cwd: root, capture: true });
  if (code !== 0) console.error(output.trim());
  finish(name, code === 0, seconds);
}

function finish(name, ok, seconds) {
  results.push({ name, ok, seconds });
  console.log(resultLine({ name, ok, seconds }));
}

/** Runs vitest and counts by its own report; undefined if it made none. */
async function runTests() {
  const folder = mkdtempSync(join(tmpdir(), 'shuqiao-test-'));
  const reportFile = join(folder, 'report.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`];
  const vitest = 'node_modules/vitest/vitest.mjs';
  const { code, seconds } = await runNode([vitest, 'run', ...reporters, ...testArgs], { cwd: root });
  const counts = existsSync(reportFile)
    ? countTests(JSON.parse(readFileSync(reportFile, 'utf8')))
    : undefined;
  rmSync(folder, { recursive: true });
  finish('tests', code === 0 && counts !== undefined && counts.failed === 0, seconds);
  return counts;
}

/** A file that could not be loaded has no tests to count, and counts as one that failed. */
function countTests(report) {
  const unloaded = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && assertionResults.every((test) => test.status !== 'failed'),
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + unloaded.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

function printSummary(counts) {
  console.log(`\n${results.map(resultLine).join('\n')}`);
  if (!counts) return console.log('the tests did not run');
  console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
}

function resultLine({ name, ok, seconds }) {
  return `${ok ? 'ok  ' : 'FAIL'}  ${name.padEnd(16)} ${seconds.toFixed(1).padStart(6)} s`;
}
