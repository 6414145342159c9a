import { type GraphQLSchema, isInputType, type ValueNode, valueFromAST } from 'graphql';
import type { Graph } from '../contract/graph.ts';
import { HubError } from '../errors.ts';
import { type Binding, type BoundRule, bindRule } from '../policies/row-rule.ts';
import { type EntityKey, isResidentKey, parsePlaceKey, placeTypeOf } from '../resident/entity-key.ts';
import { parseIdentifier, type ResidentIdentifier } from '../resident/identifier.ts';
import { usualRows } from './answer-size.ts';
import { bindRepresentation, isOfType } from './bind-representation.ts';
import { type BoundSearch, bindSearch, type FilterNotes, type SearchInput } from './bind-search.ts';
import { checkElements } from './check-elements.ts';
import { isActive } from './collect-fields.ts';
import type { OperationLimits } from './limits.ts';
import type {
  EntityRoot,
  EntitySelection,
  Entry,
  Guards,
  Plan,
  PlannedDecision,
  PlannedDenial,
  RelationSelection,
  Step,
  StepFilter,
} from './plan.ts';
import { exceeded } from './prepare-operation.ts';

/** A plan with the request's variables put in: ready to be fetched. */
export interface BoundPlan {
  readonly plan: Plan;
  readonly isActive: (guards: Guards) => boolean;
  readonly decisions: readonly PlannedDecision[];
  readonly denials: readonly PlannedDenial[];
  readonly roots: readonly BoundRoot[];
  /** Distinct residents over all roots, by `type:value`. */
  readonly residents: ReadonlyMap<string, ResidentIdentifier>;
  readonly limits: Pick<OperationLimits, 'maxReached' | 'maxCost'>;
}

export interface BoundRoot extends BoundLevel {
  readonly root: EntityRoot;
  /** Aligned to the request; undefined where malformed, or where a representation is of another type. */
  readonly keys: readonly (EntityKey | undefined)[];
  /** Identifiers that the request gives for it, malformed ones too; of a search, as many as a page may hold. */
  readonly asked: number;
  /** Where residents are found: `keys` is empty then. */
  readonly search?: BoundSearch;
}

/** What is read and shown of the entities that a root or a relation leads to. */
export interface BoundLevel {
  readonly selection: EntitySelection;
  readonly steps: readonly BoundStep[];
  readonly relations: readonly BoundRelation[];
}

export interface BoundRelation {
  readonly relation: RelationSelection;
  readonly first: number | undefined;
  readonly entry: BoundEntry | undefined;
  readonly child: BoundLevel;
}

export interface BoundEntry {
  readonly entry: Entry;
  readonly rules: readonly (BoundRule | 'NEVER')[];
  readonly steps: readonly BoundStep[];
}

/** The row rules of a step with the request's terms put in. */
export interface BoundRules {
  readonly pushed: BoundRule | undefined;
  readonly gates: readonly BoundRule[];
}

export interface BoundStep {
  readonly step: Step;
  /** Asked for by something that is shown. Steps that only others need run when those do. */
  readonly isActive: boolean;
  /** Positions of the columns to ask, ascending. */
  readonly columns: readonly number[];
  /** NEVER: one of them has a term that this request cannot bind (no region in the token), so nobody is asked, not even by a gate. */
  readonly rules: BoundRules | 'NEVER';
  readonly filters: readonly {
    readonly field: StepFilter['field'];
    readonly value: string | number | boolean;
  }[];
  readonly first: number | undefined;
  /** Rows of one key that may be shown. */
  readonly mostRows: number;
}

export interface BindInput {
  readonly plan: Plan;
  readonly schema: GraphQLSchema;
  /** Coerced. */
  readonly variables: Readonly<Record<string, unknown>>;
  readonly limits: OperationLimits;
  readonly binding: Binding;
  readonly graph: Graph;
  /** Opens a cursor of this client and purpose. */
  readonly openCursor: SearchInput['openCursor'];
  /** Opens the hub's own reference of this client. */
  readonly reveal: (reference: string) => EntityKey | undefined;
}

