import {
  type Bounds,
  compileCount,
  compileGather,
  compileScan,
  compileWalk,
  type Scope,
  type Search,
} from './compile-search.ts';
import type { AccessEntry } from './entry.ts';
import { isNarrow, type RecordFilter, termsOf } from './record-filter.ts';
import { bytesOf, type Sql, type SqlRow, textOf } from './sql.ts';
import { openRow } from './stored-row.ts';

export type FoundRecord =
  | {
      readonly isDamaged: false;
      readonly index: string;
      /** RFC 6962 leaf hash of the body as it is stored now, base64. */
      readonly leafHash: string;
      readonly origin: string;
      readonly replica: string;
      readonly entry: AccessEntry;
    }
  | {
      /** Tampering or a broken disk: to be shown to the auditor, and to nobody as an entry. */
      readonly isDamaged: true;
      readonly index: string;
      readonly damage: 'ALTERED' | 'MALFORMED' | 'MISSING';
    };

export interface FoundPage {
  /** Newest first. */
  readonly records: readonly FoundRecord[];
  readonly hasNextPage: boolean;
}

/**
 * Searches the projections and answers from the log itself: each body is hashed again, and a record that no longer matches
 * its leaf, or is gone, is reported in its place. `after` is the index of the last record of the page before. Finds
 * what `Projector.catchUp` has seen; `first` is bounded by the caller.
 */
export async function searchRecords(
  sql: Pick<Sql, 'query'>,
  filter: RecordFilter,
  page: { readonly first: number; readonly after?: string; readonly logId?: number },
): Promise<FoundPage> {
  const { first, after, logId = 1 } = page;
  if (!Number.isInteger(first) || first < 1) throw new TypeError('first must be a positive integer');
  const bounds = await findBounds(sql, filter, { after, logId });
  const rows = bounds ? await findRows(sql, filter, { ...bounds, logId, limit: first + 1 }) : [];
  return { records: rows.slice(0, first).map(readFound), hasNextPage: rows.length > first };
}

/** Undefined where there can be none. */
async function findBounds(
  sql: Pick<Sql, 'query'>,
  filter: RecordFilter,
  { after, logId }: { readonly after: string | undefined; readonly logId: number },
): Promise<Bounds | undefined> {
  const [row] =
    filter.from || filter.until
      ? await sql.query(
          `SELECT min(first_index)::text AS lowest, (max(last_index) + 1)::text AS "end" FROM audit.access_hour
           WHERE hour > $1::timestamptz - interval '1 hour' AND hour < $2::timestamptz`,
          [filter.from?.toISOString() ?? '-infinity', filter.until?.toISOString() ?? 'infinity'],
        )
      : await sql.query(`SELECT '0' AS lowest, next::text AS "end" FROM audit.projection WHERE log_id = $1`, [
          logId,
        ]);
  if (!row || row['lowest'] === null) return undefined;
  const end = BigInt(textOf(row, 'end'));
  const isBefore = after !== undefined && BigInt(after) < end;
  return { lowest: BigInt(textOf(row, 'lowest')), end: isBefore ? BigInt(after) : end };
}

/**
 * A few of the newest records are looked at one by one: that finds a page of what is common. What has few patterns is found by
 * them, the newest of each. What has many is looked for among many of the newest records, and then by its patterns too.
 */
async function findRows(
  sql: Pick<Sql, 'query'>,
  filter: RecordFilter,
  scope: Scope,
): Promise<readonly SqlRow[]> {
  const terms = termsOf(filter);
  if (terms.length === 0 || isNarrow(filter)) return runSearch(sql, compileWalk(filter, terms, scope));
  const asked = { filter, terms, scope };
  const walked = await findAmong(walkedRecords, sql, compileWalk, asked);
  if (walked) return walked;
  const patterns = await runSearch(sql, compileCount(terms, manyPatterns));
  const scanned =
    patterns.length === manyPatterns ? await findAmong(scannedRecords, sql, compileScan, asked) : undefined;
  return scanned ?? runSearch(sql, compileGather(filter, terms, scope));
}

const walkedRecords = 256n;
const scannedRecords = 65_536n;
const manyPatterns = 256;

/** In so many of the newest records in scope. Undefined where that is neither a whole page nor all there is. */
async function findAmong(
  records: bigint,
  sql: Pick<Sql, 'query'>,
  compile: typeof compileScan,
  { filter, terms, scope }: { filter: RecordFilter; terms: readonly string[]; scope: Scope },
): Promise<readonly SqlRow[] | undefined> {
  const lowest = scope.end - records > scope.lowest ? scope.end - records : scope.lowest;
  const rows = await runSearch(sql, compile(filter, terms, { ...scope, lowest }));
  return rows.length >= scope.limit || lowest === scope.lowest ? rows : undefined;
}

function runSearch(sql: Pick<Sql, 'query'>, { text, params }: Search): Promise<readonly SqlRow[]> {
  return sql.query(text, params);
}

function readFound(row: SqlRow): FoundRecord {
  const index = textOf(row, 'leaf_index');
  if (row['body'] === null) return { isDamaged: true, index, damage: 'MISSING' };
  const opened = openRow(row);
  if (opened.isDamaged) return { isDamaged: true, index, damage: opened.damage };
  // The projection found it under another event: somebody put a whole row in its place.
  if (opened.entry.eventId !== textOf(row, 'found_event'))
    return { isDamaged: true, index, damage: 'ALTERED' };
  const { origin, replica, entry } = opened;
  const leafHash = Buffer.from(bytesOf(row, 'leaf')).toString('base64');
  return { isDamaged: false, index, leafHash, origin, replica, entry };
}
