import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { acquireDataDirLock } from '../../src/storage/data-dir-lock.ts';
import { readProcessStart } from '../../src/storage/process-identity.ts';
import { createEmptyDir } from '../support/test-storage.ts';

let dataDir: string;
let lockFile: string;

beforeEach(() => {
  dataDir = createEmptyDir();
  lockFile = join(dataDir, 'hub.lock');
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

/** A real second process that holds the directory until it is killed. */
async function startHolder() {
  const script = fileURLToPath(new URL('hold-lock.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return {
    pid: child.pid,
    async kill() {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

function writeLock(holder: object): void {
  writeFileSync(lockFile, JSON.stringify(holder));
}

describe('a data directory', () => {
  it('belongs to one process; a second is told which, and gets it once that one is killed', async () => {
    const holder = await startHolder();
    expect(() => acquireDataDirLock(dataDir)).toThrow(`is in use: process ${holder.pid} uses it`);
    await holder.kill();
    expect(existsSync(lockFile)).toBe(true);

    const lock = acquireDataDirLock(dataDir);
    expect(JSON.parse(readFileSync(lockFile, 'utf8'))).toMatchObject({ pid: process.pid });
    lock.release();
    lock.release();
    expect(existsSync(lockFile)).toBe(false);
  });

  it('is refused twice to the same process too', () => {
    const lock = acquireDataDirLock(dataDir);
    expect(() => acquireDataDirLock(dataDir)).toThrow(`process ${process.pid} uses it`);
    lock.release();
  });

  it('is taken over when its process id has gone to another process', () => {
    writeLock({ pid: process.ppid, start: 'another boot:1', host: hostname() });
    acquireDataDirLock(dataDir).release();
  });

  it.runIf(process.platform !== 'win32')(
    'is not taken over from the process that started at that time',
    () => {
      writeLock({ pid: process.ppid, start: readProcessStart(process.ppid), host: hostname() });
      expect(() => acquireDataDirLock(dataDir)).toThrow(`process ${process.ppid} uses it`);
    },
  );

  it('is never taken over from another machine or container', () => {
    writeLock({ pid: 2 ** 22 + 1, start: 'x', host: 'another-container' });
    expect(() => acquireDataDirLock(dataDir)).toThrow('a process on another-container uses it');
  });

  it.each(['', '{"pid":', '{"pid":"1","host":"h"}', 'null'])(
    'is not taken over on a lock that says nothing (%j)',
    (text) => {
      writeFileSync(lockFile, text);
      expect(() => acquireDataDirLock(dataDir)).toThrow(
        `its lock cannot be read; if no hub is running, delete ${lockFile}`,
      );
    },
  );

  it('is left to the process that is just taking it over', () => {
    writeLock({ pid: 2 ** 22 + 1, start: 'x', host: hostname() });
    mkdirSync(`${lockFile}.takeover`);
    expect(() => acquireDataDirLock(dataDir)).toThrow('another process is taking it over');
  });

  it('does not lose a lock that is no longer its own', () => {
    const lock = acquireDataDirLock(dataDir);
    writeLock({ pid: 1, start: 'x', host: 'another-machine' });
    lock.release();
    expect(existsSync(lockFile)).toBe(true);
  });
});
