import { isInputType, type ValueNode, valueFromAST } from 'graphql';
import type { Graph } from '../contract/graph.ts';
import { HubError } from '../errors.ts';
import { type Binding, type BoundRule, bindRule } from '../policies/row-rule.ts';
import { isResidentKey } from '../resident/entity-key.ts';
import type { ResidentIdentifier } from '../resident/identifier.ts';
import { bindKeys, type KeyInput, nobody } from './bind-keys.ts';
import { bindSearch, type FilterNotes, type SearchInput } from './bind-search.ts';
import {
  type BoundEntry,
  type BoundLevel,
  type BoundPlan,
  type BoundRelation,
  type BoundRoot,
  type BoundRules,
  type BoundStep,
  entityKeyText,
} from './bound-plan.ts';
import { checkElements } from './check-elements.ts';
import { type ClaimReads, checkIdentifiers, checkSize, type LogReads } from './check-size.ts';
import { claimedFields } from './claimed-fields.ts';
import { isActive } from './collect-fields.ts';
import type {
  EntityRoot,
  EntitySelection,
  Entry,
  Guards,
  LogSearch,
  Plan,
  RelationSelection,
  Step,
  StepFilter,
  Verification,
} from './plan.ts';
import { maxLogPage } from './plan-log-search.ts';

export interface BindInput extends KeyInput {
  readonly binding: Binding;
  readonly graph: Graph;
  /** Opens a cursor of this client and purpose. */
  readonly openCursor: SearchInput['openCursor'];
  /** What claims about these fields would read; undefined where they are refused before anything is read. */
  readonly planClaims: (fields: readonly string[]) => Plan | undefined;
}

/** Throws HubError TOO_MANY_IDENTIFIERS, OPERATION_LIMIT_EXCEEDED, VARIABLE_INVALID or CURSOR_INVALID. */
export function bindPlan(input: BindInput): BoundPlan {
  const { plan, variables, limits } = input;
  const active = plan.hasGuards ? (guards: Guards) => isActive(guards, variables) : isSelected;
  const notes: FilterNotes = { decisions: new Map(), denials: new Map() };
  const roots = plan.roots
    .filter((root) => active(root.guards))
    .map((root) => bindRoot(input, root, active, notes));
  const logs = plan.logSearches
    .filter(({ guards }) => active(guards))
    .map((search) => bindLogSearch(input, search));
  const claims = plan.verifications
    .filter(({ guards }) => active(guards))
    .map((verification) => bindClaims(input, verification));
  checkSize(plan, limits, { roots, logs, claims });
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

/** Its size alone: a `first` that may not be is refused by the resolver, before the log is searched. */
function bindLogSearch(input: BindInput, { first, searches, recordSize }: LogSearch): LogReads {
  const records = Math.min(Math.max(bindInt(input, first) ?? usualLogPage(input), 0), maxLogPage);
  return { searches, fields: searches * records * recordSize };
}

function usualLogPage({ schema }: BindInput): number {
  const { args = [] } = schema.getQueryType()?.getFields()['accessRecords'] ?? {};
  const usual: unknown = args.find(({ name }) => name === 'first')?.defaultValue;
  return typeof usual === 'number' ? usual : maxLogPage;
}

/** Each alias asks about one person, and is planned and read by itself. */
function bindClaims(input: BindInput, { claims, times }: Verification): ClaimReads {
  const plan = input.planClaims(claimedFields(input, claims));
  const steps = (plan?.roots ?? []).flatMap((root) => root.steps);
  return {
    people: times,
    reads: times * steps.length,
    columns: times * steps.reduce((sum, { columns }) => sum + columns.length + 1, 0),
    pageSize: plan?.pageSize ?? 0,
  };
}

function isSelected(guards: Guards): boolean {
  return guards.length > 0;
}

function distinctResidents(roots: readonly BoundRoot[]): readonly ResidentIdentifier[] {
  const [only] = roots;
  if (only && roots.length === 1) return only.named.keys.filter(isResidentKey);
  const residents = new Map<string, ResidentIdentifier>();
  for (const { named } of roots) {
    for (const key of named.keys) if (isResidentKey(key)) residents.set(entityKeyText(key), key);
  }
  return [...residents.values()];
}

function bindRoot(
  input: BindInput,
  root: EntityRoot,
  active: (guards: Guards) => boolean,
  notes: FilterNotes,
): BoundRoot {
  if (!root.search) {
    const { named, asked } = bindKeys(input, root);
    const { selection, steps, relations } = bindLevel(input, root, active);
    return { root, named, asked, selection, steps, relations };
  }
  const search = bindSearch({ ...input, isActive: active }, root, notes);
  checkIdentifiers(input.plan, input.limits, search.first);
  return { root, named: nobody, asked: search.first, search, ...bindLevel(input, root, active) };
}

/** Levels in which nothing depends on the request are bound once for a plan. */
const fixedLevels = new WeakMap<EntitySelection, BoundLevel>();

function bindLevel(
  input: BindInput,
  selection: EntitySelection,
  active: (guards: Guards) => boolean,
): BoundLevel {
  const fixed = fixedLevels.get(selection);
  if (fixed) return fixed;
  const bound = bindVaryingLevel(input, selection, active);
  if (!input.plan.hasGuards && isFixed(selection)) fixedLevels.set(selection, bound);
  return bound;
}

function isFixed({ steps, relations, discrepancies }: EntitySelection): boolean {
  return (
    discrepancies.length === 0 &&
    steps.every(isFixedStep) &&
    relations.every(({ first, entry, child }) => first === undefined && !entry && isFixed(child))
  );
}

function isFixedStep({ pushed, gates, filters, first }: Step): boolean {
  return !pushed && gates.length === 0 && filters.length === 0 && first === undefined;
}

function bindVaryingLevel(
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

function bindStep(input: BindInput, step: Step, active: (guards: Guards) => boolean): BoundStep {
  const first = bindFirst(input, step.first);
  return {
    step,
    isActive: active(step.guards) && step.role === 'data',
    columns:
      first === 0
        ? hiddenColumns(step)
        : input.plan.hasGuards
          ? activeColumns(step, active)
          : allColumns(step),
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

const columnsOfSteps = new WeakMap<Step, readonly number[]>();

/** One list for all requests of a plan: what is made of it is kept by it. */
function allColumns(step: Step): readonly number[] {
  const known = columnsOfSteps.get(step);
  if (known) return known;
  const made = Object.freeze([...step.columns.keys()]);
  columnsOfSteps.set(step, made);
  return made;
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
  const first = bindInt(input, node);
  if (first !== undefined && first < 0)
    throw new HubError('VARIABLE_INVALID', {
      hint: 'first must not be negative.',
      hintZh: 'first 不得为负。',
    });
  return first;
}

function bindInt(input: BindInput, node: ValueNode | undefined): number | undefined {
  const type = input.schema.getType('Int');
  const value: unknown = node && isInputType(type) ? valueFromAST(node, type, input.variables) : undefined;
  return typeof value === 'number' ? value : undefined;
}
