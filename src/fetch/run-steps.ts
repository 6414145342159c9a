import type { KeyColumn, ReadRequest, ReadResult, RowFilter, Target } from '../connectors/connector.ts';
import type { Connect, KeyPart } from '../contract/graph.ts';
import type { BoundRoot, BoundStep } from '../plan/bind-plan.ts';
import { type AttributeRef, mappingFor } from '../plan/plan.ts';
import { type AttributeValue, type BoundRule, matchRule } from '../policies/row-rule.ts';
import type { ResidentIdentifier } from '../resident/identifier.ts';
import { compileDecoder, type DecodeNotes, type Decoder } from './decode-value.ts';
import { encodeValue } from './encode-value.ts';
import { type ReadLoader, sourceCode } from './read-loader.ts';

/** A row of one resident, its values aligned to the step's columns (undefined where not asked). */
export interface FetchedRow {
  readonly values: readonly unknown[];
  readonly source: string;
  readonly readAt: string;
}

export type Failure = 'SOURCE_UNAVAILABLE' | 'SOURCE_FAULT';

/** What a step brought, by position of the resident. */
export interface StepRows {
  readonly rows: readonly (readonly FetchedRow[] | undefined)[];
  /** Residents whose rows could not be read, for certain or not. */
  readonly failures: ReadonlyMap<number, Failure>;
}

export interface StepContext {
  readonly requestId: string;
  readonly loader: ReadLoader;
  readonly today: string;
  readonly notes: DecodeNotes;
}

/** Runs the reads of one root for its distinct residents: each once, those that others need first, the rest side by side. */
export interface StepRunner {
  run(step: number): Promise<StepRows>;
}

export function createStepRunner(
  bound: BoundRoot,
  residents: readonly ResidentIdentifier[],
  context: StepContext,
): StepRunner {
  const running = new Map<number, Promise<StepRows>>();
  const run = (index: number): Promise<StepRows> => {
    let promise = running.get(index);
    if (!promise) {
      const step = bound.steps[index];
      if (!step) throw new TypeError(`the plan has no step ${index}`);
      promise = runStep(step, residents, context, run);
      running.set(index, promise);
    }
    return promise;
  };
  return { run };
}

/** Mutable while one step runs. */
interface StepState {
  readonly bound: BoundStep;
  readonly residents: readonly ResidentIdentifier[];
  readonly context: StepContext;
  readonly needed: ReadonlyMap<number, StepRows>;
  readonly rows: RowsByResident;
  readonly failures: Map<number, Failure>;
  readonly decoders: Map<AttributeRef, Map<string, Decoder>>;
}

async function runStep(
  bound: BoundStep,
  residents: readonly ResidentIdentifier[],
  context: StepContext,
  run: (step: number) => Promise<StepRows>,
): Promise<StepRows> {
  if (canNeverHold(bound)) return { rows: [], failures: new Map() };
  const needs = bound.step.needs;
  const needed = new Map(await Promise.all(needs.map(async (index) => [index, await run(index)] as const)));
  const state: StepState = {
    bound,
    residents,
    context,
    needed,
    rows: new Array(residents.length),
    failures: new Map(),
    decoders: new Map(),
  };
  const asked = passGates(state);
  if (asked.length > 0) {
    const { connects } = bound.step.connect;
    const found = await Promise.all(connects.map((connect) => readConnect(state, connect, asked)));
    // In the contract's order of the sources, whichever of them answered first.
    for (const rows of found) addRows(state, rows);
  }
  if (bound.step.connect.rows === 'ONE') refuseAmbiguous(state);
  return { rows: state.rows, failures: state.failures };
}

/** A rule with a term that this request cannot bind (no region in the token): nobody is asked, not even by a gate. */
function canNeverHold({ pushed, gates }: BoundStep): boolean {
  return pushed === 'NEVER' || gates.includes('NEVER');
}

