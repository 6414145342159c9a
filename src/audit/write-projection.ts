import { integerArray, uuidArray } from './binary-array.ts';
import { inChina } from './china-time.ts';
import type { Pattern } from './pattern.ts';
import type { Searchable } from './project-entry.ts';
import { type Sql, textOf } from './sql.ts';
import { subjectKeys } from './subject-keys.ts';

/** Records that are not as the log wrote them, from `from` to `until` (exclusive). */
export interface Finding {
  readonly from: string;
  readonly until: string;
  readonly kind: 'missing' | 'damaged';
}

export interface ProjectedRecord {
  readonly index: string;
  readonly searchable: Searchable;
  /** The first record of the same event, of which this is a repeat: it is found by searches and counts for no quota. */
  readonly repeatOf: string | null;
}

export interface ProjectedBatch {
  readonly logId: number;
  readonly records: readonly ProjectedRecord[];
  readonly findings: readonly Finding[];
  /** The usage of records before it is in the table already. */
  readonly counted: bigint;
  /** The position after the batch. */
  readonly reached: bigint;
}

/**
 * All tables and the position in one statement, from JSON texts and binary arrays: the same on both engines, and one round trip.
 * Sorted, so that neighbouring subjects meet the index's pages together.
 */
const writeBatch = {
  name: 'audit-project',
  text: `WITH accesses AS (
  INSERT INTO audit.access (leaf_index, at, event_id, pattern, repeat_of, case_ref)
  SELECT leaf_index, at, event_id, pattern, repeat_of, case_ref
  FROM json_to_recordset($1::text::json) AS r (leaf_index bigint, at timestamptz, event_id uuid, pattern bigint,
    repeat_of bigint, case_ref text)
), subjects AS (
  INSERT INTO audit.access_subject (pseudonym, leaf_index)
  SELECT DISTINCT pseudonym, $4::text::bigint + after FROM unnest($2::uuid[], $3::integer[]) AS s (pseudonym, after)
  ORDER BY 1, 2
), hours AS (
  INSERT INTO audit.access_hour AS h (hour, first_index, last_index)
  SELECT hour, first_index, last_index
  FROM json_to_recordset($5::text::json) AS r (hour timestamptz, first_index bigint, last_index bigint)
  ON CONFLICT (hour) DO UPDATE SET first_index = least(h.first_index, excluded.first_index),
    last_index = greatest(h.last_index, excluded.last_index)
), used AS (
  INSERT INTO audit.usage AS u (day, agreement, requests)
  SELECT day, agreement, requests
  FROM json_to_recordset($6::text::json) AS r (day date, agreement text, requests bigint)
  ON CONFLICT (day, agreement) DO UPDATE SET requests = u.requests + excluded.requests
)
UPDATE audit.projection SET next = $7::text::bigint, counted = greatest(counted, $7::text::bigint) WHERE log_id = $8`,
};

/** Runs inside the transaction that holds the position's row, so that usage counts each record once. */
export async function writeProjected(sql: Pick<Sql, 'query'>, batch: ProjectedBatch): Promise<void> {
  const { records, findings, counted, reached, logId } = batch;
  const ids = await findPatterns(sql, records);
  if (findings.length > 0) await sql.query(insertFindings, [JSON.stringify(findings)]);
  const base = records[0]?.index ?? '0';
  const { keys, after } = subjectRows(records, BigInt(base));
  await sql.query(writeBatch, [
    JSON.stringify(records.map((record) => accessRow(record, ids))),
    uuidArray(keys),
    integerArray(after),
    base,
    JSON.stringify(hourRows(records)),
    JSON.stringify(usageRows(records.filter((record) => counts(record, counted)))),
    reached.toString(),
    logId,
  ]);
}

const selectPatterns = {
  name: 'audit-patterns',
  text: `SELECT encode(digest, 'hex') AS digest, id::text AS id FROM audit.access_pattern
WHERE digest IN (SELECT decode(value, 'hex') FROM json_array_elements_text($1::text::json) AS t (value))`,
};

const insertPatterns = `INSERT INTO audit.access_pattern (digest, terms)
SELECT decode(digest, 'hex'), ARRAY(SELECT json_array_elements_text(terms))
FROM json_to_recordset($1::text::json) AS r (digest text, terms json)
RETURNING encode(digest, 'hex') AS digest, id::text AS id`;

const insertFindings = `INSERT INTO audit.finding (leaf_index, until_index, kind)
SELECT "from", until, kind FROM json_to_recordset($1::text::json) AS r ("from" bigint, until bigint, kind text)
ON CONFLICT DO NOTHING`;

/** The ids of the records' patterns, by digest. What never occurred before is written down. */
async function findPatterns(
  sql: Pick<Sql, 'query'>,
  records: readonly ProjectedRecord[],
): Promise<ReadonlyMap<string, string>> {
  const patterns = new Map<string, Pattern>();
  for (const {
    searchable: { pattern },
  } of records)
    patterns.set(pattern.digest, pattern);
  if (patterns.size === 0) return new Map();
  const known = await sql.query(selectPatterns, [JSON.stringify([...patterns.keys()])]);
  for (const row of known) patterns.delete(textOf(row, 'digest'));
  const unknown = [...patterns.values()];
  const made = unknown.length > 0 ? await sql.query(insertPatterns, [JSON.stringify(unknown)]) : [];
  return new Map([...known, ...made].map((row) => [textOf(row, 'digest'), textOf(row, 'id')]));
}

function accessRow(
  { index, searchable, repeatOf }: ProjectedRecord,
  ids: ReadonlyMap<string, string>,
): object {
  const { at, eventId, pattern, caseReference } = searchable;
  return {
    leaf_index: index,
    at,
    event_id: eventId,
    pattern: ids.get(pattern.digest),
    repeat_of: repeatOf,
    case_ref: caseReference,
  };
}

/** `after`: how far behind the first record the one of the key is. */
function subjectRows(records: readonly ProjectedRecord[], base: bigint) {
  const after: number[] = [];
  const keys = records.map(({ index, searchable: { subjects } }) => {
    const distance = Number(BigInt(index) - base);
    for (let i = 0; i < subjects.length; i++) after.push(distance);
    return subjectKeys(subjects);
  });
  return { keys: Buffer.concat(keys), after };
}

/** Records come in the order of their indexes. */
function hourRows(records: readonly ProjectedRecord[]): readonly object[] {
  const hours = new Map<string, { hour: string; first_index: string; last_index: string }>();
  for (const { index, searchable } of records) {
    const hour = `${searchable.at.slice(0, 13)}:00:00Z`;
    const known = hours.get(hour);
    if (known) known.last_index = index;
    else hours.set(hour, { hour, first_index: index, last_index: index });
  }
  return [...hours.values()];
}

function counts({ index, repeatOf }: ProjectedRecord, counted: bigint): boolean {
  return repeatOf === null && BigInt(index) >= counted;
}

function usageRows(records: readonly ProjectedRecord[]): readonly object[] {
  const rows = new Map<string, { day: string; agreement: string; requests: number }>();
  for (const {
    searchable: { at, agreements },
  } of records) {
    const day = inChina(Date.parse(at)).slice(0, 10);
    for (const agreement of agreements) {
      const key = `${day} ${agreement}`;
      const row = rows.get(key) ?? { day, agreement, requests: 0 };
      row.requests += 1;
      rows.set(key, row);
    }
  }
  return [...rows.values()];
}
