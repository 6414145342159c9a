import { createHash } from 'node:crypto';
import { type GraphQLSchema, Kind, type ValueNode, valueFromAST } from 'graphql';
import type { ColumnField, Coordinate, Graph } from '../contract/graph.ts';
import { HubError } from '../errors.ts';
import { type Binding, type BoundRule, bindRule, ruleAttributes } from '../policies/row-rule.ts';
import { absentVariable } from './absent-variable.ts';
import { always } from './collect-fields.ts';
import { resolveColumn } from './draft-steps.ts';
import type { OperationLimits } from './limits.ts';
import type { EntityRoot, FilterPlan, Guards, ListPlan, PlannedDecision, PlannedDenial } from './plan.ts';
import { readSearchFilter, type SearchFilter, type SearchTerm } from './read-search-filter.ts';
import { withoutNumbers } from './say-problem.ts';
import { canPushField } from './split-rule.ts';

/** Where a page ended. */
export interface PagePosition {
  /** Everybody up to this identity number was met; absent: nobody yet. */
  readonly passed?: string;
  /** The last row that was read of each list of the search, in their order; undefined: none. */
  readonly positions: readonly (string | undefined)[];
}

/** A search with the request's variables put in. */
export interface BoundSearch {
  /** In their order: those that can be listed with these filters. Undefined: none can, and the connection is null. */
  readonly lists: readonly BoundList[] | undefined;
  readonly first: number;
  readonly after: PagePosition | undefined;
  /** What a cursor of this search is bound to, beside the caller: schema, filter, and the scope in which each register is listed. */
  readonly context: string;
  readonly isPage: boolean;
  readonly hasEdges: boolean;
  readonly hasCursors: boolean;
  readonly isTotal: boolean;
}

export interface BoundList {
  readonly plan: ListPlan;
  /** The caller's scope and filter together. NEVER: nobody can meet them. */
  readonly where: BoundRule | undefined | 'NEVER';
  /** The same for the count; DENIED where it may not be told. */
  readonly counted: BoundRule | undefined | 'NEVER' | 'DENIED';
  /** Behind each attribute of both: what is asked, so that rows can be checked again. */
  readonly attributes: ReadonlyMap<string, ColumnField>;
}

export interface SearchInput {
  readonly graph: Graph;
  readonly schema: GraphQLSchema;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly limits: OperationLimits;
  readonly binding: Binding;
  readonly isActive: (guards: Guards) => boolean;
  /** Opens a cursor of this client and purpose; undefined for anything else. */
  readonly openCursor: (context: string, cursor: string) => PagePosition | undefined;
}

/** What the filters in use decide: known only now, because they may stand in a variable. */
export interface FilterNotes {
  readonly decisions: Map<Coordinate, PlannedDecision>;
  readonly denials: Map<Coordinate, PlannedDenial>;
}

/** Throws HubError VARIABLE_INVALID, OPERATION_LIMIT_EXCEEDED or CURSOR_INVALID. */
export function bindSearch(input: SearchInput, root: EntityRoot, notes: FilterNotes): BoundSearch {
  const { search } = root;
  if (!search) throw new TypeError('bindSearch expects the root of a search');
  const argument = (name: string, node: ValueNode | undefined) => bindArgument(input, name, node);
  const filter = readSearchFilter(bindWhere(input, search.where), input.limits);
  const lists = search.lists.flatMap((list) => bindList(input, root, list, filter, notes) ?? []);
  const context = contextOf(input, filter, lists);
  const { isActive } = input;
  return {
    lists: lists.length > 0 ? lists : undefined,
    first: bindFirst(argument('first', search.first)),
    // Where nothing may be listed, that is the answer, whatever the cursor.
    after: lists.length > 0 ? bindAfter(input, context, argument('after', search.after)) : undefined,
    context,
    isPage: isActive(search.page),
    hasEdges: isActive(search.edges),
    hasCursors: isActive(search.cursors),
    isTotal: isActive(search.total),
  };
}