/** The residents about whom this source may be asked. A gate that cannot be read fails its resident, never passes it. */
function passGates(state: StepState): readonly number[] {
  const all = state.residents.map((_, resident) => resident);
  const { gates, step } = state.bound;
  if (gates.length === 0) return all;
  return all.filter((resident) => {
    for (const need of step.needs) {
      const failure = state.needed.get(need)?.failures.get(resident);
      if (!failure) continue;
      state.failures.set(resident, failure);
      return false;
    }
    return gates.every((gate) => gate !== 'NEVER' && passes(state, gate, resident));
  });
}

function passes(state: StepState, gate: BoundRule, resident: number): boolean {
  return matchRule(gate, (attribute) => {
    const ref = state.bound.step.attributes.get(attribute);
    const row = ref && state.needed.get(ref.step)?.rows[resident]?.[0];
    return ref && row ? decodeAttribute(state, ref, row.source, row.values) : undefined;
  });
}

function decodeAttribute(
  state: StepState,
  ref: AttributeRef,
  source: string,
  values: readonly unknown[],
): AttributeValue {
  let bySource = state.decoders.get(ref);
  if (!bySource) {
    bySource = new Map();
    state.decoders.set(ref, bySource);
  }
  let decoder = bySource.get(source);
  if (!decoder) {
    const mapping = mappingFor(ref.field, source);
    decoder = mapping ? compileDecoder(ref.field, mapping, state.context.today) : () => null;
    bySource.set(source, decoder);
  }
  return decoder(values[ref.column], state.context.notes);
}

/** Rows by position of the resident. */
type RowsByResident = (FetchedRow[] | undefined)[];

/** A read that fails gives nothing, and the residents about whom it asked are noted as failed. */
async function readConnect(
  state: StepState,
  connect: Connect,
  asked: readonly number[],
): Promise<RowsByResident> {
  const { keys, askers } = collectKeys(state, connect, asked);
  const request = keys.length > 0 ? buildRequest(state, connect, keys) : undefined;
  if (!request) return [];
  try {
    const page = { source: connect.source, role: state.bound.step.role, request };
    const result = await state.context.loader.load(page);
    return placeRows(state, connect, request, result, askers);
  } catch (error) {
    const failure = sourceCode(error);
    for (const resident of askers.flat()) state.failures.set(resident, failure);
    return [];
  }
}

function addRows(state: StepState, found: RowsByResident): void {
  found.forEach((rows, resident) => {
    const known = state.rows[resident];
    state.rows[resident] = known && rows ? [...known, ...rows] : (rows ?? known);
  });
}

/** The distinct keys to ask, and who asks by each. A resident without a key is not asked about. */
function collectKeys(
  state: StepState,
  connect: Connect,
  asked: readonly number[],
): { keys: (readonly string[])[]; askers: number[][] } {
  const keys: (readonly string[])[] = [];
  const askers: number[][] = [];
  // Identifiers are distinct already; keys that come from another record (a household number) are not.
  const seen = connect.key.some(({ from }) => from.kind === 'field') ? new Map<string, number>() : undefined;
  for (const resident of asked) {
    if (!isRouted(state, connect, resident)) continue;
    const key = keyOf(state, connect.key, resident);
    if (!key) continue;
    const text = seen && JSON.stringify(key);
    const known = text === undefined ? undefined : seen?.get(text);
    if (known !== undefined) {
      askers[known]?.push(resident);
      continue;
    }
    if (text !== undefined) seen?.set(text, keys.length);
    keys.push(key);
    askers.push([resident]);
  }
  return { keys, askers };
}

function isRouted(state: StepState, connect: Connect, resident: number): boolean {
  if (!connect.route) return true;
  const value = hiddenValue(state, connect.route.via, resident);
  return value !== undefined && connect.route.prefixes.some((prefix) => value.startsWith(prefix));
}

function keyOf(state: StepState, parts: readonly KeyPart[], resident: number): string[] | undefined {
  const key: string[] = [];
  for (const part of parts) {
    const value = originValue(state, part, resident);
    const stored = value !== undefined && part.codes ? storedCode(part.codes, value) : value;
    if (stored === undefined) return undefined;
    key.push(stored);
  }
  return key;
}

