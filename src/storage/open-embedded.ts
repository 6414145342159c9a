import { chmodSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite, types } from '@electric-sql/pglite';
import { HubError } from '../errors.ts';
import { ensureDataDir } from './data-dir.ts';
import { acquireDataDirLock } from './data-dir-lock.ts';

export interface EmbeddedDatabase {
  readonly pglite: PGlite;
  /** Closes the database, then frees the directory. */
  close(): Promise<void>;
}

/**
 * Opens PGlite in `<dataDir>/db`, creating both, for this process alone. What it acknowledges survives the death of the
 * process but not a power cut: PGlite never calls fsync.
 */
export async function openEmbedded(dataDir: string): Promise<EmbeddedDatabase> {
  ensureDataDir(dataDir);
  const lock = acquireDataDirLock(dataDir);
  try {
    const pglite = await openDatabase(dataDir);
    return {
      pglite,
      async close() {
        await pglite.close();
        lock.release();
      },
    };
  } catch (cause) {
    lock.release();
    throw new HubError('CONFIG_INVALID', {
      hintZh: `${dataDir}（HUB_DATA_DIR）中的内嵌数据库无法打开。`,
      hint: `The embedded database in ${dataDir} (HUB_DATA_DIR) cannot be opened.`,
      cause,
    });
  }
}

async function openDatabase(dataDir: string): Promise<PGlite> {
  const path = join(dataDir, 'db');
  if (!existsSync(path)) await createDatabase(`${path}.new`, path);
  // PGlite makes its files writable for everybody, so the directory must keep everybody out.
  chmodSync(path, 0o700);
  return createPglite(path);
}

/** Under another name first: a process that is stopped in these seconds would leave half a database, which never opens. */
async function createDatabase(draft: string, path: string): Promise<void> {
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { mode: 0o700 });
  await (await createPglite(draft)).close();
  renameSync(draft, path);
}

/** Without a serializer of their own, bytes travel as hex text built character by character: three times slower. */
function createPglite(dataDir: string): Promise<PGlite> {
  return PGlite.create({ dataDir, serializers: { [types.BYTEA]: (bytes) => bytes } });
}