function bindArgument(input: SearchInput, name: string, node: ValueNode | undefined): unknown {
  const args = input.schema.getQueryType()?.getFields()['searchResidents']?.args ?? [];
  const argument = args.find((one) => one.name === name);
  const value: unknown = node && argument && valueFromAST(node, argument.type, input.variables);
  return value === undefined ? argument?.defaultValue : value;
}

/** Whoever writes a condition means it: one that cannot be read must not find more than was asked for. */
function bindWhere(input: SearchInput, node: ValueNode | undefined): unknown {
  const absent = node && absentVariable(node, input.variables);
  if (absent !== undefined) {
    const name = withoutNumbers(absent);
    throw new HubError('VARIABLE_INVALID', {
      hint: `A condition needs $${name}: give it, or leave the condition out of where.`,
      hintZh: `查询条件缺少变量 $${name}：请给出，或从 where 中去掉该条件。`,
    });
  }
  const where = bindArgument(input, 'where', node);
  if (where === undefined && node && !isAbsent(node, input)) {
    throw new HubError('VARIABLE_INVALID', {
      hint: 'where does not fit ResidentFilter.',
      hintZh: 'where 不符合类型 ResidentFilter。',
    });
  }
  return where;
}

function isAbsent(node: ValueNode, { variables }: SearchInput): boolean {
  return node.kind === Kind.VARIABLE && variables[node.name.value] === undefined;
}

function bindFirst(first: unknown): number {
  if (typeof first === 'number' && first >= 1) return first;
  throw new HubError('VARIABLE_INVALID', { hint: 'first must be 1 or more.', hintZh: 'first 须不小于 1。' });
}

/** One refusal for a cursor of another client, purpose, filter or scope, an old one and none at all. */
function bindAfter(input: SearchInput, context: string, after: unknown): PagePosition | undefined {
  if (after === undefined || after === null) return undefined;
  const position = typeof after === 'string' ? input.openCursor(context, after) : undefined;
  if (!position) throw new HubError('CURSOR_INVALID');
  return position;
}

function contextOf({ graph }: SearchInput, filter: SearchFilter, lists: readonly BoundList[]): string {
  const listed = lists.map(({ plan, where }) => [plan.index, where ?? null]);
  return createHash('sha256')
    .update(JSON.stringify([graph.version, filter, listed]))
    .digest('base64url');
}

type Truth = 'ALWAYS' | 'NEVER';

/** Undefined where a filter in use is not available in this register, which is noted for the answer. */
function bindList(
  input: SearchInput,
  root: EntityRoot,
  plan: ListPlan,
  filter: SearchFilter,
  notes: FilterNotes,
): BoundList | undefined {
  const used: UsedFilters = { isRefused: false, root, notes };
  const asked = bindFilter(input, plan, filter, used);
  if (used.isRefused) return undefined;
  const scope = bindScope(input, plan.rule);
  const where = allBound([scope, asked]);
  const counted = plan.count === 'DENIED' ? plan.count : allBound([where, bindScope(input, plan.count.rule)]);
  return {
    plan,
    where: toRule(where),
    counted: counted === 'DENIED' ? counted : toRule(counted),
    attributes: attributesOf(input.graph, [where, counted]),
  };
}

function bindScope({ binding }: SearchInput, rule: ListPlan['rule']): BoundRule | Truth {
  return rule ? bindRule(rule, binding) : 'ALWAYS';
}

function toRule(bound: BoundRule | Truth): BoundRule | undefined | 'NEVER' {
  return bound === 'ALWAYS' ? undefined : bound;
}

function attributesOf(
  graph: Graph,
  bound: readonly (BoundRule | string)[],
): ReadonlyMap<string, ColumnField> {
  const attributes = new Map<string, ColumnField>();
  for (const rule of bound) {
    for (const attribute of typeof rule === 'string' ? [] : ruleAttributes(rule)) {
      const field = resolveColumn(graph, attribute);
      if (!field) throw new TypeError('a list is searched by fields that it has');
      attributes.set(attribute, field);
    }
  }
  return attributes;
}

