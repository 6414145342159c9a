import { type GraphQLSchema, isInputType, type ValueNode, valueFromAST } from 'graphql';
import { HubError } from '../errors.ts';
import { type Binding, type BoundRule, bindRule } from '../policies/row-rule.ts';
import { parseIdentifier, type ResidentIdentifier } from '../resident/identifier.ts';
import { usualRows } from './answer-size.ts';
import { isActive } from './collect-fields.ts';
import type { OperationLimits } from './limits.ts';
import type { EntityRoot, Guards, Plan, PlannedDecision, PlannedDenial, Step, StepFilter } from './plan.ts';
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
}

export interface BoundRoot {
  readonly root: EntityRoot;
  /** Aligned to the request; undefined where malformed. */
  readonly identifiers: readonly (ResidentIdentifier | undefined)[];
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
  /** Opens the hub's own reference of this client. */
  readonly reveal: (reference: string) => ResidentIdentifier | undefined;
}

/** Throws HubError TOO_MANY_IDENTIFIERS, OPERATION_LIMIT_EXCEEDED or VARIABLE_INVALID. */
export function bindPlan(input: BindInput): BoundPlan {
  const { plan, variables } = input;
  const active = plan.hasGuards ? (guards: Guards) => isActive(guards, variables) : isSelected;
  const roots = plan.roots.filter((root) => active(root.guards)).map((root) => bindRoot(input, root, active));
  checkSize(input, roots);
  return {
    plan,
    isActive: active,
    decisions: plan.hasGuards ? plan.decisions.filter(({ guards }) => active(guards)) : plan.decisions,
    denials: plan.hasGuards ? plan.denials.filter(({ guards }) => active(guards)) : plan.denials,
    roots,
    residents: distinctResidents(roots),
  };
}

function isSelected(guards: Guards): boolean {
  return guards.length > 0;
}

function distinctResidents(roots: readonly BoundRoot[]): ReadonlyMap<string, ResidentIdentifier> {
  const residents = new Map<string, ResidentIdentifier>();
  for (const { identifiers } of roots) {
    for (const identifier of identifiers) {
      if (identifier) residents.set(residentKey(identifier), identifier);
    }
  }
  return residents;
}

export function residentKey({ type, value }: ResidentIdentifier): string {
  return `${type}:${value}`;
}

function checkSize({ plan, limits }: BindInput, roots: readonly BoundRoot[]): void {
  checkIdentifiers(
    { plan, limits },
    roots.reduce((count, root) => count + root.identifiers.length, 0),
  );
  const reads = roots.reduce((count, root) => count + root.steps.length, 0);
  if (reads > limits.maxReads) throw exceeded('maxReads', limits.maxReads);
  const introspected = plan.introspection?.answerSize ?? 0;
  if (roots.reduce((cost, root) => cost + costOf(root), introspected) > limits.maxCost) {
    throw exceeded('maxCost', limits.maxCost);
  }
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

/** What departments have to read, or what the answer holds, whichever is more. */
function costOf({ identifiers, steps, root }: BoundRoot): number {
  const read = steps.reduce((cost, step) => cost + (step.step.columns.length + 1) * rowsOf(step), 0);
  return Math.max(read, root.answerSize) * identifiers.length;
}

function rowsOf({ step: { connect }, first }: BoundStep): number {
  if (connect.rows === 'ONE') return 1;
  return Math.min(first ?? usualRows, ...connect.connects.map(({ maxRows }) => maxRows));
}

function bindRoot(input: BindInput, root: EntityRoot, active: (guards: Guards) => boolean): BoundRoot {
  return {
    root,
    identifiers: bindIdentifiers(input, root),
    steps: root.steps.map((step) => bindStep(input, step, active)),
  };
}

function bindIdentifiers(input: BindInput, root: EntityRoot): (ResidentIdentifier | undefined)[] {
  const name = root.field === 'residents' ? 'identifiers' : 'identifier';
  const argument = input.schema
    .getQueryType()
    ?.getFields()
    [root.field]?.args.find((one) => one.name === name);
  const value: unknown =
    root.argument && argument && valueFromAST(root.argument, argument.type, input.variables);
  // A variable with a default fits where null does not, and may be given as null.
  if (value === undefined || value === null) {
    throw new HubError('VARIABLE_INVALID', { hint: `${name} must not be null.` });
  }
  const items: unknown[] = Array.isArray(value) ? value : [value];
  // Before any is parsed: a body has room for very many.
  checkIdentifiers(input, items.length);
  return items.map((item) => bindIdentifier(input, item));
}

function bindIdentifier(input: BindInput, item: unknown): ResidentIdentifier | undefined {
  if (typeof item !== 'object' || item === null || !('type' in item && 'value' in item)) return undefined;
  const { type, value } = item;
  if (typeof type !== 'string' || typeof value !== 'string') return undefined;
  return type === 'RESIDENT_ID' ? input.reveal(value) : parseIdentifier({ type, value });
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
