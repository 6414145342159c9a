/**
 * Writes src/generated/prisma from prisma/schema.prisma. Offline: the CLI would download an engine that generating does
 * not use, unless it is told of a file that exists. Does nothing when what is there is current, so `npm start` may call it.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const root = new URL('../', import.meta.url);
const stampFile = new URL('src/generated/prisma/.stamp', root);
const require = createRequire(import.meta.url);

const stamp = createStamp();
if (readStamp() !== stamp) {
  generate();
  writeFileSync(stampFile, stamp);
}

function createStamp() {
  const inputs = [new URL('prisma/schema.prisma', root), require.resolve('prisma/package.json')];
  return inputs.reduce((hash, file) => hash.update(readFileSync(file)), createHash('sha256')).digest('hex');
}

function readStamp() {
  try {
    return readFileSync(stampFile, 'utf8');
  } catch {
    return undefined;
  }
}

function generate() {
  const environment = {
    ...process.env,
    PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
    CHECKPOINT_DISABLE: '1',
  };
  const run = spawnSync(
    process.execPath,
    [require.resolve('prisma/build/index.js'), 'generate', '--no-hints'],
    {
      cwd: fileURLToPath(root),
      env: environment,
      encoding: 'utf8',
    },
  );
  if (run.status === 0) return;
  process.stderr.write(`prisma generate failed\n${run.stdout}${run.stderr}`);
  process.exit(1);
}
