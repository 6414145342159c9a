import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { PGlite, type PGliteOptions } from '@electric-sql/pglite';

/** Far less than the default of 128 MB: the demo's tables fit many times. */
const options: PGliteOptions = { postgresqlconf: ['shared_buffers=16MB'] };

/**
 * An empty PostgreSQL in memory. Its files are kept in `node_modules/.cache` after the first time: initdb takes several
 * times as long, and twice the memory, as loading them. Without a cache that can be read or written it works as well.
 */
export async function createEmptyDatabase(): Promise<PGlite> {
  const file = cacheFile();
  const kept = await readFile(file).catch(() => undefined);
  if (kept) {
    const loaded = await PGlite.create({ ...options, loadDataDir: new Blob([kept]) }).catch(() => undefined);
    if (loaded) return loaded;
    await rm(file, { force: true }).catch(() => {});
  }
  const created = await PGlite.create(options);
  await keep(created, file).catch(() => {});
  return created;
}

/** One file for each version of the engine. */
function cacheFile(): string {
  const require = createRequire(import.meta.url);
  const packageFolder = dirname(dirname(require.resolve('@electric-sql/pglite')));
  const { version } = require(join(packageFolder, 'package.json'));
  return join(packageFolder, '../../.cache/shuqiao', `demo-cluster-${version}.tar`);
}

/** Renamed when complete, so that another process never reads half of it. */
async function keep(database: PGlite, file: string): Promise<void> {
  const dump = await database.dumpDataDir('none');
  await mkdir(dirname(file), { recursive: true });
  const unfinished = `${file}.${process.pid}`;
  await writeFile(unfinished, Buffer.from(await dump.arrayBuffer()));
  await rename(unfinished, file);
}
