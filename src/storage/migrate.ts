import { HubError } from '../errors.ts';
import { type MigrationFile, readMigrations } from './migration-files.ts';
import { createSchemaEngine, type MigrationSession, noFilters, type SchemaEngine } from './schema-engine.ts';

/**
 * Brings the database to the history in `directory` and returns the names of what it applied.
 *
 * Each migration and the note that it was applied are one transaction, so a process that dies or a script that fails
 * leaves the database exactly as it was before that migration, and the next start begins there. The caller makes sure
 * that nobody else migrates the same database meanwhile. Migrations that the database knows and the directory does not
 * are accepted: a replica of the previous release may still start while a new one is being rolled out.
 */
export async function migrate(session: MigrationSession, directory: string): Promise<readonly string[]> {
  const files = await readMigrations(directory);
  const applied = await readApplied(session);
  const pending = files.filter((file) => !isApplied(file, applied));
  if (pending.length === 0) return [];
  const watched = watch(session);
  const engine = await createSchemaEngine(watched);
  try {
    for (const file of pending) await apply(watched, engine, file, files);
  } finally {
    engine.free();
  }
  return pending.map((file) => file.name);
}

/** Name → checksum of what the database says was applied. Rows of attempts that were rolled back do not count. */
async function readApplied(session: MigrationSession): Promise<ReadonlyMap<string, string>> {
  const [table] = await readRows(session, `SELECT to_regclass('public._prisma_migrations')::text`);
  if (!table?.[0]) {
    await refuseForeignTables(session);
    return new Map();
  }
  const rows = await readRows(
    session,
    'SELECT migration_name::text, checksum::text FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL',
  );
  return new Map(rows.map(([name, checksum]) => [String(name), String(checksum)]));
}

/** Prisma's engine would refuse too, but in words about baselines. */
async function refuseForeignTables(session: MigrationSession): Promise<void> {
  const rows = await readRows(
    session,
    `SELECT 1 FROM pg_catalog.pg_tables WHERE schemaname = 'public' AND tablename <> '_prisma_migrations' LIMIT 1`,
  );
  if (rows.length === 0) return;
  throw new HubError('CONFIG_INVALID', {
    hintZh: '该数据库中已有其他系统的表：DATABASE_URL 须指向平台自己的空数据库。',
    hint: "The database holds the tables of something else: DATABASE_URL must name an empty database of the hub's own.",
  });
}

async function readRows(session: MigrationSession, sql: string): Promise<readonly (readonly unknown[])[]> {
  return (await session.adapter.queryRaw({ sql, args: [], argTypes: [] })).rows;
}

function isApplied(file: MigrationFile, applied: ReadonlyMap<string, string>): boolean {
  const checksum = applied.get(file.name);
  if (checksum !== undefined && checksum !== file.checksum) {
    throw new HubError('CONFIG_INVALID', {
      hintZh: `迁移 ${file.name} 在本数据库应用之后被改动。请恢复原文件；改动须另写一个迁移。`,
      hint: `The migration ${file.name} was changed after this database had applied it. Restore the file; write a new migration instead.`,
    });
  }
  return checksum !== undefined;
}

/** The engine is told of the history up to this file, so that it applies this one alone. */
async function apply(
  session: WatchedSession,
  engine: SchemaEngine,
  file: MigrationFile,
  files: readonly MigrationFile[],
): Promise<void> {
  const known = files.slice(0, files.indexOf(file) + 1);
  await session.begin();
  try {
    await engine.applyMigrations({ migrationsList: toMigrationList(known), filters: noFilters });
    await session.commit();
  } catch (error) {
    await session.rollback();
    throw describeFailure(file, session.failure() ?? error);
  }
}

function toMigrationList(files: readonly MigrationFile[]) {
  return {
    baseDir: '/',
    lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' },
    shadowDbInitScript: '',
    migrationDirectories: files.map((file) => ({
      path: file.name,
      migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value: file.script } },
    })),
  };
}

interface WatchedSession extends MigrationSession {
  begin(): Promise<void>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
  /** What the script itself failed with: the engine's own error then only says that the transaction is over. */
  failure(): unknown;
}

function watch(session: MigrationSession): WatchedSession {
  let failure: unknown;
  return {
    adapter: session.adapter,
    exec: (script) =>
      session.exec(script).catch((error) => {
        failure = error;
        throw error;
      }),
    begin: () => session.exec('BEGIN'),
    commit: () => session.exec('COMMIT'),
    // After a lost connection there is nothing to roll back, and the first error is the one to tell.
    rollback: () => session.exec('ROLLBACK').catch(() => {}),
    failure: () => failure,
  };
}

function describeFailure(file: MigrationFile, error: unknown): HubError {
  const { message, code } = Object(error);
  return new HubError('CONFIG_INVALID', {
    hintZh: `平台自身数据库的迁移 ${file.name} 失败，已回滚，数据库保持原样。`,
    hint: `The migration ${file.name} of the hub's own database failed and was rolled back; the database is as it was before it.`,
    // PGlite's error also holds the whole script, which would bury the reason in the log.
    cause: new Error(`${message} (${code ?? 'no code'})`),
  });
}
