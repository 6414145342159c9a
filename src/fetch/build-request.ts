import type { ReadRequest, ReadShape, RowFilter, Target } from '../connectors/connector.ts';
import type { ColumnField, Connect } from '../contract/graph.ts';
import { mappingFor } from '../plan/plan.ts';
import type { BoundRule } from '../policies/row-rule.ts';
import { encodeValue } from './encode-value.ts';
import type { StepState } from './step-state.ts';

/** Undefined where a condition cannot be expressed at this source: then nobody is asked. */
export function buildRequest(
  state: StepState,
  connect: Connect,
  shape: ReadShape,
  keys: ReadRequest['keys'],
): ReadRequest | undefined {
  const where = buildFilter(state, connect);
  if (where === 'NEVER') return undefined;
  const { requestId } = state.context;
  return where ? { requestId, shape, keys, where } : { requestId, shape, keys };
}

function buildFilter(state: StepState, connect: Connect): RowFilter | undefined | 'NEVER' {
  const { filters, step } = state.bound;
  const { pushed } = state.rules;
  const parts = fixedFilters(connect);
  for (const { field, value } of filters) {
    const mapping = mappingFor(field, connect.source);
    const values = mapping && encodeValue(mapping, value);
    if (!mapping || !values) return 'NEVER';
    parts.push(sameAs(connect.target, mapping.column, values));
  }
  const rule = pushed && encodeRule(connect, (attribute) => step.attributes.get(attribute)?.field, pushed);
  if (pushed && !rule) return 'NEVER';
  return joinFilters(rule ? [...parts, rule] : parts);
}

/** What a list of the record's rows is filtered by: the contract's own conditions, and a rule in its own stored values. */
export function buildListFilter(
  connect: Connect,
  fieldOf: FieldOf,
  rule: BoundRule | undefined,
): RowFilter | undefined | 'NEVER' {
  const encoded = rule && encodeRule(connect, fieldOf, rule);
  if (rule && !encoded) return 'NEVER';
  return joinFilters(encoded ? [...fixedFilters(connect), encoded] : fixedFilters(connect));
}

function fixedFilters({ where, target }: Connect): RowFilter[] {
  return where.map(({ op, column, values }) => sameAs(target, column, values, op));
}

function joinFilters(parts: readonly RowFilter[]): RowFilter | undefined {
  const [only] = parts;
  return parts.length <= 1 ? only : { op: 'and', filters: parts };
}

type FieldOf = (attribute: string) => ColumnField | undefined;

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

/**
 * A bound rule in the source's own columns and stored values; undefined where it cannot be said. What cannot be said is met by no row, so
 * an `or` goes on without it.
 */
function encodeRule(connect: Connect, fieldOf: FieldOf, rule: BoundRule): RowFilter | undefined {
  if ('rules' in rule) {
    const filters = rule.rules.map((part) => encodeRule(connect, fieldOf, part));
    const complete = filters.filter((filter) => filter !== undefined);
    const isEnough = rule.op === 'or' ? complete.length > 0 : complete.length === filters.length;
    return isEnough ? { op: rule.op, filters: complete } : undefined;
  }
  const field = fieldOf(rule.attribute);
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
