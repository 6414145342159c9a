import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface MigrationFile {
  /** Directory name: `20261121000100_hub_tables`. They run in the order of their names. */
  readonly name: string;
  readonly script: string;
  /** SHA-256 of the script, hex: what Prisma keeps of an applied migration. */
  readonly checksum: string;
}

/** Reads `<directory>/<name>/migration.sql`, in order. Other files are ignored; a directory without its script throws, and so
 * does a script that would begin or end a transaction: it would take from `migrate` the promise that all of it happens or nothing. */
export async function readMigrations(directory: string): Promise<readonly MigrationFile[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(names.sort().map((name) => readMigration(directory, name)));
}

async function readMigration(directory: string, name: string): Promise<MigrationFile> {
  const script = await readFile(join(directory, name, 'migration.sql'), 'utf8');
  if (controlsTransaction(script))
    throw new TypeError(`The migration ${name} must not BEGIN, COMMIT or ROLLBACK.`);
  return { name, script, checksum: createHash('sha256').update(script).digest('hex') };
}

function controlsTransaction(script: string): boolean {
  const quoted = /--[^\n]*|\/\*[\s\S]*?\*\/|'[^']*'|"[^"]*"|\$(\w*)\$[\s\S]*?\$\1\$/g;
  const statements = script.replace(quoted, ' ').split(';');
  return statements.some((statement) =>
    /^\s*(BEGIN|START|COMMIT|END|ROLLBACK|ABORT|PREPARE)\b/i.test(statement),
  );
}
