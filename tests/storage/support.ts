import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createEmptyDir } from '../support/test-storage.ts';

export const hubMigrations = fileURLToPath(new URL('../../prisma/migrations', import.meta.url));
export const schemaFile = fileURLToPath(new URL('../../prisma/schema.prisma', import.meta.url));

/** The hub's own history with more after it, in a directory of its own. */
export function createHistory(more: Readonly<Record<string, string>>): string {
  const directory = createEmptyDir();
  cpSync(hubMigrations, directory, { recursive: true });
  for (const [name, script] of Object.entries(more)) {
    mkdirSync(join(directory, name), { recursive: true });
    writeFileSync(join(directory, name, 'migration.sql'), script);
  }
  return directory;
}