/** Throws HubError TOO_MANY_IDENTIFIERS, OPERATION_LIMIT_EXCEEDED, VARIABLE_INVALID or CURSOR_INVALID. */
export function bindPlan(input: BindInput): BoundPlan {
  const { plan, variables, limits } = input;
  const active = plan.hasGuards ? (guards: Guards) => isActive(guards, variables) : isSelected;
  const notes: FilterNotes = { decisions: new Map(), denials: new Map() };
  const roots = plan.roots
    .filter((root) => active(root.guards))
    .map((root) => bindRoot(input, root, active, notes));
  checkSize(input, roots);
  const decisions = plan.hasGuards ? plan.decisions.filter(({ guards }) => active(guards)) : plan.decisions;
  const denials = plan.hasGuards ? plan.denials.filter(({ guards }) => active(guards)) : plan.denials;
  for (const { coordinate } of decisions) notes.decisions.delete(coordinate);
  return {
    plan,
    isActive: active,
    decisions: notes.decisions.size > 0 ? [...decisions, ...notes.decisions.values()] : decisions,
    denials: notes.denials.size > 0 ? [...denials, ...notes.denials.values()] : denials,
    roots,
    residents: distinctResidents(roots),
    limits,
  };
}

function isSelected(guards: Guards): boolean {
  return guards.length > 0;
}

function distinctResidents(roots: readonly BoundRoot[]): ReadonlyMap<string, ResidentIdentifier> {
  const residents = new Map<string, ResidentIdentifier>();
  for (const { keys } of roots) {
    for (const key of keys) if (key && isResidentKey(key)) residents.set(entityKeyText(key), key);
  }
  return residents;
}

export function entityKeyText({ type, value }: EntityKey): string {
  return `${type}:${value}`;
}

function checkSize({ plan, limits }: BindInput, roots: readonly BoundRoot[]): void {
  checkIdentifiers(
    { plan, limits },
    roots.reduce((count, { asked }) => count + asked, 0),
  );
  const reads = roots.reduce((count, root) => count + countSteps(root), 0);
  if (reads > limits.maxReads) throw exceeded('maxReads', limits.maxReads);
  const introspected = plan.introspection?.answerSize ?? 0;
  const cost = roots.reduce((sum, root) => sum + (costOf(root) + listCost(root)) * root.asked, introspected);
  if (cost > limits.maxCost) throw exceeded('maxCost', limits.maxCost);
}

/** What the registers read for one entry. */
function listCost({ search }: BoundRoot): number {
  return (search?.lists ?? []).reduce((cost, { attributes }) => cost + attributes.size + 1, 0);
}

function checkIdentifiers({ plan, limits }: Pick<BindInput, 'plan' | 'limits'>, asked: number): void {
  const allowed = allowedIdentifiers(plan, limits);
  if (asked <= allowed) return;
  throw new HubError('TOO_MANY_IDENTIFIERS', {
    hint: `At most ${allowed} in one request.`,
    details: { allowed },
  });
}

/** Residents in one request. */
export function allowedIdentifiers({ pageSize }: Plan, { maxIdentifiers }: OperationLimits): number {
  return Math.min(maxIdentifiers, pageSize > 0 ? pageSize : defaultPageSize);
}

/** For callers whose fields need no agreement. */
const defaultPageSize = 100;

/**
 * As relations are followed: throws HubError OPERATION_LIMIT_EXCEEDED where they lead to more entities than one request may reach, or to
 * an answer of more fields than it may hold.
 */
export function checkReached(
  { limits }: BoundPlan,
  found: { readonly entities: number; readonly fields: number },
): void {
  if (found.entities > limits.maxReached) throw exceeded('maxReached', limits.maxReached);
  if (found.fields > limits.maxCost) throw exceeded('maxCost', limits.maxCost);
}

/** The reads of a level and of all beyond it. */
export function* stepsOf({ steps, relations }: BoundLevel): Iterable<BoundStep> {
  yield* steps;
  for (const { entry, child } of relations) {
    yield* entry?.steps ?? [];
    yield* stepsOf(child);
  }
}

function countSteps(level: BoundLevel): number {
  return [...stepsOf(level)].length;
}

/** Entities to which a relation is taken to lead where the caller sets no bound. */
const usualRelated = 100;

/**
 * For one entity of the level: what departments have to read, or what the answer holds, whichever is more; and the same for as many
 * entities as each relation is likely to lead to. How many there are is checked as they are found.
 */