function originValue(state: StepState, part: KeyPart, resident: number): string | undefined {
  const identifier = state.residents[resident];
  switch (part.from.kind) {
    case 'citizenId':
      return identifier?.type === 'CITIZEN_ID' ? identifier.value : undefined;
    case 'identifierType':
      return identifier?.type;
    case 'identifierValue':
      return identifier?.value;
    default:
      return hiddenValue(state, part.from.coordinate, resident);
  }
}

/** The value of a hidden column of another record, as text. A record that could not be read fails its resident here. */
function hiddenValue(state: StepState, attribute: string, resident: number): string | undefined {
  const ref = state.bound.step.attributes.get(attribute);
  const needed = ref && state.needed.get(ref.step);
  const failure = needed?.failures.get(resident);
  if (failure) state.failures.set(resident, failure);
  const row = needed?.rows[resident]?.[0];
  const value = ref && row ? decodeAttribute(state, ref, row.source, row.values) : undefined;
  return value === undefined || value === null ? undefined : String(value);
}

function storedCode(codes: Readonly<Record<string, string>>, value: string): string | undefined {
  return Object.hasOwn(codes, value) ? codes[value] : undefined;
}

/** Undefined where a condition cannot be expressed at this source: then nobody is asked. */
function buildRequest(
  state: StepState,
  connect: Connect,
  keys: readonly (readonly string[])[],
): ReadRequest | undefined {
  const where = buildFilter(state, connect);
  if (where === 'NEVER') return undefined;
  const { step, columns } = state.bound;
  const names = columns.flatMap((position) => step.columns[position]?.names[connect.source] ?? []);
  return {
    requestId: state.context.requestId,
    entity: step.connect.typeName,
    rows: step.connect.rows,
    target: connect.target,
    keyColumns: connect.key.map(({ column, forms }): KeyColumn => ({ column, forms })),
    keys,
    columns: [...new Set(names)],
    ...(where ? { where } : {}),
    order: connect.order,
    maxRowsPerKey: rowLimit(state.bound, connect),
  };
}

/** One more than may be shown, so that ambiguity and truncation are seen. */
function rowLimit(bound: BoundStep, connect: Connect): number {
  if (bound.step.connect.rows === 'ONE') return 2;
  return Math.min(bound.first ?? connect.maxRows, connect.maxRows) + 1;
}

function buildFilter(state: StepState, connect: Connect): RowFilter | undefined | 'NEVER' {
  const { pushed, filters } = state.bound;
  const parts = connect.where.map(({ op, column, values }) => sameAs(connect.target, column, values, op));
  for (const { field, value } of filters) {
    const mapping = mappingFor(field, connect.source);
    const values = mapping && encodeValue(mapping, value);
    if (!mapping || !values) return 'NEVER';
    parts.push(sameAs(connect.target, mapping.column, values));
  }
  if (pushed && pushed !== 'NEVER') {
    const filter = encodeRule(state, connect, pushed);
    if (!filter) return 'NEVER';
    parts.push(filter);
  }
  const [only] = parts;
  return parts.length <= 1 ? only : { op: 'and', filters: parts };
}

/** One of these values, in the form (`eq` or `in`) for which the source declares a parameter. */
function sameAs(
  target: Target,
  column: string,
  values: readonly string[],
  declared: 'eq' | 'in' = takesOne(target, column) ? 'eq' : 'in',
): RowFilter {
  const [value] = values;
  return declared === 'eq' && value !== undefined && values.length === 1
    ? { op: 'eq', column, value }
    : { op: 'in', column, values };
}

function takesOne(target: Target, column: string): boolean {
  if (target.kind === 'sql') return true;
  return target.filters.some((filter) => filter.column === column && filter.op === 'eq');
}

