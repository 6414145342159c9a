import type { SealedRecord } from './entry.ts';

/** The batch's first index, how many rows were written, and the transaction that wrote them. */
export interface AppendedRow {
  readonly base: string;
  readonly written: string;
  readonly transaction: string;
}

const texts = new Map<number, string>();

/**
 * One statement that takes the next indexes and inserts up to `slots` records with them, so that a batch is one transaction
 * and one round trip, and the counter's row lock is held no longer than that. Parameters: `appendValues`.
 */
export function appendStatement(slots: number): string {
  const known = texts.get(slots);
  if (known !== undefined) return known;
  const made = writeStatement(slots);
  texts.set(slots, made);
  return made;
}

/** Aligned to `appendStatement(slots)`; slots beyond the records stay NULL and are not inserted. */
export function appendValues(logId: number, records: readonly SealedRecord[], slots: number): unknown[] {
  const values = new Array<unknown>(2 + slots * 5).fill(null);
  values[0] = logId;
  values[1] = records.length;
  let i = 2;
  for (const { at, eventId, department, body, leaf } of records) {
    values[i++] = at;
    values[i++] = eventId;
    values[i++] = department;
    values[i++] = body;
    values[i++] = leaf;
  }
  return values;
}

/** The indexes of a batch, in order. Throws where the statement did not write exactly the batch. */
export function appendedIndexes(row: AppendedRow | undefined, count: number): readonly bigint[] {
  if (row?.written !== String(count)) {
    throw new TypeError(`the log wrote ${row?.written ?? 'no'} records where ${count} were given`);
  }
  const base = BigInt(row.base);
  return Array.from({ length: count }, (_, i) => base + BigInt(i));
}

function writeStatement(slots: number): string {
  const rows = Array.from({ length: slots }, (_, slot) => {
    const p = 3 + slot * 5;
    return `(${slot},$${p}::timestamptz,$${p + 1}::uuid,$${p + 2}::text,$${p + 3}::bytea,$${p + 4}::bytea)`;
  });
  return `WITH bumped AS (
  UPDATE audit.seq SET next = next + $2::integer WHERE log_id = $1::smallint RETURNING next - $2::integer AS base
), written AS (
  INSERT INTO audit.record (log_id, leaf_index, at, event_id, dept, body, leaf)
  SELECT $1::smallint, base + slot, at, event_id, dept, body, leaf
  FROM bumped, (VALUES ${rows.join(',')}) AS given (slot, at, event_id, dept, body, leaf)
  WHERE slot < $2::integer
  RETURNING 1
)
SELECT base::text AS base, (SELECT count(*) FROM written)::text AS written, pg_current_xact_id()::text AS transaction
FROM bumped`;
}
