/**
 * Writes the next migration: what lies between the history in prisma/migrations and prisma/schema.prisma.
 *
 *     npm run migration -- --name add_contracts            from the schema's changes
 *     npm run migration -- --name audit_index --empty      an empty file, for SQL that the schema does not know
 *
 * The history runs on a PostgreSQL in memory, so that no database is needed and none is touched.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { diffSchema } from '../src/storage/diff-schema.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const { values } = parseArgs({
  options: { name: { type: 'string' }, empty: { type: 'boolean', default: false } },
});
if (!values.name || !/^[a-z][a-z0-9_]*$/.test(values.name)) {
  console.error('Usage: npm run migration -- --name <lower_case_name> [--empty]');
  process.exit(2);
}

const migrationsDir = join(root, 'prisma/migrations');
const script = values.empty ? '-- \n' : await diffSchema(join(root, 'prisma/schema.prisma'), migrationsDir);
if (script === undefined) {
  console.log('The history already gives the schema: nothing to write.');
} else {
  const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
  const directory = join(migrationsDir, `${stamp}_${values.name}`);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'migration.sql'), script);
  console.log(`Wrote ${join(directory, 'migration.sql')}. Read it before you commit it.`);
}
