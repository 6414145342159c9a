import type { ProjectedRecord } from './project-entry.ts';
import type { Sql } from './sql.ts';

/** Records that are not as the log wrote them, from `from` to `until` (exclusive). */
export interface Finding {
  readonly from: string;
  readonly until: string;
  readonly kind: 'missing' | 'damaged';
}

/** Every table is filled by one statement from one JSON text: the same on both engines, and few round trips. */
const insertAccess = `INSERT INTO audit.access (leaf_index, at, event_id, repeat_of, kind, request_id, client, dept,
  officer, purpose, case_ref, status)
SELECT leaf_index, at, event_id, repeat_of, kind, request_id, client, dept, officer, purpose, case_ref, status
FROM json_to_recordset($1::text::json) AS r (leaf_index bigint, at timestamptz, event_id uuid, repeat_of bigint,
  kind text, request_id text, client text, dept text, officer text, purpose text, case_ref text, status integer)
ON CONFLICT DO NOTHING`;

const insertFields = `INSERT INTO audit.access_field (coordinate, leaf_index, effect)
SELECT coordinate, leaf_index, effect
FROM json_to_recordset($1::text::json) AS r (coordinate text, leaf_index bigint, effect text)
ON CONFLICT DO NOTHING`;

const insertSubjects = `INSERT INTO audit.access_subject (pseudonym, leaf_index)
SELECT name, leaf_index FROM json_to_recordset($1::text::json) AS r (name text, leaf_index bigint)
ON CONFLICT DO NOTHING`;

const insertSources = `INSERT INTO audit.access_source (source, leaf_index)
SELECT name, leaf_index FROM json_to_recordset($1::text::json) AS r (name text, leaf_index bigint)
ON CONFLICT DO NOTHING`;

const insertErrors = `INSERT INTO audit.access_error (code, leaf_index)
SELECT name, leaf_index FROM json_to_recordset($1::text::json) AS r (name text, leaf_index bigint)
ON CONFLICT DO NOTHING`;

const insertFindings = `INSERT INTO audit.finding (leaf_index, until_index, kind)
SELECT "from", until, kind FROM json_to_recordset($1::text::json) AS r ("from" bigint, until bigint, kind text)
ON CONFLICT DO NOTHING`;

const addUsage = `INSERT INTO audit.usage AS u (day, agreement, requests)
SELECT day, agreement, count(*) FROM json_to_recordset($1::text::json) AS r (day date, agreement text)
GROUP BY day, agreement
ON CONFLICT (day, agreement) DO UPDATE SET requests = u.requests + excluded.requests`;

/** Runs inside the transaction that also moves the position, so that usage counts each record once. */
export async function insertProjected(
  sql: Pick<Sql, 'query'>,
  records: readonly ProjectedRecord[],
  findings: readonly Finding[],
): Promise<void> {
  const named = (names: (record: ProjectedRecord) => readonly string[]) =>
    records.flatMap((record) =>
      names(record).map((name) => ({ name, leaf_index: record.access.leaf_index })),
    );
  const tables: readonly (readonly [statement: string, rows: readonly object[]])[] = [
    [insertAccess, records.map((record) => record.access)],
    [insertFields, records.flatMap(fieldRows)],
    [insertSubjects, named((record) => record.subjects)],
    [insertSources, named((record) => record.sources)],
    [insertErrors, named((record) => record.errors)],
    [addUsage, records.flatMap(({ agreements, day }) => agreements.map((agreement) => ({ agreement, day })))],
    [insertFindings, findings],
  ];
  for (const [statement, rows] of tables) {
    if (rows.length > 0) await sql.query(statement, [JSON.stringify(rows)]);
  }
}

function fieldRows({ access, fields }: ProjectedRecord): readonly object[] {
  return fields.map((field) => ({ ...field, leaf_index: access.leaf_index }));
}
