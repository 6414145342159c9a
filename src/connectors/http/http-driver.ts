import type {
  HttpTarget,
  ProbeResult,
  ReadRequest,
  ReadShape,
  RowFilter,
  SourceSettings,
} from '../connector.ts';
import type { Deadline } from '../deadline.ts';
import { compileJsonRows, type JsonRowsOf, perFilterColumns, valueAt } from '../json/json-rows.ts';
import { type PushedParameter, pushFilter } from '../json/pushed-filter.ts';
import type { KeyBatch } from '../key-batch.ts';
import type { ReadLayout } from '../read-layout.ts';
import type { CallBatch, PreparedShape, SourceDriver, SourceRows } from '../source-driver.ts';
import { SourceFailure } from '../source-failure.ts';
import { type HttpCall, type HttpExchange, ReadBudget } from './http-exchange.ts';
import { firstPosition, nextPosition, type PagePosition } from './http-paging.ts';
import {
  checkPath,
  encodeParameters,
  fillPath,
  fillQuery,
  fillTemplate,
  type TemplateValues,
} from './http-template.ts';

/** An HTTP/JSON endpoint: single, batch or paged, as its target describes it. */
export class HttpDriver implements SourceDriver {
  readonly kind = 'http';
  readonly #settings: SourceSettings;
  readonly #exchange: HttpExchange;

  constructor(settings: SourceSettings, exchange: HttpExchange) {
    this.#settings = settings;
    this.#exchange = exchange;
  }

  prepare(shape: ReadShape, layout: ReadLayout): PreparedShape {
    const { target } = shape;
    if (target.kind !== 'http')
      throw new SourceFailure('fault', 'mapping does not fit the kind of the source');
    checkPath(target.path);
    const prepared: HttpShape = {
      keyColumns: shape.keyColumns.map(({ column }) => column),
      target,
      selectionOf: perFilterColumns(layout, (selected) => ({
        // How field lists are usually written: without the sign for lists.
        columns: selected.map((column) => column.replaceAll('[]', '')),
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
    await this.#exchange.reach(deadline);
    return { ok: true, notes: [] };
  }

  close(): Promise<void> {
    return this.#exchange.close();
  }

  #prepareRead(shape: HttpShape, { where, requestId }: ReadRequest): CallBatch | undefined {
    const filters = pushFilter(where, shape.target.filters);
    if (filters === 'NEVER') return undefined;
    const budget = new ReadBudget(this.#settings);
    const read = { shape, filters, where, requestId, budget, ...shape.selectionOf(where) };
    return (batch, deadline) => this.#call(read, batch, deadline);
  }

  async #call(read: HttpRead, batch: KeyBatch, deadline: Deadline): Promise<SourceRows> {
    const { target, keyColumns } = read.shape;
    const collected = read.rowsOf(read.where);
    const keys = keyValues(keyColumns, batch);
    let reads = 0;
    let position: PagePosition | undefined = firstPosition;
    while (position) {
      const call = buildCall(read, keys, position);
      if (!call) return { rows: [], reads, findings: { unaskableKey: 1 } };
      const { answer, requests } = await this.#exchange.send(call, deadline);
      reads += requests;
      if (!answer) break;
      read.budget.spend(answer.bytes);
      checkSuccess(target, answer.json);
      const rowCount = collected.add(answer, target.result);
      position = target.paging && nextPosition(target.paging, position, answer.json, rowCount);
    }
    const { rows, findings } = collected.finish();
    return { rows, findings, reads };
  }
}

/** What is made of a shape once. */
interface HttpShape {
  readonly target: HttpTarget;
  readonly keyColumns: readonly string[];
  readonly selectionOf: (where: RowFilter | undefined) => HttpSelection;
}

interface HttpSelection {
  /** As the endpoint is told them. */
  readonly columns: readonly string[];
  readonly rowsOf: JsonRowsOf;
}

interface HttpRead extends HttpSelection {
  readonly shape: HttpShape;
  readonly requestId: string;
  readonly where: RowFilter | undefined;
  readonly filters: readonly PushedParameter[];
  readonly budget: ReadBudget;
}

/** Texts, or objects by column name for keys of several columns. */
function keyValues(keyColumns: readonly string[], { stored }: KeyBatch): readonly unknown[] {
  const [first = []] = stored;
  if (keyColumns.length === 1) return first;
  return first.map((_, i) => Object.fromEntries(keyColumns.map((column, c) => [column, stored[c]?.[i]])));
}

/** Undefined for a key that cannot stand in the path. */
function buildCall(read: HttpRead, keys: readonly unknown[], position: PagePosition): HttpCall | undefined {
  const { shape, columns, filters, requestId } = read;
  const { target } = shape;
  const [key] = keys;
  const path = fillPath(target.path, keys.length === 1 && typeof key === 'string' ? key : undefined);
  if (path === undefined) return undefined;
  const values: TemplateValues = {
    $key: keys.length === 1 ? key : undefined,
    $keys: keys,
    $columns: columns,
    $page: (target.paging?.firstPage ?? 1) + position.pages,
    $pageSize: target.paging?.size ?? keys.length,
    $offset: position.rows,
    $cursor: position.cursor,
  };
  const isPost = target.method === 'POST';
  const pushed = isPost ? [] : filters.flatMap(({ param, value }) => encodeParameters(param, value));
  const query = [...fillQuery(target.query, values), ...pushed].join('&');
  return {
    method: target.method,
    path: query === '' ? path : `${path}?${query}`,
    ...(isPost
      ? { body: JSON.stringify(addParameters(fillTemplate(target.body ?? {}, values), filters)) }
      : {}),
    requestId,
    // Of several keys, "not found" says nothing about each.
    emptyStatuses: keys.length === 1 ? target.emptyStatuses : [],
  };
}

/** Puts the filters' parameters where the endpoint reads them. */
function addParameters(body: unknown, parameters: readonly PushedParameter[]): unknown {
  for (const { param, value } of parameters) {
    const names = param.split('.');
    const last = names.pop() ?? '';
    let holder = body;
    for (const name of names) holder = ownObject(holder, name);
    if (typeof holder !== 'object' || holder === null)
      throw new SourceFailure('fault', 'mapping has no place for a filter');
    Object.defineProperty(holder, last, { value, enumerable: true, configurable: true, writable: true });
  }
  return body;
}

function ownObject(holder: unknown, name: string): unknown {
  if (typeof holder !== 'object' || holder === null) return undefined;
  if (!Object.hasOwn(holder, name)) {
    Object.defineProperty(holder, name, { value: {}, enumerable: true, configurable: true, writable: true });
  }
  return Reflect.get(holder, name);
}

/** An HTTP 200 that says of itself that it is none. */
function checkSuccess({ success }: HttpTarget, answer: unknown): void {
  if (!success) return;
  const said = valueAt(answer, success.path);
  if (typeof said !== 'string' && typeof said !== 'number' && typeof said !== 'boolean') {
    throw new SourceFailure('fault', 'answer does not say whether it succeeded');
  }
  if (success.values.includes(String(said))) return;
  // Codes that are written like HTTP's mean the same: refused, too many, or trouble that may pass.
  const isDown = /^(401|403|408|429|5\d\d)$/.test(String(said));
  throw new SourceFailure(isDown ? 'down' : 'fault', 'answer says that it failed');
}
