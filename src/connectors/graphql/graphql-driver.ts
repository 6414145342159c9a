import type {
  GraphqlTarget,
  ProbeResult,
  ReadRequest,
  ReadShape,
  RowFilter,
  SourceSettings,
} from '../connector.ts';
import type { Deadline } from '../deadline.ts';
import { type HttpExchange, ReadBudget } from '../http/http-exchange.ts';
import { compileJsonRows, type JsonRowsOf, perFilterColumns, valueAt } from '../json/json-rows.ts';
import { type PushedParameter, pushFilter } from '../json/pushed-filter.ts';
import type { KeyBatch } from '../key-batch.ts';
import type { ReadLayout } from '../read-layout.ts';
import type { CallBatch, PreparedShape, SourceDriver, SourceRows } from '../source-driver.ts';
import { SourceFailure } from '../source-failure.ts';
import { checkName, printSelection } from './graphql-document.ts';

/** A GraphQL endpoint: Federation `_entities`, or a list field of its Query that takes keys. */
export class GraphqlDriver implements SourceDriver {
  readonly kind = 'graphql';
  readonly #settings: SourceSettings;
  readonly #exchange: HttpExchange;

  constructor(settings: SourceSettings, exchange: HttpExchange) {
    this.#settings = settings;
    this.#exchange = exchange;
  }

  prepare(shape: ReadShape, layout: ReadLayout): PreparedShape {
    const { target } = shape;
    if (target.kind !== 'graphql')
      throw new SourceFailure('fault', 'mapping does not fit the kind of the source');
    const prepared: GraphqlShape = {
      // Entities take representations and nothing else.
      filters: target.entities === undefined ? target.filters : [],
      selectionOf: perFilterColumns(layout, (selected) => ({
        operationOf: compileOperations(shape, target, printSelection(selected)),
        rowsOf: compileJsonRows(shape, layout, selected),
      })),
    };
    return {
      limits: { maxKeys: this.#settings.batch, maxForms: target.batch },
      keyShapes: () => [],
      prepareRead: (request) => this.#prepareRead(prepared, request),
    };
  }

  async probe(deadline: Deadline): Promise<ProbeResult> {
    const body = JSON.stringify({ query: '{ __typename }' });
    await this.#exchange.send(
      { method: 'POST', path: '', body, requestId: 'probe', emptyStatuses: [] },
      deadline,
    );
    return { ok: true, notes: [] };
  }

  close(): Promise<void> {
    return this.#exchange.close();
  }

  #prepareRead(shape: GraphqlShape, { where, requestId }: ReadRequest): CallBatch | undefined {
    const filters = pushFilter(where, shape.filters);
    if (filters === 'NEVER') return undefined;
    const { operationOf, rowsOf } = shape.selectionOf(where);
    const budget = new ReadBudget(this.#settings);
    const read = { rowsOf, operation: operationOf(filters), where, requestId, budget };
    return (batch, deadline) => this.#call(read, batch, deadline);
  }

  async #call(
    { rowsOf, operation, where, requestId, budget }: GraphqlRead,
    batch: KeyBatch,
    deadline: Deadline,
  ): Promise<SourceRows> {
    const collected = rowsOf(where);
    const body = JSON.stringify({ query: operation.query, variables: operation.variables(batch) });
    const { answer, requests } = await this.#exchange.send(
      { method: 'POST', path: '', body, requestId, emptyStatuses: [] },
      deadline,
    );
    if (answer) budget.spend(answer.bytes);
    const errors = valueAt(answer?.json, 'errors');
    if (errors !== undefined && errors !== null && !(Array.isArray(errors) && errors.length === 0)) {
      throw new SourceFailure('fault', 'answer has errors');
    }
    if (!answer || valueAt(answer.json, 'data') === null)
      throw new SourceFailure('fault', 'answer has no data');
    collected.add(answer, 'data.rows');
    const { rows, findings } = collected.finish();
    return { rows, findings, reads: requests };
  }
}

/** What is made of a shape once. */
interface GraphqlShape {
  readonly filters: GraphqlTarget['filters'];
  readonly selectionOf: (where: RowFilter | undefined) => GraphqlSelection;
}

interface GraphqlSelection {
  readonly operationOf: (filters: readonly PushedParameter[]) => Operation;
  readonly rowsOf: JsonRowsOf;
}

interface GraphqlRead extends Pick<GraphqlSelection, 'rowsOf'> {
  readonly operation: Operation;
  readonly where: RowFilter | undefined;
  readonly requestId: string;
  readonly budget: ReadBudget;
}

interface Operation {
  readonly query: string;
  variables(batch: KeyBatch): Readonly<Record<string, unknown>>;
}

/** By the filters of a read; those of entities have none. */
function compileOperations(
  shape: ReadShape,
  { entities, query }: GraphqlTarget,
  selection: string,
): GraphqlSelection['operationOf'] {
  if (entities !== undefined) {
    const operation = entitiesOperation(shape, entities, selection);
    return () => operation;
  }
  if (!query) throw new SourceFailure('fault', 'mapping names no field to ask');
  if (shape.keyColumns.length !== 1)
    throw new SourceFailure('fault', 'mapping has a key of several columns for one argument');
  return (filters) => queryOperation(query, selection, filters);
}

function entitiesOperation(shape: ReadShape, type: string, selection: string): Operation {
  const paths = shape.keyColumns.map(({ column }) => column.split('.').map(checkName));
  return {
    query: `query ($keys: [_Any!]!) { rows: _entities(representations: $keys) { ... on ${checkName(type)} ${selection} } }`,
    variables: ({ stored }) => ({
      keys: (stored[0] ?? []).map((_, i) => {
        const representation: Record<string, unknown> = { __typename: type };
        for (const [c, path] of paths.entries()) setAt(representation, path, stored[c]?.[i]);
        return representation;
      }),
    }),
  };
}

function queryOperation(
  query: NonNullable<GraphqlTarget['query']>,
  selection: string,
  filters: readonly PushedParameter[],
): Operation {
  const declared = filters.map(
    ({ value }, i) => `, $f${i}: ${typeof value === 'string' ? 'String!' : '[String!]!'}`,
  );
  const passed = filters.map(({ param }, i) => `, ${checkName(param)}: $f${i}`);
  const values = Object.fromEntries(filters.map(({ value }, i) => [`f${i}`, value]));
  const field = `${checkName(query.field)}(${checkName(query.argument)}: $keys${passed.join('')})`;
  return {
    query: `query ($keys: [String!]!${declared.join('')}) { rows: ${field} ${selection} }`,
    variables: ({ stored }) => ({ keys: stored[0] ?? [], ...values }),
  };
}

/** The names are checked: none begins with `__`. */
function setAt(object: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let holder = object;
  for (const name of path.slice(0, -1)) {
    const inner: Record<string, unknown> = {};
    if (!Object.hasOwn(holder, name)) holder[name] = inner;
    // Only objects of ours are in here.
    holder = holder[name] as Record<string, unknown>;
  }
  holder[path.at(-1) ?? ''] = value;
}
