import { type ProjectedRecord, projectDamaged, projectEntry } from './project-entry.ts';
import { type Sql, type SqlRow, textOf } from './sql.ts';
import { openRow, recordColumns } from './stored-row.ts';
import { type Finding, insertProjected } from './write-projection.ts';

/** Fills the search tables from `record`. Any number of replicas may run one; they take turns by the position's row lock. */
export interface Projector {
  /**
   * Resolves when every record that was committed before the call can be found. Call before a search or a quota check.
   * Rejects as the engine does, and with `TypeError` where the log ends before what was already projected.
   */
  catchUp(): Promise<void>;
  /** Empties the search tables and fills them again, as following the log from its start does. Searches find less meanwhile. */
  rebuild(): Promise<void>;
}

export interface ProjectorOptions {
  readonly logId?: number;
  /** Of one transaction; small, because on PGlite appends wait for it. */
  readonly batchRecords?: number;
  readonly batchBytes?: number;
}

type Statements = Pick<Sql, 'query'>;
type Limits = Required<ProjectorOptions>;

export function createProjector(sql: Sql, options: ProjectorOptions = {}): Projector {
  const limits = { logId: 1, batchRecords: 256, batchBytes: 262_144, ...options };
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;

  async function follow(): Promise<void> {
    const { position, end } = await readPositions(sql, limits.logId);
    for (let reached = position; reached < end; ) {
      reached = await sql.transaction((tx) => advance(tx, limits, end));
    }
  }

  function start(): Promise<void> {
    running = follow().finally(() => {
      running = undefined;
    });
    return running;
  }

  function catchUp(): Promise<void> {
    if (!running) return start();
    // The run under way may have looked at the log before this caller's record was there; the next one will see it.
    next ??= running
      .catch(() => {})
      .then(() => {
        next = undefined;
        return start();
      });
    return next;
  }

  return {
    catchUp,
    async rebuild() {
      await sql.transaction((tx) => empty(tx, limits.logId));
      await catchUp();
    },
  };
}

/** Of one snapshot, without a lock: most calls find nothing to do. */
async function readPositions(sql: Sql, logId: number): Promise<{ position: bigint; end: bigint }> {
  const [row] = await sql.query(
    `SELECT projection.next::text AS position, seq.next::text AS "end"
     FROM audit.projection JOIN audit.seq USING (log_id) WHERE log_id = $1`,
    [logId],
  );
  if (!row) throw new TypeError('the log has no position row');
  const position = BigInt(textOf(row, 'position'));
  const end = BigInt(textOf(row, 'end'));
  if (position > end) {
    throw new TypeError('the log ends before what was already projected: it was cut or restored; rebuild');
  }
  return { position, end };
}

/** Projects one batch and returns the new position. Everything in one transaction, so that no record counts twice. */
async function advance(sql: Statements, limits: Limits, end: bigint): Promise<bigint> {
  const { logId } = limits;
  const [row] = await sql.query(
    'SELECT next::text AS position FROM audit.projection WHERE log_id = $1 FOR UPDATE',
    [logId],
  );
  if (!row) throw new TypeError('the log has no position row');
  const position = BigInt(textOf(row, 'position'));
  if (position >= end) return position;

  const rows = await readRecords(sql, limits, position);
  const last = rows.at(-1);
  const reached = last ? BigInt(textOf(last, 'leaf_index')) + 1n : end;
  const { projected, damaged } = await projectRows(sql, rows);
  await insertProjected(sql, projected, [...damaged, ...missingRanges(rows, position, reached)]);
  await sql.query('UPDATE audit.projection SET next = $2::text::bigint WHERE log_id = $1', [
    logId,
    reached.toString(),
  ]);
  return reached;
}

const recordsSql = `SELECT sized.leaf_index::text AS leaf_index, ${recordColumns('sized')}
FROM (
  SELECT *, sum(length(body)) OVER (ORDER BY leaf_index) - length(body) AS bytes_before
  FROM (SELECT * FROM audit.record WHERE log_id = $1 AND leaf_index >= $2::text::bigint
        ORDER BY leaf_index LIMIT $3) AS candidates
) AS sized
WHERE bytes_before < $4
ORDER BY sized.leaf_index`;

async function readRecords(sql: Statements, limits: Limits, from: bigint): Promise<readonly SqlRow[]> {
  const { logId, batchRecords, batchBytes } = limits;
  return sql.query(recordsSql, [logId, from.toString(), batchRecords, batchBytes]);
}

async function projectRows(
  sql: Statements,
  rows: readonly SqlRow[],
): Promise<{ projected: readonly ProjectedRecord[]; damaged: readonly Finding[] }> {
  const firstIndexes = await readFirstIndexes(sql, rows);
  const projected: ProjectedRecord[] = [];
  const damaged: Finding[] = [];
  for (const row of rows) {
    const index = textOf(row, 'leaf_index');
    const { columns, opened } = openRow(row);
    if (opened.isDamaged) {
      projected.push(projectDamaged(index, columns));
      damaged.push({ from: index, until: (BigInt(index) + 1n).toString(), kind: 'damaged' });
      continue;
    }
    const first = firstIndexes.get(columns.eventId);
    if (first === undefined) firstIndexes.set(columns.eventId, index);
    projected.push(projectEntry(index, opened.entry, first ?? null));
  }
  return { projected, damaged };
}

/** Of the events among `rows` that were already projected: their first index. */
async function readFirstIndexes(sql: Statements, rows: readonly SqlRow[]): Promise<Map<string, string>> {
  const ids = JSON.stringify(rows.map((row) => textOf(row, 'event_id')));
  const known = await sql.query(
    `SELECT event_id::text AS event_id, min(leaf_index)::text AS leaf_index FROM audit.access
     WHERE event_id IN (SELECT value::uuid FROM json_array_elements_text($1::text::json) AS t (value))
     GROUP BY event_id`,
    [ids],
  );
  return new Map(known.map((row) => [textOf(row, 'event_id'), textOf(row, 'leaf_index')]));
}

/** The log is gapless by construction: a hole between `from` and `until` means that rows were removed. */
function missingRanges(rows: readonly SqlRow[], from: bigint, until: bigint): readonly Finding[] {
  const ranges: Finding[] = [];
  let expected = from;
  for (const index of [...rows.map((row) => BigInt(textOf(row, 'leaf_index'))), until]) {
    if (index > expected)
      ranges.push({ from: expected.toString(), until: index.toString(), kind: 'missing' });
    expected = index + 1n;
  }
  return ranges;
}

async function empty(sql: Statements, logId: number): Promise<void> {
  await sql.query('SELECT 1 FROM audit.projection WHERE log_id = $1 FOR UPDATE', [logId]);
  await sql.query(
    `TRUNCATE audit.access, audit.access_field, audit.access_subject, audit.access_source, audit.access_error,
       audit.usage, audit.finding`,
    [],
  );
  await sql.query('UPDATE audit.projection SET next = 0 WHERE log_id = $1', [logId]);
}
