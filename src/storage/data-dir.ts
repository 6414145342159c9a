import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { HubError } from '../errors.ts';

/**
 * Makes the data directory for this account alone where there is none, and makes sure that the hub can write there. Rejects at once with
 * `CONFIG_INVALID`. Not `mkdir` with `recursive`: where a parent takes no directories (`/proc`), Node tries for ever.
 */
export function ensureDataDir(dataDir: string): void {
  try {
    makeWithParents(dataDir);
    if (!statSync(dataDir).isDirectory()) throw new TypeError('not a directory');
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new HubError('CONFIG_INVALID', {
      hintZh: `数据目录 ${dataDir}（HUB_DATA_DIR）无法创建或写入。`,
      hint: `The data directory ${dataDir} (HUB_DATA_DIR) cannot be created or written.`,
      cause,
    });
  }
}

function makeWithParents(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })) return;
  const parent = dirname(path);
  if (parent !== path) makeWithParents(parent);
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Another replica was faster.
    if (!statSync(path, { throwIfNoEntry: false })) throw error;
  }
}
