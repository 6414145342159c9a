import type {
  Connector,
  CountRequest,
  KeyForm,
  ListRequest,
  ListResult,
  ReadRequest,
  ReadResult,
  ReadShape,
  RowFilter,
} from '../../src/connectors/connector.ts';
import { canonicalKey } from '../../src/connectors/key-forms.ts';
import { filterColumns, matchesFilter } from '../../src/connectors/row-filter-memory.ts';
import type { Graph } from '../../src/contract/graph.ts';
import { HubError } from '../../src/errors.ts';

/** A department's stored row, nested as its JSON would be. */
export type StoredRow = Readonly<Record<string, unknown>>;
/** By type: `PoliceRecord`. */
export type Tables = Readonly<Record<string, readonly StoredRow[]>>;

export interface RecordedRequest {
  readonly source: string;
  readonly request: RecordedRead;
}

/** A read and its shape in one, its keys as tuples. */
export type RecordedRead = ReadShape & Pick<ReadRequest, 'requestId' | 'keys' | 'where'>;

function toRecorded({ shape, requestId, keys, where }: ReadRequest): RecordedRead {
  const tuples = (keys[0] ?? []).map((_, position) => keys.map((values) => values[position] ?? ''));
  return { ...shape, requestId, keys: tuples, ...(where ? { where } : {}) };
}

/** A page or a total that a register was asked for. */
export interface RecordedList {
  readonly source: string;
  readonly request: ListRequest | CountRequest;
}

export interface SourceBehaviour {
  /** Rejects every list, or every count. */
  readonly failsToList?: Error;
  readonly failsToCount?: Error;
  /** Rejects every read, or those of one type. */
  readonly failure?: Error;
  readonly failsFor?: string;
  /** Answers as if no filter had been sent. */
  readonly ignoresFilters?: boolean;
  /** Resolves before the answer is given: what a slow department is. */
  readonly waitsFor?: Promise<void>;
}

export interface RecordingOptions {
  readonly tables: Tables | ((source: string) => Tables);
  readonly behaviours?: Readonly<Record<string, SourceBehaviour>>;
  /** Hears of every request as it comes. */
  readonly onRead?: (read: RecordedRequest) => void;
}

export interface Recording {
  readonly connectors: ReadonlyMap<string, Connector>;
  readonly reads: RecordedRequest[];
  readonly lists: RecordedList[];
  /** Sources that were asked whether they answer, about nobody. */
  readonly probes: string[];
}

/** Connectors for all sources of a graph that note what they are asked, and answer from tables as the contract demands. */
export function createRecording(graph: Graph, options: RecordingOptions): Recording {
  const reads: RecordedRequest[] = [];
  const lists: RecordedList[] = [];
  const rowsOf = (source: string, entity: string) => {
    const { tables } = options;
    return (typeof tables === 'function' ? tables(source) : tables)[entity] ?? [];
  };
  const probes: string[] = [];
  const connectors = [...graph.sources.values()].map(({ name, kind }): [string, Connector] => [
    name,
    {
      source: name,
      kind,
      async read(given) {
        const request = toRecorded(given);
        reads.push({ source: name, request });
        options.onRead?.({ source: name, request });
        const behaviour = options.behaviours?.[name] ?? {};
        await behaviour.waitsFor;
        if (behaviour.failure && (behaviour.failsFor ?? request.entity) === request.entity) {
          throw behaviour.failure;
        }
        return answer(request, rowsOf(name, request.entity), behaviour);
      },
      async list(request) {
        lists.push({ source: name, request });
        const behaviour = options.behaviours?.[name] ?? {};
        if (behaviour.failsToList) throw behaviour.failsToList;
        return listRows(request, rowsOf(name, request.entity), behaviour);
      },
      async count(request) {
        lists.push({ source: name, request });
        const behaviour = options.behaviours?.[name] ?? {};
        if (behaviour.failsToCount) throw behaviour.failsToCount;
        const count = entriesOf(request, rowsOf(name, request.entity), behaviour).length;
        return { count, readAt: '2026-01-02T03:04:05.678Z', reads: 1 };
      },
      async probe() {
        probes.push(name);
        return { ok: !isDown(options.behaviours?.[name]), notes: [] };
      },
      close: async () => {},
    },
  ]);
  return { connectors: new Map(connectors), reads, lists, probes };
}

