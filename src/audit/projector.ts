import { createKnownDecisions, type KnownDecisions } from './known-decisions.ts';
import { createPatternOf, type PatternOf } from './pattern.ts';
import { projectDamaged, projectEntry, type Searchable } from './project-entry.ts';
import { readRecords } from './read-records.ts';
import { type Sql, type SqlRow, textOf } from './sql.ts';
import { columnsOf, openRow } from './stored-row.ts';
import { type Finding, type ProjectedRecord, writeProjected } from './write-projection.ts';
import { createWrittenRecords, type WrittenRecords } from './written-records.ts';

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
  /** Of bodies that are read. */
  readonly batchBytes?: number;
  /** What this replica's log wrote and keeps for the projector. */
  readonly written?: WrittenRecords;
}

type Statements = Pick<Sql, 'query'>;

interface Parts extends Required<ProjectorOptions> {
  readonly patternOf: PatternOf;
  readonly knownDecisions: KnownDecisions;
}

export function createProjector(sql: Sql, options: ProjectorOptions = {}): Projector {
  const parts: Parts = {
    logId: 1,
    batchRecords: 256,
    batchBytes: 1_000_000,
    written: createWrittenRecords(),
    patternOf: createPatternOf(),
    knownDecisions: createKnownDecisions(),
    ...options,
  };
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;

  async function follow(): Promise<void> {
    const { position, end } = await readPositions(sql, parts.logId);
    parts.written.dropBefore(position);
    for (let reached = position; reached < end; ) {
      reached = await sql.transaction((tx) => advance(tx, parts, end));
      parts.written.dropBefore(reached);
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
      await sql.transaction((tx) => empty(tx, parts.logId));
      await catchUp();
    },
  };
}

const selectPositions = {
  name: 'audit-positions',
  text: `SELECT projection.next::text AS position, seq.next::text AS "end"
FROM audit.projection JOIN audit.seq USING (log_id) WHERE log_id = $1`,
};

/** Of one snapshot, without a lock: most calls find nothing to do. */
async function readPositions(sql: Sql, logId: number): Promise<{ position: bigint; end: bigint }> {
  const [row] = await sql.query(selectPositions, [logId]);
  if (!row) throw new TypeError('the log has no position row');
  const position = BigInt(textOf(row, 'position'));
  const end = BigInt(textOf(row, 'end'));
  if (position > end) {
    throw new TypeError('the log ends before what was already projected: it was cut or restored; rebuild');
  }
  return { position, end };
}

const lockPosition = {
  name: 'audit-lock',
  text: `SELECT next::text AS position, counted::text AS counted FROM audit.projection WHERE log_id = $1 FOR UPDATE`,
};

/** Projects one batch and returns the new position. Everything in one transaction, so that no record counts twice. */
async function advance(sql: Statements, parts: Parts, end: bigint): Promise<bigint> {
  const { logId } = parts;
  const [row] = await sql.query(lockPosition, [logId]);
  if (!row) throw new TypeError('the log has no position row');
  const position = BigInt(textOf(row, 'position'));
  if (position >= end) return position;

  const { rows, replaced } = await readRecords(sql, parts, position);
  const last = rows.at(-1);
  const reached = last ? BigInt(textOf(last, 'leaf_index')) + 1n : end;
  const { records, damaged } = projectRows(parts, rows);
  const findings = [...replaced, ...damaged].map(toFinding);
  findings.push(...missingRanges(rows, position, reached));
  const counted = BigInt(textOf(row, 'counted'));
  await writeProjected(sql, { logId, records, findings, counted, reached });
  return reached;
}

function projectRows(
  parts: Parts,
  rows: readonly SqlRow[],
): { records: readonly ProjectedRecord[]; damaged: readonly string[] } {
  const firstIndexes = new Map<string, string>();
  const damaged: string[] = [];
  const records = rows.map((row) => {
    const index = textOf(row, 'leaf_index');
    const searchable = readSearchable(parts, row, index);
    if (!searchable) {
      damaged.push(index);
      return { index, searchable: projectDamaged(columnsOf(row)), repeatOf: null };
    }
    const { eventId } = searchable;
    const repeatOf = row['first_index'] === null ? firstIndexes.get(eventId) : textOf(row, 'first_index');
    if (repeatOf === undefined) firstIndexes.set(eventId, index);
    return { index, searchable, repeatOf: repeatOf ?? null };
  });
  return { records, damaged };
}

/** Undefined where the body is not what the log wrote. */
function readSearchable(
  { written, patternOf, knownDecisions }: Parts,
  row: SqlRow,
  index: string,
): Searchable | undefined {
  if (row['is_whole'] !== null) return written.get(index)?.searchable;
  const opened = openRow(row);
  if (opened.isDamaged) return undefined;
  const { entry } = opened;
  return projectEntry({ ...entry, decisions: knownDecisions(entry.decisions) }, patternOf);
}

function toFinding(index: string): Finding {
  return { from: index, until: (BigInt(index) + 1n).toString(), kind: 'damaged' };
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
    `TRUNCATE audit.access, audit.access_pattern, audit.access_subject, audit.access_hour, audit.usage,
       audit.finding`,
    [],
  );
  await sql.query('UPDATE audit.projection SET next = 0, counted = 0 WHERE log_id = $1', [logId]);
}
