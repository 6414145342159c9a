import { linkSync, mkdirSync, readFileSync, rmdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { HubError } from '../errors.ts';
import { isProcessAlive, readProcessStart } from './process-identity.ts';

export interface DataDirLock {
  /** Idempotent. */
  release(): void;
}

/**
 * Makes this process the only user of a data directory: two processes on one PGlite lose rows. A second one is refused
 * with a sentence that names the first. A lock whose process is gone (kill -9, power cut) is taken over; one that was written on
 * another machine or in another container cannot be judged from here and is never taken over.
 */
export function acquireDataDirLock(dataDir: string): DataDirLock {
  const path = join(dataDir, 'hub.lock');
  const own = JSON.stringify({ pid: process.pid, start: readProcessStart(process.pid), host: hostname() });
  if (!writeNew(path, own)) takeOver(path, own, dataDir);
  return {
    release() {
      if (readLock(path) === own) unlinkSync(path);
    },
  };
}

/** Creates the file with its content in one step, or returns false: nobody ever reads half a lock. */
function writeNew(path: string, content: string): boolean {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, content, { mode: 0o600 });
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    unlinkSync(draft);
  }
}

/** One process at a time may judge and replace a stale lock: else the second would delete the first one's new lock. */
function takeOver(path: string, own: string, dataDir: string): void {
  refuseIfHeld(path, dataDir);
  const turn = `${path}.takeover`;
  try {
    mkdirSync(turn);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
    throw refusal(dataDir, {
      zh: `另一进程正在接管；若没有平台在运行，请删除 ${turn}`,
      en: `another process is taking it over; if none is running, delete ${turn}`,
    });
  }
  try {
    refuseIfHeld(path, dataDir);
    if (readLock(path) !== undefined) unlinkSync(path);
    if (!writeNew(path, own))
      throw refusal(dataDir, { zh: '另一进程已抢先占用', en: 'another process was faster' });
  } finally {
    rmdirSync(turn);
  }
}

function refuseIfHeld(path: string, dataDir: string): void {
  const content = readLock(path);
  if (content === undefined) return;
  const holder = parseHolder(content);
  if (!holder) {
    throw refusal(dataDir, {
      zh: `锁文件无法读取；若没有平台在运行，请删除 ${path}`,
      en: `its lock cannot be read; if no hub is running, delete ${path}`,
    });
  }
  if (holder.host !== hostname()) {
    throw refusal(dataDir, {
      zh: `主机 ${holder.host} 上的进程正在使用；若该主机已不再运行，请删除 ${path}`,
      en: `a process on ${holder.host} uses it; if that machine no longer runs, delete ${path}`,
    });
  }
  if (isRunning(holder)) {
    throw refusal(dataDir, { zh: `进程 ${holder.pid} 正在使用`, en: `process ${holder.pid} uses it` });
  }
}

interface Holder {
  readonly pid: number;
  readonly start?: string;
  readonly host: string;
}

/** Where the start cannot be read (Windows), any process with that id counts as the holder: rather refused than shared. */
function isRunning(holder: Holder): boolean {
  if (!isProcessAlive(holder.pid)) return false;
  const start = readProcessStart(holder.pid);
  return start === undefined || holder.start === undefined || start === holder.start;
}

function parseHolder(content: string): Holder | undefined {
  try {
    const value: unknown = JSON.parse(content);
    if (typeof value !== 'object' || value === null || !('pid' in value) || !('host' in value))
      return undefined;
    if (!Number.isSafeInteger(value.pid) || typeof value.host !== 'string') return undefined;
    const start = 'start' in value && typeof value.start === 'string' ? { start: value.start } : {};
    return { pid: Number(value.pid), host: value.host, ...start };
  } catch {
    return undefined;
  }
}

function readLock(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function refusal(dataDir: string, why: { readonly zh: string; readonly en: string }): HubError {
  return new HubError('CONFIG_INVALID', {
    hintZh: `数据目录 ${dataDir}（HUB_DATA_DIR）已被占用：${why.zh}。两个平台共用一个目录会丢失记录；另起一个请另设 HUB_DATA_DIR。`,
    hint: `The data directory ${dataDir} (HUB_DATA_DIR) is in use: ${why.en}. Two hubs on one directory would lose records; give another hub another HUB_DATA_DIR.`,
  });
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
