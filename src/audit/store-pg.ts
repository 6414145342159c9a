import type { Pool, PoolClient, PoolConfig } from 'pg';
import { type AppendedRow, appendedIndexes, appendStatement, appendValues } from './append-statement.ts';
import type { Durability } from './durability.ts';
import type { AuditStore, SealedRecord } from './entry.ts';
import { createDurabilityCheck, type DurabilityCheckOptions, readDurability } from './store-durability-pg.ts';
import { sqlStateOf, storeFailure } from './store-failure.ts';

export interface PgAuditStoreOptions {
  /**
   * Makes the log's own pool: the caller adds the address to `settings` and changes nothing else. Never through a pooler in
   * transaction mode, which drops the settings and the prepared statements.
   */
  readonly createPool: (settings: PoolConfig) => Pool;
  readonly logId?: number;
  /** For one flush, waiting for a connection included. */
  readonly timeoutMs?: number;
  /** Role that every connection takes, such as `shuqiao_audit_writer`; the login's own if absent. */
  readonly role?: string;
  /** What the server must give before it gets a record, on each new connection and from time to time; nothing if absent. */
  readonly durability?: DurabilityCheckOptions;
}

export interface PgAuditStore extends AuditStore {
  /** As the server reports it on the log's own connection. Rejects with `AUDIT_UNAVAILABLE` when it cannot be asked. */
  durability(): Promise<Durability>;
  /** Makes the next partitions ahead of need. Call at start and daily; cheap when there is nothing to do. */
  ensurePartitions(): Promise<void>;
}

/** SQLSTATE check_violation: also "no partition of relation found for row". */
const NO_PARTITION = '23514';

/** Appends through prepared multi-row statements on a PostgreSQL server. Any failure drops its connection. */
export function createPgAuditStore(options: PgAuditStoreOptions): PgAuditStore {
  const { createPool, logId = 1, timeoutMs = 1_500 } = options;
  const pool = createPool(poolSettings(timeoutMs, options.role));
  const checkDurability = options.durability && createDurabilityCheck(options.durability);
  // A broken connection is replaced at the next append. Without a listener it would end the process: the pool listens
  // while a connection is idle, and nobody does while it is in use but between two queries.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));

  async function ensurePartitions(): Promise<void> {
    await withClient(pool, (client) => client.query('SELECT audit.ensure_partitions()'));
  }

  return {
    async append(records) {
      if (records.length === 0) return [];
      try {
        return await withClient(pool, async (client) => {
          await checkDurability?.(client);
          return appendBatch(client, logId, records);
        });
      } catch (error) {
        // The committer will try again, and then finds its partition.
        if (sqlStateOf(error) === NO_PARTITION) await ensurePartitions().catch(() => {});
        throw storeFailure(error);
      }
    },
    async durability() {
      try {
        return await withClient(pool, readDurability);
      } catch (error) {
        throw storeFailure(error);
      }
    },
    async ensurePartitions() {
      try {
        await ensurePartitions();
      } catch (error) {
        throw storeFailure(error);
      }
    },
    async close() {
      if (!pool.ending) await pool.end();
    },
  };
}

/**
 * Sent with the connection's start, before anything else can run on it. Generic plans: planning 256 rows anew costs more than
 * inserting them. The client-side timeout is for a server that no longer answers at all.
 */
function poolSettings(timeoutMs: number, role: string | undefined): PoolConfig {
  const settings = {
    synchronous_commit: 'on',
    statement_timeout: timeoutMs,
    idle_in_transaction_session_timeout: timeoutMs,
    plan_cache_mode: 'force_generic_plan',
    ...(role === undefined ? {} : { role }),
  };
  return {
    max: 2,
    options: Object.entries(settings)
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(' '),
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs + 500,
    keepAlive: true,
    application_name: 'shuqiao-audit',
  };
}

async function withClient<T>(pool: Pool, use: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    const result = await use(client);
    client.release();
    return result;
  } catch (error) {
    // Whatever went wrong, this session may be half-way through something, or on a server that became a standby.
    client.release(true);
    throw error;
  }
}

async function appendBatch(
  client: PoolClient,
  logId: number,
  records: readonly SealedRecord[],
): Promise<readonly bigint[]> {
  let warning: string | undefined;
  const onNotice = (notice: { message?: string | undefined }) => {
    warning = notice.message ?? 'unnamed';
  };
  client.on('notice', onNotice);
  try {
    // Nine statements to prepare instead of 256.
    const slots = 2 ** Math.ceil(Math.log2(records.length));
    const result = await client.query<AppendedRow>({
      name: `audit-append-${slots}`,
      text: appendStatement(slots),
      values: appendValues(logId, records, slots),
    });
    // "canceling wait for synchronous replication" is a warning beside a COMMIT that no standby has.
    if (warning !== undefined) throw new Error(`the server warned while committing: ${warning}`);
    return appendedIndexes(result.rows[0], records.length);
  } finally {
    client.off('notice', onNotice);
  }
}
