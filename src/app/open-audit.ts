import { type AuditLog, createAuditLog } from '../audit/log.ts';
import { createProjector, type Projector } from '../audit/projector.ts';
import { createReceiptSigner } from '../audit/receipt.ts';
import type { Sql } from '../audit/sql.ts';
import { createPgAuditStore } from '../audit/store-pg.ts';
import { createPgliteAuditStore } from '../audit/store-pglite.ts';
import { createPgSql } from '../audit/store-sql-pg.ts';
import { createPgliteSql } from '../audit/store-sql-pglite.ts';
import { HubError } from '../errors.ts';
import type { Storage } from '../storage/storage.ts';
import type { Closers } from './closers.ts';
import { followLog } from './follow-log.ts';
import type { Foundation } from './lay-foundation.ts';

/** The access log, and what reads it. */
export interface Audit {
  readonly log: AuditLog;
  readonly sql: Sql;
  readonly projector: Projector;
  readonly warnings: readonly string[];
}

/** Opens the access log for writing and for search. In production a log that a power cut could shorten is refused. */
export async function openAudit(foundation: Foundation, closers: Closers): Promise<Audit> {
  const { config, overrides, now, logger, storage, keys } = foundation;
  const { store, sql } = await openAuditStore(storage);
  await store.ensurePartitions();
  const durability = await store.durability();
  if (config.isProduction && !durability.survivesPowerCut) {
    throw new HubError('CONFIG_INVALID', { hint: durability.problems.join(' ') });
  }
  const log = createAuditLog({
    store: overrides.wrapStore?.(store) ?? store,
    origin: config.logOrigin,
    replica: config.replica,
    signReceipt: createReceiptSigner(keys.receipt.privateKey),
    now: () => now().getTime(),
    ...(overrides.auditLimits ? { limits: overrides.auditLimits } : {}),
    onFailure: (cause, failuresInARow) =>
      logger.error({ err: cause, failuresInARow }, 'the access log could not be written'),
  });
  closers.add(() => log.close());
  const daily = setInterval(() => void store.ensurePartitions().catch(() => {}), 86_400_000);
  daily.unref();
  closers.add(async () => clearInterval(daily));
  const projector = createProjector(sql);
  closers.add(followLog(projector));
  return { log, sql, projector, warnings: durability.problems };
}

const writerRole = 'shuqiao_audit_writer';

async function openAuditStore({ pglite, createPool, sql }: Storage) {
  if (pglite) return { store: createPgliteAuditStore({ db: pglite }), sql: createPgliteSql(pglite) };
  if (!createPool) throw new TypeError('a storage is embedded or a server');
  // Where the account may not create roles, it writes the log with its own rights.
  const [member] = await sql.query(
    `SELECT pg_has_role(current_user, oid, 'MEMBER') AS is_member FROM pg_roles WHERE rolname = $1`,
    [writerRole],
  );
  const role = member?.['is_member'] === true ? { role: writerRole } : {};
  const reader = createPool({ max: 4, application_name: 'shuqiao-audit-reader' });
  reader.on('error', () => {});
  return { store: createPgAuditStore({ createPool, ...role }), sql: createPgSql(reader) };
}