function costOf({ steps, selection, relations }: BoundLevel): number {
  const own = Math.max(readCost(steps), selection.answerSize);
  return relations.reduce((cost, { relation, first, entry, child }) => {
    const reached = Math.min(first ?? usualRelated, relation.maxRows);
    // What the entry looks at is read of all of them, however few are shown.
    const looked = Math.min(usualRelated, relation.maxRows) * readCost(entry?.steps ?? []);
    return cost + reached * (1 + costOf(child)) + looked;
  }, own);
}

function readCost(steps: readonly BoundStep[]): number {
  return steps.reduce((cost, step) => cost + (step.step.columns.length + 1) * rowsOf(step), 0);
}

function rowsOf({ step: { connect }, first }: BoundStep): number {
  if (connect.rows === 'ONE') return 1;
  return Math.min(first ?? usualRows, ...connect.connects.map(({ maxRows }) => maxRows));
}

function bindRoot(
  input: BindInput,
  root: EntityRoot,
  active: (guards: Guards) => boolean,
  notes: FilterNotes,
): BoundRoot {
  if (!root.search) return { root, ...bindKeys(input, root), ...bindLevel(input, root, active) };
  const search = bindSearch({ ...input, isActive: active }, root, notes);
  checkIdentifiers(input, search.first);
  return { root, keys: [], asked: search.first, search, ...bindLevel(input, root, active) };
}

function bindLevel(
  input: BindInput,
  selection: EntitySelection,
  active: (guards: Guards) => boolean,
): BoundLevel {
  const relations = selection.relations
    .filter((relation) => active(relation.guards))
    .map((relation) => bindRelation(input, relation, active));
  for (const discrepancies of selection.discrepancies) {
    if (active(discrepancies.guards)) checkElements(input, discrepancies);
  }
  const shut = new Set(
    relations.flatMap(({ relation, entry }) => (isShut(relation, entry) ? relation.step : [])),
  );
  const steps = selection.steps.map((step) => {
    const bound = bindStep(input, step, active);
    return shut.has(step.index) ? { ...bound, rules: 'NEVER' as const } : bound;
  });
  return { selection, steps, relations };
}

/** Where nobody can be let in, nobody is asked for the way either, unless it lies in a row that is read anyway. */
function isShut({ hasOwnRead }: RelationSelection, entry: BoundEntry | undefined): boolean {
  return hasOwnRead && entry?.rules.includes('NEVER') === true;
}

function bindRelation(
  input: BindInput,
  relation: RelationSelection,
  active: (guards: Guards) => boolean,
): BoundRelation {
  return {
    relation,
    first: bindFirst(input, relation.first),
    entry: relation.entry && bindEntry(input, relation.entry, active),
    child: bindLevel(input, relation.child, active),
  };
}

function bindEntry(input: BindInput, entry: Entry, active: (guards: Guards) => boolean): BoundEntry {
  return {
    entry,
    rules: entry.rules.map((rule) => bindRule(rule, input.binding)),
    steps: entry.steps.map((step) => bindStep(input, step, active)),
  };
}

function bindKeys(input: BindInput, root: EntityRoot): Pick<BoundRoot, 'keys' | 'asked'> {
  if (root.isRepresented) return bindRepresentations(input, root);
  const keys = root.entity === 'Resident' ? bindIdentifiers(input, root) : [bindPlaceKey(input, root)];
  return { keys, asked: keys.length };
}

function bindIdentifiers(input: BindInput, root: EntityRoot): (ResidentIdentifier | undefined)[] {
  const items = bindItems(input, root, root.isList ? 'identifiers' : 'identifier');
  return items.map((item) => bindIdentifier(input, item));
}

function bindItems(input: BindInput, root: EntityRoot, name: string): readonly unknown[] {
  const value = bindArgument(input, root, name);
  // A variable with a default fits where null does not, and may be given as null.
  if (value === undefined || value === null) {
    throw new HubError('VARIABLE_INVALID', { hint: `${name} must not be null.` });
  }
  const items: unknown[] = Array.isArray(value) ? value : [value];
  // Before any is parsed: a body has room for very many.
  checkIdentifiers(input, items.length);
  return items;
}

