import { uuidArray } from './binary-array.ts';
import type { RecordFilter } from './record-filter.ts';
import { searchKey } from './search-key.ts';
import { recordColumns } from './stored-row.ts';
import { subjectKeys } from './subject-keys.ts';

/** Indexes between which all records lie that can be found. */
export interface Bounds {
  /** Inclusive. */
  readonly lowest: bigint;
  /** Exclusive. */
  readonly end: bigint;
}

export interface Scope extends Bounds {
  readonly logId: number;
  readonly limit: number;
}

/** Values travel as parameters only; the text is made of the constants below. */
export interface Search {
  readonly text: string;
  readonly params: readonly unknown[];
}

/** By subject or case where the filter names one, otherwise backwards; the pattern of each record is looked up. */
export function compileWalk(filter: RecordFilter, terms: readonly string[], scope: Scope): Search {
  const { params, bind, conditions } = bindScope(filter, scope);
  const { pseudonyms } = filter;
  const named = pseudonyms ? `JOIN ${subjectsOf(bind, pseudonyms)} AS s USING (leaf_index)` : '';
  if (terms.length > 0) {
    conditions.push(
      `(SELECT p.terms @> ${bindTerms(bind, terms)} FROM audit.access_pattern AS p WHERE p.id = a.pattern)`,
    );
  }
  const candidates = `SELECT a.leaf_index, a.event_id FROM audit.access AS a ${named}
  WHERE ${conditions.join(' AND ')}
  ORDER BY a.leaf_index DESC LIMIT ${bind(scope.limit)}`;
  return withRecords(candidates, params);
}

/** The indexes of the records under any of the names. OFFSET 0: they are found first, by their own index, whatever else is asked. */
function subjectsOf(bind: Bind, pseudonyms: readonly string[]): string {
  const keys = `unnest(${bind(uuidArray(subjectKeys(pseudonyms)))}::uuid[])`;
  return `(SELECT DISTINCT leaf_index FROM ${keys} AS k (pseudonym) CROSS JOIN LATERAL (
    SELECT leaf_index FROM audit.access_subject AS s WHERE s.pseudonym = k.pseudonym OFFSET 0
  ) AS found OFFSET 0)`;
}

/** Backwards, for records of the patterns that have the terms. IS TRUE: these are found once, and no join is made of it. */
export function compileScan(filter: RecordFilter, terms: readonly string[], scope: Scope): Search {
  const { params, bind, conditions } = bindScope(filter, scope);
  const candidates = `SELECT a.leaf_index, a.event_id FROM audit.access AS a
  WHERE ${conditions.join(' AND ')}
    AND (a.pattern IN (SELECT id FROM audit.access_pattern WHERE terms @> ${bindTerms(bind, terms)})) IS TRUE
  ORDER BY a.leaf_index DESC LIMIT ${bind(scope.limit)}`;
  return withRecords(candidates, params);
}

/** The newest of each pattern that has the terms, from the index over patterns. */
export function compileGather(filter: RecordFilter, terms: readonly string[], scope: Scope): Search {
  const { params, bind, conditions } = bindScope(filter, scope);
  const limit = bind(scope.limit);
  const candidates = `SELECT newest.leaf_index, newest.event_id
  FROM (SELECT id FROM audit.access_pattern WHERE terms @> ${bindTerms(bind, terms)}) AS p CROSS JOIN LATERAL (
    SELECT a.leaf_index, a.event_id FROM audit.access AS a
    WHERE a.pattern = p.id AND ${conditions.join(' AND ')}
    ORDER BY a.leaf_index DESC LIMIT ${limit}
  ) AS newest
  ORDER BY newest.leaf_index DESC LIMIT ${limit}`;
  return withRecords(candidates, params);
}

/** One row for each pattern that has the terms, up to `limit`. */
export function compileCount(terms: readonly string[], limit: number): Search {
  const params: unknown[] = [];
  const bind: Bind = (value) => `$${params.push(value)}`;
  const text = `SELECT 1 FROM audit.access_pattern WHERE terms @> ${bindTerms(bind, terms)} LIMIT ${bind(limit)}`;
  return { text, params };
}

type Bind = (value: unknown) => string;

function bindScope({ from, until, caseReference }: RecordFilter, { logId, lowest, end }: Scope) {
  const params: unknown[] = [logId];
  const bind: Bind = (value) => `$${params.push(value)}`;
  const conditions = [
    `a.leaf_index >= ${bind(lowest.toString())}::text::bigint`,
    `a.leaf_index < ${bind(end.toString())}::text::bigint`,
    ...(caseReference === undefined ? [] : [`a.case_ref = ${bind(searchKey(caseReference))}::text`]),
    ...(from ? [`a.at >= ${bind(from.toISOString())}::timestamptz`] : []),
    ...(until ? [`a.at < ${bind(until.toISOString())}::timestamptz`] : []),
  ];
  return { params, bind, conditions };
}

function bindTerms(bind: Bind, terms: readonly string[]): string {
  return `ARRAY(SELECT json_array_elements_text(${bind(JSON.stringify(terms))}::text::json) COLLATE "C")`;
}

/** The page with its records. `candidates` selects `leaf_index` and `event_id`; `$1` is the log. */
function withRecords(candidates: string, params: readonly unknown[]): Search {
  const text = `SELECT c.leaf_index::text AS leaf_index, c.event_id::text AS found_event, ${recordColumns('r')}
FROM (${candidates}) AS c LEFT JOIN audit.record AS r ON r.log_id = $1 AND r.leaf_index = c.leaf_index
ORDER BY c.leaf_index DESC`;
  return { text, params };
}
