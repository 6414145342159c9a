/**
 * Installs the packages of package-lock.json where they are missing or others. Plain Node, nothing installed: it is the
 * first thing that `npm start` and `npm test` do on a fresh clone. Also runs by itself.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runChild, runNode } from './run-child.mjs';

const unreachable =
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT/;

if (resolve(process.argv[1] ?? '') === fileURLToPath(import.meta.url)) {
  await ensureInstalled(fileURLToPath(new URL('..', import.meta.url)));
}

/** Returns when node_modules holds what the lock says; otherwise says in one sentence why not and ends the process. */
export async function ensureInstalled(root) {
  const manifest = readJson(join(root, 'package.json'));
  if (!isNewEnough(process.versions.node, manifest.engines.node)) {
    fail(
      `需要 Node.js ${manifest.engines.node}，当前为 ${process.versions.node}。`,
      `Node.js ${manifest.engines.node} is needed; this is ${process.versions.node}.`,
    );
  }
  if (isInstalled(root)) return;
  console.log('正在安装依赖（npm ci），约需一分钟… Installing the packages of package-lock.json (npm ci) …');
  const { code, output, seconds } = await install(root);
  if (code === 0) return console.log(`依赖已安装。Installed in ${seconds.toFixed(0)} s.`);
  console.error(output.trim());
  if (unreachable.test(output)) {
    fail(
      '无法连接 npm 软件源：请检查网络，或 npm 的 registry 与 proxy 设置，然后重试。',
      'The npm registry cannot be reached: check the network, or the registry and proxy settings of npm, and try again.',
    );
  }
  fail('依赖未能安装，原因见上。', 'The packages could not be installed; npm says why above.');
}

/**
 * Does node_modules hold every package of the lock in the locked version? npm keeps its own list of what it installed.
 * A package for other machines may be missing; one for this kind of machine may not.
 */
export function isInstalled(root) {
  const installed = readJson(join(root, 'node_modules/.package-lock.json'))?.packages;
  if (!installed) return false;
  const locked = Object.entries(readJson(join(root, 'package-lock.json')).packages).filter(
    ([path]) => path !== '',
  );
  return locked.every(([path, entry]) => {
    const found = installed[path];
    if (!found) return entry.optional === true && !isForThisMachine(entry);
    return (
      found.version === entry.version && found.integrity === entry.integrity && existsSync(join(root, path))
    );
  });
}

/** `libc` cannot be told without trying, so a package that names one counts as optional everywhere. */
function isForThisMachine({ os, cpu, libc }) {
  return (
    os?.includes(process.platform) === true && cpu?.includes(process.arch) !== false && libc === undefined
  );
}

/** Only the form `>=major.minor` is used in package.json, and a test holds that. */
export function isNewEnough(version, range) {
  const [, major, minor] = /^>=(\d+)\.(\d+)$/.exec(range).map(Number);
  const [thisMajor, thisMinor] = version.split('.').map(Number);
  return thisMajor > major || (thisMajor === major && thisMinor >= minor);
}

function install(root) {
  const args = ['ci', '--no-audit', '--no-fund', '--no-progress', '--loglevel=error'];
  const patience = ['--fetch-retries=2', '--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=3000'];
  const options = { cwd: root, capture: true };
  // Inside `npm start` npm says where it is; there its own Node runs it, whatever the PATH holds.
  const npm = process.env.npm_execpath;
  if (npm?.endsWith('.js')) return runNode([npm, ...args, ...patience], options);
  return runChild('npm', [...args, ...patience], { ...options, shell: process.platform === 'win32' });
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

function fail(zh, en) {
  console.error(`${zh}\n${en}`);
  process.exit(1);
}
