/**
 * `npm start`: a hub with four sample departments, from a fresh clone. Installs and generates what is missing, then runs
 * `examples/demo.ts` until Ctrl-C; further arguments go to it. Plain Node, nothing installed.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureInstalled } from './ensure-installed.mjs';
import { ended, leaveSignals, runNode } from './run-child.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
/** npm passes a Ctrl-C on that the terminal has sent already: within this time the two are one. */
const sameSignalMs = 1_000;

// Whoever read the first lines and left, as in `npm start | head`, does not end the hub.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

await ensureInstalled(root);
await generateClient();
await generateTypes();
leaveSignals();
process.exit(await serve('examples/demo.ts'));

/** The database client; its script knows whether it is current. */
async function generateClient() {
  await runToEnd('scripts/prisma-generate.mjs', []);
}

/** The types of the schema, which are committed: generated anew where the schema is another than last time. */
async function generateTypes() {
  const stampFile = join(root, 'node_modules/.cache/shuqiao/schema.sha256');
  const stamp = hashFiles(['codegen.ts', ...filesBelow('schema'), ...filesBelow('src/generated')]);
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  await runToEnd('codegen.ts', ['--import', 'tsx']);
  mkdirSync(dirname(stampFile), { recursive: true });
  writeFileSync(
    stampFile,
    hashFiles(['codegen.ts', ...filesBelow('schema'), ...filesBelow('src/generated')]),
  );
}

function filesBelow(folder) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    if (entry.isFile()) return [`${folder}/${entry.name}`];
    return entry.name === 'prisma' ? [] : filesBelow(`${folder}/${entry.name}`);
  });
}

function hashFiles(files) {
  const hash = createHash('sha256');
  for (const file of files.sort())
    hash.update(`${file}\0`).update(existsSync(join(root, file)) ? readFileSync(join(root, file)) : '');
  return hash.digest('hex');
}

async function runToEnd(file, nodeArgs) {
  requireFile(file);
  const { code, output } = await runNode([...nodeArgs, file], { cwd: root, capture: true });
  if (code === 0) return;
  console.error(`${output.trim()}\n${file} 失败（退出码 ${code}）。${file} failed with exit code ${code}.`);
  process.exit(1);
}

/**
 * Runs the demo in a process group of its own, so that a Ctrl-C reaches it once, through here, and so that nothing of it
 * can be left behind. Resolves with its exit code.
 */
async function serve(file) {
  requireFile(file);
  const endWithParent = new URL('end-with-parent.mjs', import.meta.url).href;
  const typescript = new URL('typescript.mjs', import.meta.url).href;
  const demo = spawn(
    process.execPath,
    ['--import', typescript, '--import', endWithParent, file, ...process.argv.slice(2)],
    { cwd: root, stdio: ['ignore', 'inherit', 'inherit', 'ipc'], detached: process.platform !== 'win32' },
  );
  passSignals(demo);
  const code = await ended(demo);
  killGroup(demo.pid);
  return code;
}

/** The first signal asks the demo to finish what it is doing, a later one ends it at once. */
function passSignals(demo) {
  let askedAt;
  const ask = (signal) => {
    askedAt = Date.now();
    console.log('再按一次 Ctrl-C 立即结束。 Press Ctrl-C again to end at once.');
    demo.kill(signal);
  };
  const stop = (signal) => {
    if (askedAt === undefined) ask(signal === 'SIGINT' ? 'SIGINT' : 'SIGTERM');
    else if (Date.now() - askedAt > sameSignalMs) killGroup(demo.pid);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop);
  if (process.env.npm_lifecycle_event) whenOrphaned(() => askedAt === undefined && ask('SIGTERM'));
}

/** npm, told to stop, passes that on; killed, it cannot. */
function whenOrphaned(act) {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    act();
  }, 500);
}

/** Ends whatever of the demo still runs, its departments too. */
function killGroup(pid) {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
  } catch {
    // Nothing of it is left.
  }
}

function requireFile(file) {
  if (existsSync(join(root, file))) return;
  console.error(`缺少 ${file}，仓库不完整。${file} is missing: this clone is incomplete.`);
  process.exit(1);
}