/** Those of other types are other roots' of the same field. */
function bindRepresentations(input: BindInput, root: EntityRoot): Pick<BoundRoot, 'keys' | 'asked'> {
  const items = bindItems(input, root, 'representations');
  const asked = items.filter((item) => isOfType(item, root.entity)).length;
  return { keys: items.map((item) => bindRepresentation(item, root, input.reveal)), asked };
}

function bindArgument(input: BindInput, root: EntityRoot, name: string): unknown {
  const argument = input.schema
    .getQueryType()
    ?.getFields()
    [root.field]?.args.find((one) => one.name === name);
  const node = root.arguments.get(name);
  return node && argument && valueFromAST(node, argument.type, input.variables);
}

function bindIdentifier(input: BindInput, item: unknown): ResidentIdentifier | undefined {
  if (typeof item !== 'object' || item === null || !('type' in item && 'value' in item)) return undefined;
  const { type, value } = item;
  if (typeof type !== 'string' || typeof value !== 'string') return undefined;
  if (type !== 'RESIDENT_ID') return parseIdentifier({ type, value });
  const key = input.reveal(value);
  return key && isResidentKey(key) ? key : undefined;
}

/** A household, dwelling, building or grid: by its number or code, or by the reference that this client was given. */
function bindPlaceKey(input: BindInput, root: EntityRoot): EntityKey | undefined {
  const given = [...root.arguments.keys()]
    .map((name) => ({ name, value: bindArgument(input, root, name) }))
    .filter(({ value }) => value !== undefined && value !== null);
  const [argument] = given;
  if (given.length !== 1 || typeof argument?.value !== 'string') {
    throw new HubError('VARIABLE_INVALID', { hint: `${root.field} takes exactly one key.` });
  }
  if (argument.name !== 'id') return parsePlaceKey(root.entity, argument.value);
  const key = input.reveal(argument.value);
  return key?.type === placeTypeOf(root.entity) ? key : undefined;
}

function bindStep(input: BindInput, step: Step, active: (guards: Guards) => boolean): BoundStep {
  const first = bindFirst(input, step.first);
  return {
    step,
    isActive: active(step.guards) && step.role === 'data',
    columns: first === 0 ? hiddenColumns(step) : activeColumns(step, active),
    rules: bindRules(step, input.binding),
    filters: step.filters.flatMap((filter) => bindFilter(input, filter)),
    first,
    mostRows: mostRows(step, first),
  };
}

function mostRows({ connect }: Step, first: number | undefined): number {
  const most = Math.max(0, ...connect.connects.map(({ maxRows }) => maxRows));
  return Math.min(first ?? most, most);
}

function bindRules(step: Step, binding: Binding): BoundRules | 'NEVER' {
  const pushed = step.pushed && bindRule(step.pushed, binding);
  const gates: BoundRule[] = [];
  for (const gate of step.gates) {
    const bound = bindRule(gate, binding);
    if (bound === 'NEVER') return 'NEVER';
    gates.push(bound);
  }
  return pushed === 'NEVER' ? 'NEVER' : { pushed, gates };
}

function activeColumns(step: Step, active: (guards: Guards) => boolean): number[] {
  return [...step.columns.keys()].filter((position) => active(step.columns[position]?.guards ?? []));
}

/** Of a list that is to show no row only its existence is read: what its own rule looks at, and nothing else. */
function hiddenColumns({ index, attributes }: Step): number[] {
  const own = [...attributes.values()].filter(({ step }) => step === index);
  return [...new Set(own.map(({ column }) => column))].sort((a, b) => a - b);
}

/** A filter whose variable was not given, or is null, does not filter. */
function bindFilter(input: BindInput, { field, value }: StepFilter): BoundStep['filters'] {
  const type = input.schema.getType(field.typeName);
  const bound: unknown = isInputType(type) ? valueFromAST(value, type, input.variables) : undefined;
  return typeof bound === 'string' || typeof bound === 'number' || typeof bound === 'boolean'
    ? [{ field, value: bound }]
    : [];
}

function bindFirst(input: BindInput, node: ValueNode | undefined): number | undefined {
  const type = input.schema.getType('Int');
  const first: unknown = node && isInputType(type) ? valueFromAST(node, type, input.variables) : undefined;
  if (typeof first !== 'number') return undefined;
  if (first < 0) throw new HubError('VARIABLE_INVALID', { hint: 'first must not be negative.' });
  return first;
}
