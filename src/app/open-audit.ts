import { type Durability, type DurabilityDemands, findRefusal } from '../audit/durability.ts';
import { type AuditLog, createAuditLog } from '../audit/log.ts';
import { createProjector, type Projector } from '../audit/projector.ts';
import { createReceiptSigner } from '../audit/receipt.ts';
import type { Sql } from '../audit/sql.ts';
import { createPgAuditStore } from '../audit/store-pg.ts';
import { createPgliteAuditStore } from '../audit/store-pglite.ts';
import { createPgSql } from '../audit/store-sql-pg.ts';
import { createPgliteSql } from '../audit/store-sql-pglite.ts';
import { createWrittenRecords } from '../audit/written-records.ts';
import type { Config } from '../config.ts';
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
  const demands = demandsOf(config);
  const { store, sql: plainSql } = await openAuditStore(storage, config.limits.requestDeadlineMs, demands);
  const sql = overrides.wrapSearch?.(plainSql) ?? plainSql;
  await store.ensurePartitions();
  const warnings = checkDurability(await store.durability(), demands);
  const written = createWrittenRecords();
  const log = createAuditLog({
    written,
    store: overrides.wrapStore?.(store) ?? store,
    origin: config.logOrigin,
    replica: config.replica,
    signReceipt: createReceiptSigner(keys.receipt.privateKey),
    now: () => now().getTime(),
    ...(overrides.auditLimits ? { limits: overrides.auditLimits } : {}),
    onFailure: (cause, failuresInARow) =>
      logger.error({ err: cause, failuresInARow }, 'the access log could not be written'),
  });
  closers.add(async () => {
    const { unwritten } = await log.close();
    if (unwritten > 0) logger.error({ unwritten }, 'records could not be written before the hub closed');
  });
  const daily = setInterval(() => void store.ensurePartitions().catch(() => {}), 86_400_000);
  daily.unref();
  closers.add(async () => clearInterval(daily));
  const projector = createProjector(sql, { written });
  closers.add(followLog(projector));
  return { log, sql, projector, warnings };
}

/** Asked for at the start, and again while the hub serves. */
function demandsOf({ isProduction, synchronousStandby }: Config): DurabilityDemands {
  return { powerCut: isProduction, standby: isProduction && synchronousStandby === 'required' };
}

/** The weaknesses of the log; those that production does not allow are refused. */
function checkDurability(durability: Durability, demands: DurabilityDemands): readonly string[] {
  const refusal = findRefusal(durability, demands);
  if (refusal) throw refusal;
  return durability.weaknesses.map(({ zh, en }) => `${zh} ${en}`);
}

const writerRole = 'shuqiao_audit_writer';

async function openAuditStore(
  { pglite, createPool, sql }: Storage,
  timeoutMs: number,
  demands: DurabilityDemands,
) {
  if (pglite) return { store: createPgliteAuditStore({ db: pglite }), sql: createPgliteSql(pglite) };
  if (!createPool) throw new TypeError('a storage is embedded or a server');
  // Where the account may not create roles, it writes the log with its own rights.
  const [member] = await sql.query(
    `SELECT pg_has_role(current_user, oid, 'MEMBER') AS is_member FROM pg_roles WHERE rolname = $1`,
    [writerRole],
  );
  const role = member?.['is_member'] === true ? { role: writerRole } : {};
  const reader = createPool({
    max: 4,
    application_name: 'shuqiao-audit-reader',
    connectionTimeoutMillis: 5_000,
    // A search that nobody waits for any more ends, on the server and, where that is cut off, here.
    statement_timeout: timeoutMs,
    idle_in_transaction_session_timeout: timeoutMs,
    query_timeout: timeoutMs + 1_000,
    keepAlive: true,
  });
  reader.on('error', () => {});
  const durability = demands.powerCut || demands.standby ? { durability: { demands } } : {};
  return { store: createPgAuditStore({ createPool, ...role, ...durability }), sql: createPgSql(reader) };
}
