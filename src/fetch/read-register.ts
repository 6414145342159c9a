import type { Connector, CountRequest, ListRequest, ListResult } from '../connectors/connector.ts';
import { HubError } from '../errors.ts';
import { type ReadLoaderOptions, type ReadRole, sourceCode } from './read-loader.ts';

export interface RegisterReads {
  list(source: string, request: ListRequest): Promise<ListResult>;
  count(source: string, request: CountRequest): Promise<number>;
}

/** Deadlines on top of the source's own; a total that takes long does not hold up its page. */
export interface RegisterDeadlines {
  readonly listMs: number;
  readonly countMs: number;
}

/** THE lines that list: every page and every total of a register is read here, and noted for the record. */
export function createRegisterReads(options: ReadLoaderOptions, deadlines: RegisterDeadlines): RegisterReads {
  const connectorOf = (source: string): Connector => {
    const connector = options.connectors.get(source);
    if (!connector) throw new HubError('SOURCE_UNAVAILABLE', { details: { source } });
    return connector;
  };
  const within = (ms: number) => AbortSignal.any([options.signal, AbortSignal.timeout(ms)]);
  return {
    list: (source, request) =>
      noted(options, { source, entity: request.entity, role: 'list', columns: request.columns }, async () => {
        const connector = connectorOf(source);
        const result = await connector.list(request, within(deadlines.listMs));
        return { ...result, rows: result.rows.length, value: result };
      }),
    count: (source, request) =>
      noted(options, { source, entity: request.entity, role: 'count', columns: [] }, async () => {
        const connector = connectorOf(source);
        const { count, readAt } = await connector.count(request, within(deadlines.countMs));
        return { rows: 1, readAt, findings: {}, value: count };
      }),
  };
}

interface Noted<T> {
  readonly rows: number;
  readonly readAt: string;
  readonly findings: Readonly<Record<string, number>>;
  readonly value: T;
}

async function noted<T>(
  { onRead, now, beginRead }: ReadLoaderOptions,
  note: {
    readonly source: string;
    readonly entity: string;
    readonly role: ReadRole;
    readonly columns: readonly string[];
  },
  read: () => Promise<Noted<T>>,
): Promise<T> {
  const endRead = beginRead({ ...note, keys: 0 });
  try {
    const { value, rows, readAt, findings } = await read();
    onRead({ ...note, keys: 0, rows, outcome: 'OK', readAt, findings });
    endRead('OK');
    return value;
  } catch (error) {
    const outcome = sourceCode(error);
    endRead(outcome);
    onRead({ ...note, keys: 0, rows: 0, outcome, readAt: now().toISOString(), findings: {} });
    throw error;
  }
}
