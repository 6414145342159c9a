import type { PGlite, QueryOptions } from '@electric-sql/pglite';
import { type AppendedRow, appendedIndexes, appendStatement, appendValues } from './append-statement.ts';
import type { Durability } from './durability.ts';
import type { AuditStore } from './entry.ts';
import { sqlStateOf, storeFailure } from './store-failure.ts';

export interface PgliteAuditStore extends AuditStore {
  durability(): Promise<Durability>;
  /** Makes the next partitions ahead of need. Call at start and daily. */
  ensurePartitions(): Promise<void>;
}

const BYTEA_OID = 17;
const NO_PARTITION = '23514';

/** Three times faster than PGlite's own hexadecimal text. */
const rawBytes = {
  serializers: { [BYTEA_OID]: (bytes: Uint8Array) => bytes },
  // PGlite types serialisers as returning text, but binds a Uint8Array as binary.
} as unknown as QueryOptions;

/**
 * Appends in process. PGlite is one session, shared with everybody in the hub: `query` waits until no `transaction` of
 * another party is open, and since somebody could still have sent a BEGIN by hand, the store acknowledges only what the
 * database itself calls committed afterwards. `db` belongs to the caller; `close` leaves it open.
 */
export function createPgliteAuditStore(options: {
  readonly db: PGlite;
  readonly logId?: number;
}): PgliteAuditStore {
  const { db, logId = 1 } = options;

  async function ensurePartitions(): Promise<void> {
    await db.query('SELECT audit.ensure_partitions()');
  }

  return {
    async append(records) {
      if (records.length === 0) return [];
      try {
        const values = appendValues(logId, records, records.length);
        const { rows } = await db.query<AppendedRow>(appendStatement(records.length), values, rawBytes);
        const indexes = appendedIndexes(rows[0], records.length);
        await assertCommitted(db, rows[0]?.transaction);
        return indexes;
      } catch (error) {
        if (sqlStateOf(error) === NO_PARTITION) await ensurePartitions().catch(() => {});
        throw storeFailure(error);
      }
    },
    async durability() {
      return {
        survivesPowerCut: false,
        hasSynchronousStandby: false,
        weaknesses: [
          {
            zh: '内置数据库（PGlite）从不调用 fsync：断电会丢失已确认的记录。仅供试用和测试。',
            en: 'PGlite never calls fsync: a power cut loses acknowledged records. For evaluation and tests only.',
          },
        ],
      };
    },
    async ensurePartitions() {
      try {
        await ensurePartitions();
      } catch (error) {
        throw storeFailure(error);
      }
    },
    async close() {},
  };
}

async function assertCommitted(db: PGlite, transaction: string | undefined): Promise<void> {
  const { rows } = await db.query<{ status: string | null }>(
    'SELECT pg_xact_status($1::text::xid8) AS status',
    [transaction],
  );
  const status = rows[0]?.status ?? 'unknown';
  if (status !== 'committed') {
    throw new Error(`the append landed inside a transaction that somebody opened by hand; it is ${status}`);
  }
}