interface UsedFilters {
  isRefused: boolean;
  readonly root: EntityRoot;
  readonly notes: FilterNotes;
}

/** Every term is looked at, also where another one decides: what is refused follows from what is asked alone. */
function bindFilter(
  input: SearchInput,
  plan: ListPlan,
  filter: SearchFilter,
  used: UsedFilters,
): BoundRule | Truth {
  if (filter.op === 'term') return bindTerm(input, plan, filter, used);
  const parts = filter.parts.map((part) => bindFilter(input, plan, part, used));
  return filter.op === 'and' ? allBound(parts) : anyBound(parts);
}

function bindTerm(
  input: SearchInput,
  plan: ListPlan,
  term: SearchTerm,
  used: UsedFilters,
): BoundRule | Truth {
  const { connect, elements } = plan.register;
  // What another register holds is true of no entry of this one.
  if (term.section !== undefined && term.section !== sectionName(connect.typeName)) return 'NEVER';
  const element = Object.hasOwn(elements, term.name) ? elements[term.name] : undefined;
  const coordinate: Coordinate | undefined =
    term.section === undefined ? element : `${connect.typeName}.${term.name}`;
  const filter = coordinate && plan.filters.get(coordinate);
  if (!filter) return refuseTerm(used, `Resident.${term.name}`, undefined);
  used.notes.decisions.set(filter.field.coordinate, {
    coordinate: filter.field.coordinate,
    field: filter.field.coordinate,
    decision: filter.decision,
    guards: always,
  });
  if (!filter.isAvailable || !canPushField(term.test.op, filter.field, connect)) {
    return refuseTerm(used, filter.field.coordinate, filter);
  }
  const { decision } = filter;
  const scope = decision.effect === 'PERMIT_IF' ? bindRule(decision.when, input.binding) : 'ALWAYS';
  return allBound([scope, bindTest(filter.field.coordinate, term)]);
}

function bindTest(attribute: Coordinate, { test }: SearchTerm): BoundRule | Truth {
  switch (test.op) {
    case 'eq':
      return { op: 'eq', attribute, value: test.value };
    case 'in':
      return test.values.length === 0 ? 'NEVER' : { op: 'in', attribute, values: test.values };
    case 'prefix':
      return { op: 'prefix', attribute, value: String(test.value) };
    case 'range':
      return { ...test, attribute };
  }
}

function refuseTerm(used: UsedFilters, coordinate: Coordinate, filter: FilterPlan | undefined): Truth {
  used.isRefused = true;
  used.notes.denials.set(coordinate, {
    coordinate,
    code: 'FILTER_NOT_AVAILABLE',
    decision: filter?.decision ?? { effect: 'DENY', rule: 'default-deny', reason: 'NO_AGREEMENT' },
    responsePaths: used.root.responsePaths,
    guards: always,
  });
  return 'NEVER';
}

/** `PoliceRecord` → `policeRecord`: the member of a search for what this register alone has. */
export function sectionName(typeName: string): string {
  return typeName.slice(0, 1).toLowerCase() + typeName.slice(1);
}

function allBound(parts: readonly (BoundRule | Truth)[]): BoundRule | Truth {
  return joinBound('and', parts, 'NEVER');
}

function anyBound(parts: readonly (BoundRule | Truth)[]): BoundRule | Truth {
  return joinBound('or', parts, 'ALWAYS');
}

/** `decisive` makes the whole what it is; the other constant says nothing. */
function joinBound(
  op: 'and' | 'or',
  parts: readonly (BoundRule | Truth)[],
  decisive: Truth,
): BoundRule | Truth {
  if (parts.includes(decisive)) return decisive;
  const rules = parts
    .filter((part) => typeof part !== 'string')
    .flatMap((rule) => (rule.op === op ? rule.rules : [rule]));
  const [only] = rules;
  if (!only) return op === 'and' ? 'ALWAYS' : 'NEVER';
  return rules.length === 1 ? only : { op, rules };
}
