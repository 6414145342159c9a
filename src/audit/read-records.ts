import { bytesOf, type Sql, type SqlRow, textOf } from './sql.ts';
import { columnsOf, recordColumns } from './stored-row.ts';
import type { WrittenRecords } from './written-records.ts';

export interface RecordsToRead {
  readonly logId: number;
  readonly batchRecords: number;
  /** Of bodies that are read. */
  readonly batchBytes: number;
  readonly written: WrittenRecords;
}

/**
 * `replaced`: indexes where there is something else than this replica wrote. The batch is then read whole, and judged like
 * everybody's.
 */
export async function readRecords(
  sql: Pick<Sql, 'query'>,
  { logId, batchRecords, batchBytes, written }: RecordsToRead,
  from: bigint,
): Promise<{ rows: readonly SqlRow[]; replaced: readonly string[] }> {
  const read = (own: readonly string[]) =>
    sql.query(selectRecords, [logId, from.toString(), batchRecords, batchBytes, JSON.stringify(own)]);
  const rows = await read(written.indexesFrom(from, batchRecords));
  const replaced = rows
    .filter((row) => row['is_whole'] !== null && !isAsWritten(row, written))
    .map((row) => textOf(row, 'leaf_index'));
  return { rows: replaced.length === 0 ? rows : await read([]), replaced };
}

/**
 * The next records. Of those that this replica wrote ($5) the server says whether the body still has its hash; the bodies of
 * others travel, up to a number of bytes.
 */
const selectRecords = {
  name: 'audit-records',
  text: `SELECT sized.leaf_index::text AS leaf_index, ${recordColumns('sized')}, is_whole,
  (SELECT min(first) FROM (
    -- OFFSET 0: min() would otherwise walk through all records in the order of their indexes.
    SELECT leaf_index AS first FROM audit.access WHERE access.event_id = sized.event_id OFFSET 0
  ) AS same)::text AS first_index
FROM (
  SELECT leaf_index, at, event_id, dept, leaf,
    CASE WHEN own IS NULL THEN body END AS body,
    CASE WHEN own IS NOT NULL THEN sha256('\\x00'::bytea || body) = leaf END AS is_whole,
    sum(CASE WHEN own IS NULL THEN length(body) ELSE 0 END)
      OVER (ORDER BY leaf_index ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS bytes_before
  FROM (SELECT * FROM audit.record WHERE log_id = $1 AND leaf_index >= $2::text::bigint
        ORDER BY leaf_index LIMIT $3) AS candidates
  LEFT JOIN json_array_elements_text($5::text::json) AS written (own) ON own::bigint = leaf_index
) AS sized
WHERE coalesce(bytes_before, 0) < $4
ORDER BY sized.leaf_index`,
};

/** The server says that the body has its hash; it is the hash that was sealed here, and the columns say the same. */
function isAsWritten(row: SqlRow, written: WrittenRecords): boolean {
  const known = written.get(textOf(row, 'leaf_index'));
  if (!known || row['is_whole'] !== true) return false;
  const { at, eventId, department } = columnsOf(row);
  return (
    Buffer.from(bytesOf(row, 'leaf')).toString('base64') === known.leafHash &&
    at === known.searchable.at &&
    eventId === known.searchable.eventId &&
    department === known.department
  );
}
