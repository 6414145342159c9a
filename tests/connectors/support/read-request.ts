import type { Connector, ReadRequest } from '../../../src/connectors/connector.ts';
import { defaultTuning, type GuardTuning } from '../../../src/connectors/guarded-connector.ts';
import { never } from '../../contract/connector.ts';

/** A read of `table` by the column `id`, with everything that a test does not care about. */
export function sqlRead(table: string, ids: readonly string[], more: Partial<ReadRequest> = {}): ReadRequest {
  return {
    requestId: 'req-1',
    entity: 'PersonRecord',
    target: { kind: 'sql', table },
    keyColumns: [{ column: 'id', forms: [] }],
    keys: ids.map((id) => [id]),
    columns: ['name'],
    rows: 'ONE',
    order: [],
    maxRowsPerKey: 2,
    ...more,
  };
}

/** The values of every row, in the order of the keys. */
export async function readValues(
  connector: Connector,
  request: ReadRequest,
): Promise<readonly (readonly unknown[])[]> {
  const { rows } = await connector.read(request, never);
  return [...rows].sort((a, b) => a.key - b.key).map(({ values }) => values);
}

/** Opens soon and never for long, so that tests see the source and not the breaker. */
export const patient: GuardTuning = { ...defaultTuning, breakerFailures: 1000 };

export const silent = { warn: () => undefined };