/** A source that answers, but wrongly or not everything, can be reached. */
function isDown({ failure, failsFor }: SourceBehaviour = {}): boolean {
  return failure instanceof HubError && failure.code === 'SOURCE_UNAVAILABLE' && failsFor === undefined;
}

/** `Type.column` of everything that was asked: columns, and what filters look at. */
export function askedColumns(reads: readonly RecordedRequest[]): ReadonlySet<string> {
  return new Set(
    reads.flatMap(({ request }) =>
      [...request.columns, ...(request.where ? filterColumns(request.where) : [])].map(
        (column) => `${request.entity}.${column}`,
      ),
    ),
  );
}

function listRows(request: ListRequest, rows: readonly StoredRow[], behaviour: SourceBehaviour): ListResult {
  const { keyColumn, columns, after, limit: most } = request;
  const page = entriesOf(request, rows, behaviour)
    .toSorted((a, b) => (a.position < b.position ? -1 : 1))
    .filter(({ position }) => after === undefined || position > after)
    .slice(0, most);
  const listed = page.map(({ position, row }) => {
    const key = canonicalKey(position, keyColumn.forms);
    const values = columns.map((column) => readPath(row, column) ?? null);
    return { ...(key === undefined ? {} : { key }), isCanonical: key === position, position, values };
  });
  return { rows: listed, readAt: '2026-01-02T03:04:05.678Z', reads: 1, findings: {} };
}

function entriesOf(
  { keyColumn, where }: CountRequest,
  rows: readonly StoredRow[],
  { ignoresFilters }: SourceBehaviour,
): readonly { readonly position: string; readonly row: StoredRow }[] {
  return rows
    .filter((row) => !where || ignoresFilters || matches(where, row))
    .map((row) => ({ position: String(readPath(row, keyColumn.column)), row }));
}

function answer(request: RecordedRead, rows: readonly StoredRow[], behaviour: SourceBehaviour): ReadResult {
  const kept = behaviour.ignoresFilters ? undefined : request.where;
  const byKey = rowsByKey(request, rows);
  const found = request.keys.flatMap((key, index) =>
    limit(
      request,
      (byKey.get(JSON.stringify(key)) ?? []).filter((row) => !kept || matches(kept, row)),
    ).map((row) => ({ key: index, values: request.columns.map((column) => readPath(row, column) ?? null) })),
  );
  return { rows: found, readAt: '2026-01-02T03:04:05.678Z', reads: 1, findings: {} };
}

function rowsByKey({ keyColumns }: RecordedRead, rows: readonly StoredRow[]): Map<string, StoredRow[]> {
  const byKey = new Map<string, StoredRow[]>();
  for (const row of rows) {
    const key = JSON.stringify(keyColumns.map(({ column, forms }) => keyOf(readPath(row, column), forms)));
    const known = byKey.get(key);
    if (known) known.push(row);
    else byKey.set(key, [row]);
  }
  return byKey;
}

function keyOf(stored: unknown, forms: readonly KeyForm[]): string {
  return canonicalKey(stored, forms) ?? String(stored);
}

function matches(filter: RowFilter, row: StoredRow): boolean {
  return matchesFilter(filter, (column) => readPath(row, column));
}

function limit(request: RecordedRead, rows: readonly StoredRow[]): readonly StoredRow[] {
  const distinct =
    request.rows === 'ONE' ? [...new Map(rows.map((row) => [JSON.stringify(row), row])).values()] : rows;
  return distinct.toSorted((a, b) => compareRows(request, a, b)).slice(0, request.maxRowsPerKey);
}

function compareRows({ order }: RecordedRead, a: StoredRow, b: StoredRow): number {
  for (const { column, direction } of order) {
    const [left, right] = [String(readPath(a, column)), String(readPath(b, column))];
    if (left !== right) return left < right === (direction === 'ASC') ? -1 : 1;
  }
  return 0;
}

/** A dot path within a row; `[]` behind a name says that there is a list. */
function readPath(value: unknown, path: string): unknown {
  const [name = '', ...rest] = path.split('.');
  const isList = name.endsWith('[]');
  const member = isRecord(value) ? value[isList ? name.slice(0, -2) : name] : undefined;
  if (rest.length === 0) return member;
  if (!isList) return readPath(member, rest.join('.'));
  return Array.isArray(member) ? member.map((item) => readPath(item, rest.join('.')) ?? null) : null;
}

function isRecord(value: unknown): value is StoredRow {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
