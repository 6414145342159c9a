import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { HubError } from '../errors.ts';

/** The key ring's place in a data directory. */
export function keyFilePath(dataDir: string): string {
  return join(dataDir, 'keys.json');
}

/** The text of the file, `undefined` where there is none. A file that others than its owner may touch is refused. */
export function readKeyFile(path: string): string | undefined {
  try {
    // Windows has no such modes; there the directory's access list decides.
    const open = process.platform === 'win32' ? 0 : statSync(path).mode & 0o077;
    if (open === 0) return readFileSync(path, 'utf8');
  } catch (cause) {
    if (hasCode(cause, 'ENOENT')) return undefined;
    throw new HubError('CONFIG_INVALID', { hint: `The key ring ${path} cannot be read.`, cause });
  }
  throw new HubError('CONFIG_INVALID', {
    hint: `Others may read the key ring ${path}. Take their rights away (chmod 600) and replace the keys if somebody did.`,
  });
}

/**
 * Creates the file, readable by its owner alone and complete from its first moment. Where another process was faster, the
 * file stays as it is: read it again.
 */
export function createKeyFile(path: string, text: string): void {
  mkdirSync(join(path, '..'), { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}`;
  try {
    writeDurably(draft, text);
    linkSync(draft, path);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) {
      throw new HubError('CONFIG_INVALID', { hint: `The key ring ${path} cannot be created.`, cause: error });
    }
  } finally {
    removeDraft(draft);
  }
}

function writeDurably(path: string, text: string): void {
  removeDraft(path);
  const file = openSync(path, 'wx', 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function removeDraft(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
