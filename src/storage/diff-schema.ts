import { readFile } from 'node:fs/promises';
import { PGlite } from '@electric-sql/pglite';
import { PrismaPGlite } from 'pglite-prisma-adapter';
import { migrate } from './migrate.ts';
import { createSchemaEngine, type MigrationSession, noFilters } from './schema-engine.ts';

/**
 * The SQL that lies between a history of migrations and a Prisma schema, or `undefined` where they say the same. Only the
 * schema `public` is compared: what raw SQL migrations keep in schemas of their own (`audit`) is not Prisma's to judge, nor
 * are triggers, functions and checks. `createEmptyDatabase` saves the seconds of `initdb` where a caller keeps an empty one.
 */
export async function diffSchema(
  schemaFile: string,
  migrationsDir: string,
  createEmptyDatabase: () => Promise<PGlite> = () => PGlite.create(),
): Promise<string | undefined> {
  const pglite = await createEmptyDatabase();
  try {
    const exec = async (script: string) => void (await pglite.exec(script));
    const session: MigrationSession = { adapter: await new PrismaPGlite(pglite).connect(), exec };
    await migrate(session, migrationsDir);
    return await diff(session, [{ path: 'schema.prisma', content: await readFile(schemaFile, 'utf8') }]);
  } finally {
    await pglite.close();
  }
}

async function diff(
  session: MigrationSession,
  files: { path: string; content: string }[],
): Promise<string | undefined> {
  const engine = await createSchemaEngine(session);
  try {
    const result = await engine.diff({
      from: { tag: 'schemaDatasource', files, configDir: '/' },
      to: { tag: 'schemaDatamodel', files },
      script: true,
      exitCode: true,
      filters: noFilters,
    });
    // With `exitCode`, 2 says that there is a difference.
    return result.exitCode === 2 ? (result.stdout ?? undefined) : undefined;
  } finally {
    engine.free();
  }
}
