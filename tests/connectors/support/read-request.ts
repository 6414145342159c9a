import type {
  Connector,
  ListedRow,
  ListRequest,
  ReadRequest,
  SqlTarget,
} from '../../../src/connectors/connector.ts';
import { defaultTuning, type GuardTuning } from '../../../src/connectors/guarded-connector.ts';
import { never } from '../../contract/connector.ts';
import { type ReadParts, readRequest } from './read-parts.ts';

/** A read of `table` by the column `id`, with everything that a test does not care about. */
export function sqlRead(table: string, ids: readonly string[], more: Partial<ReadParts> = {}): ReadRequest {
  return readRequest({
    requestId: 'req-1',
    entity: 'PersonRecord',
    target: { kind: 'sql', table },
    keyColumns: [{ column: 'id', forms: [] }],
    keys: [ids],
    columns: ['name'],
    rows: 'ONE',
    order: [],
    maxRowsPerKey: 2,
    ...more,
  });
}

/** The values of every row, in the order of the keys. */
export async function readValues(
  connector: Connector,
  request: ReadRequest,
): Promise<readonly (readonly unknown[])[]> {
  const { rows } = await connector.read(request, never);
  return [...rows].sort((a, b) => a.key - b.key).map(({ values }) => values);
}

/** A list of `table` by its key column. */
export function listRequest(from: { readonly table: string; readonly column: string }): ListRequest & {
  readonly target: SqlTarget;
} {
  return {
    requestId: 'req-1',
    entity: 'PersonRecord',
    target: { kind: 'sql', table: from.table },
    keyColumn: { column: from.column, forms: ['CANONICAL'] },
    columns: [],
    limit: 1,
  };
}

/** The whole list, a row at a time; ends with an error where it would not end. */
export async function walkRegister(
  connector: Connector,
  from: { readonly table: string; readonly column: string },
): Promise<readonly ListedRow[]> {
  const met: ListedRow[] = [];
  while (met.length < 100) {
    const after = met.at(-1)?.position;
    const request = { ...listRequest(from), ...(after === undefined ? {} : { after }) };
    const page = await connector.list(request, never);
    if (page.rows.length === 0) return met;
    met.push(...page.rows);
  }
  throw new TypeError('the list has no end');
}

/** Opens soon and never for long, so that tests see the source and not the breaker. */
export const patient: GuardTuning = { ...defaultTuning, breakerFailures: 1000 };

export const silent = { warn: () => undefined };
