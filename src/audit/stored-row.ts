import { type OpenedRecord, openEntry, type StoredRecord } from './open-entry.ts';
import { bytesOf, type SqlRow, textOf } from './sql.ts';

/** Select list of a row of `audit.record` under an alias, in the form that `openRow` reads on both engines. */
export function recordColumns(alias: string): string {
  return `${alias}.event_id::text AS event_id, ${alias}.dept, ${alias}.body, ${alias}.leaf,
  to_char(${alias}.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at`;
}

/** What the table says beside the body. */
export function columnsOf(row: SqlRow): NonNullable<StoredRecord['columns']> {
  return {
    at: textOf(row, 'at'),
    eventId: textOf(row, 'event_id'),
    department: textOf(row, 'dept'),
  };
}

/** Verifies a selected row and reads its entry. */
export function openRow(row: SqlRow): OpenedRecord {
  return openEntry({ body: bytesOf(row, 'body'), leaf: bytesOf(row, 'leaf'), columns: columnsOf(row) });
}