/** A bound rule in the source's own columns and stored values; undefined where it cannot be said. */
function encodeRule(state: StepState, connect: Connect, rule: BoundRule): RowFilter | undefined {
  if ('rules' in rule) {
    const filters = rule.rules.map((part) => encodeRule(state, connect, part));
    const complete = filters.filter((filter) => filter !== undefined);
    return complete.length === filters.length ? { op: rule.op, filters: complete } : undefined;
  }
  const field = state.bound.step.attributes.get(rule.attribute)?.field;
  const mapping = field && mappingFor(field, connect.source);
  if (!mapping) return undefined;
  const { column } = mapping;
  switch (rule.op) {
    case 'eq':
      return encodeAll(mapping, [rule.value], (values) => sameAs(connect.target, column, values));
    case 'in':
      return encodeAll(mapping, rule.values, (values) => ({ op: 'in', column, values }));
    case 'prefix':
      return mapping.codes || mapping.format ? undefined : { op: 'prefix', column, value: rule.value };
    default:
      return encodeRange(mapping, column, rule);
  }
}

function encodeAll(
  mapping: Parameters<typeof encodeValue>[0],
  values: readonly (string | number | boolean)[],
  build: (stored: readonly string[]) => RowFilter,
): RowFilter | undefined {
  const stored = values.flatMap((value) => encodeValue(mapping, value) ?? []);
  return stored.length > 0 ? build(stored) : undefined;
}

function encodeRange(
  mapping: Parameters<typeof encodeValue>[0],
  column: string,
  rule: Extract<BoundRule, { op: 'range' }>,
): RowFilter | undefined {
  // Numbers stored as text have another order than numbers.
  if (mapping.codes) return undefined;
  const bounds: { gte?: string; gt?: string; lte?: string; lt?: string } = {};
  for (const name of ['gte', 'gt', 'lte', 'lt'] as const) {
    const value = rule[name];
    if (value === undefined) continue;
    const stored = typeof value === 'string' ? encodeValue(mapping, value)?.[0] : undefined;
    if (stored === undefined) return undefined;
    bounds[name] = stored;
  }
  return { op: 'range', column, ...bounds };
}

function placeRows(
  state: StepState,
  connect: Connect,
  request: ReadRequest,
  result: ReadResult,
  askers: readonly (readonly number[])[],
): RowsByResident {
  const found: RowsByResident = new Array(state.residents.length);
  const place = placesOf(state, connect, request);
  const { pushed } = state.bound;
  for (const row of result.rows) {
    const values = place ? place.map((position) => row.values[position]) : row.values;
    if (pushed && pushed !== 'NEVER' && !holdsOnRow(state, pushed, connect.source, values)) {
      state.context.notes.note('invalidValue');
      continue;
    }
    const fetched: FetchedRow = { values, source: connect.source, readAt: result.readAt };
    for (const resident of askers[row.key] ?? []) {
      const rows = found[resident];
      if (rows) rows.push(fetched);
      else found[resident] = [fetched];
    }
  }
  return found;
}

/** From step column to position in the answer; undefined where the two are the same. */
function placesOf(state: StepState, connect: Connect, request: ReadRequest): number[] | undefined {
  const { step, columns } = state.bound;
  const active = new Set(columns);
  const places = step.columns.map((column, position) => {
    const name = column.names[connect.source];
    return active.has(position) && name !== undefined ? request.columns.indexOf(name) : -1;
  });
  return places.every((place, position) => place === position) ? undefined : places;
}

/** No source is believed to have applied a filter: what came is checked again. */
function holdsOnRow(state: StepState, rule: BoundRule, source: string, values: readonly unknown[]): boolean {
  return matchRule(rule, (attribute) => {
    const ref = state.bound.step.attributes.get(attribute);
    return ref ? decodeAttribute(state, ref, source, values) : undefined;
  });
}

/** Where one row was declared, two are a fault of the source: which of them is the person's is not for the hub to guess. */
function refuseAmbiguous(state: StepState): void {
  state.rows.forEach((rows, resident) => {
    if (rows && rows.length > 1) {
      state.rows[resident] = undefined;
      state.failures.set(resident, 'SOURCE_FAULT');
    } else if (rows) state.failures.delete(resident);
  });
}
