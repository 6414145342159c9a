import type { Sql, SqlRow } from './sql.ts';
import { recordColumns } from './stored-row.ts';

export interface RecordsToRead {
  readonly logId: number;
  readonly batchRecords: number;
  readonly batchBytes: number;
}

/** The next records, up to a number of bytes. */
export async function readRecords(
  sql: Pick<Sql, 'query'>,
  { logId, batchRecords, batchBytes }: RecordsToRead,
  from: bigint,
): Promise<readonly SqlRow[]> {
  return sql.query(selectRecords, [logId, from.toString(), batchRecords, batchBytes]);
}

const selectRecords = {
  name: 'audit-records',
  text: `SELECT sized.leaf_index::text AS leaf_index, ${recordColumns('sized')},
  (SELECT min(first) FROM (
    -- OFFSET 0: min() would otherwise walk through all records in the order of their indexes.
    SELECT leaf_index AS first FROM audit.access WHERE access.event_id = sized.event_id OFFSET 0
  ) AS same)::text AS first_index
FROM (
  SELECT *, sum(length(body)) OVER (ORDER BY leaf_index) - length(body) AS bytes_before
  FROM (SELECT * FROM audit.record WHERE log_id = $1 AND leaf_index >= $2::text::bigint
        ORDER BY leaf_index LIMIT $3) AS candidates
) AS sized
WHERE bytes_before < $4
ORDER BY sized.leaf_index`,
};
