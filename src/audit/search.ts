import type { AccessEntry } from './entry.ts';
import { bytesOf, type Sql, type SqlRow, textOf } from './sql.ts';
import { openRow, recordColumns } from './stored-row.ts';

/** `AccessRecordFilter` of the schema, the resident already turned into pseudonyms. All given conditions must hold. */
export interface RecordFilter {
  readonly kind?: AccessEntry['kind'];
  readonly client?: string;
  readonly department?: string;
  readonly purpose?: string;
  readonly caseReference?: string;
  readonly source?: string;
  /** A coordinate; together with `effect`, of one and the same decision. */
  readonly field?: string;
  readonly effect?: string;
  /** HTTP status or error code of the outcome. */
  readonly error?: string;
  /** Any of them; an empty list finds nothing. */
  readonly pseudonyms?: readonly string[];
  /** Inclusive. */
  readonly from?: Date;
  /** Exclusive. */
  readonly until?: Date;
}

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
  const { text, params } = compileSearch(filter, { logId, after, limit: first + 1 });
  const rows = await sql.query(text, params);
  return { records: rows.slice(0, first).map(readFound), hasNextPage: rows.length > first };
}

function readFound(row: SqlRow): FoundRecord {
  const index = textOf(row, 'leaf_index');
  if (row['body'] === null) return { isDamaged: true, index, damage: 'MISSING' };
  const { opened } = openRow(row);
  if (opened.isDamaged) return { isDamaged: true, index, damage: opened.damage };
  // The projection found it under another event: somebody put a whole row in its place.
  if (opened.entry.eventId !== textOf(row, 'found_event'))
    return { isDamaged: true, index, damage: 'ALTERED' };
  const { origin, replica, entry } = opened;
  const leafHash = Buffer.from(bytesOf(row, 'leaf')).toString('base64');
  return { isDamaged: false, index, leafHash, origin, replica, entry };
}

interface Bounds {
  readonly logId: number;
  readonly after: string | undefined;
  readonly limit: number;
}

/** Values travel as parameters only; the text is made of the constants below. */
function compileSearch(filter: RecordFilter, bounds: Bounds): { text: string; params: readonly unknown[] } {
  const params: unknown[] = [bounds.logId];
  const bind = (value: unknown): string => `$${params.push(value)}`;
  const conditions = [
    ...(bounds.after === undefined ? [] : [`a.leaf_index < ${bind(bounds.after)}::text::bigint`]),
    ...columnConditions(filter, bind),
    ...existsConditions(filter, bind),
  ];
  const text = `SELECT a.leaf_index::text AS leaf_index, a.event_id::text AS found_event, ${recordColumns('r')}
FROM audit.access AS a LEFT JOIN audit.record AS r ON r.log_id = $1 AND r.leaf_index = a.leaf_index
WHERE ${['true', ...conditions].join('\n  AND ')}
ORDER BY a.leaf_index DESC LIMIT ${bind(bounds.limit)}`;
  return { text, params };
}

type Bind = (value: unknown) => string;

function columnConditions(filter: RecordFilter, bind: Bind): readonly string[] {
  const equal = [
    ['client', filter.client],
    ['dept', filter.department],
    ['purpose', filter.purpose],
    ['case_ref', filter.caseReference],
  ] as const;
  return [
    ...kindConditions(filter, bind),
    ...equal.flatMap(([column, value]) =>
      value === undefined ? [] : [`a.${column} = ${bind(value)}::text`],
    ),
    ...(filter.from ? [`a.at >= ${bind(filter.from.toISOString())}::timestamptz`] : []),
    ...(filter.until ? [`a.at < ${bind(filter.until.toISOString())}::timestamptz`] : []),
  ];
}

/** Said in the words of the partial index too: nearly every record is an access, and the others are few. */
function kindConditions({ kind }: RecordFilter, bind: Bind): readonly string[] {
  if (kind === undefined) return [];
  return [...(kind === 'access' ? [] : [`a.kind <> 'access'`]), `a.kind = ${bind(kind)}::text`];
}

function existsConditions(filter: RecordFilter, bind: Bind): readonly string[] {
  const { source, field, effect, error, pseudonyms } = filter;
  const decision = [
    ...(field === undefined ? [] : [`f.coordinate = ${bind(field)}::text`]),
    ...(effect === undefined ? [] : [`f.effect = ${bind(effect)}::text`]),
  ];
  return [
    ...(decision.length === 0 ? [] : [exists('access_field AS f', decision.join(' AND '), 'f')]),
    ...(source === undefined ? [] : [exists('access_source AS s', `s.source = ${bind(source)}::text`, 's')]),
    ...(error === undefined ? [] : [errorCondition(error, bind)]),
    ...(pseudonyms === undefined ? [] : [subjectCondition(pseudonyms, bind)]),
  ];
}

function errorCondition(error: string, bind: Bind): string {
  if (/^[1-5]\d\d$/.test(error)) return `a.status = ${bind(Number(error))}::integer`;
  return exists('access_error AS e', `e.code = ${bind(error)}::text`, 'e');
}

function subjectCondition(pseudonyms: readonly string[], bind: Bind): string {
  const listed = `SELECT value FROM json_array_elements_text(${bind(JSON.stringify(pseudonyms))}::text::json) AS t (value)`;
  return exists('access_subject AS p', `p.pseudonym IN (${listed})`, 'p');
}

function exists(table: string, condition: string, alias: string): string {
  return `EXISTS (SELECT FROM audit.${table} WHERE ${condition} AND ${alias}.leaf_index = a.leaf_index)`;
}
