import type { ValueNode } from 'graphql';
import type {
  ColumnField,
  Connect,
  ConnectField,
  Coordinate,
  FieldMapping,
  Graph,
} from '../contract/graph.ts';
import type { RowRule } from '../policies/agreement.ts';
import { ruleAttributes } from '../policies/row-rule.ts';
import { or } from './collect-fields.ts';
import {
  type AttributeRef,
  type Guards,
  mappingFor,
  type Step,
  type StepColumn,
  type StepFilter,
} from './plan.ts';
import { sameRule } from './record-draft.ts';
import { allOf, type SplitRule, splitRule } from './split-rule.ts';

interface DraftColumn extends StepColumn {
  guards: Guards;
}

/** A step while its root is being planned. */
export interface DraftStep {
  readonly index: number;
  readonly connect: ConnectField;
  readonly role: Step['role'];
  readonly rule: RowRule | undefined;
  readonly filters: readonly StepFilter[];
  readonly first: ValueNode | undefined;
  guards: Guards;
  readonly columns: DraftColumn[];
  readonly attributes: Map<string, AttributeRef>;
  readonly needs: Set<number>;
  readonly order: Map<string, Connect['order']>;
}

/** The reads of one level, while they are collected. Reads with the same record, rule and arguments are one. */
export interface StepDrafts {
  readonly graph: Graph;
  /** Conditions that every entity of the level has passed on its way in: no gate asks again. */
  readonly passed: readonly RowRule[];
  readonly steps: DraftStep[];
  readonly byKey: Map<string, DraftStep>;
}

export function createStepDrafts(graph: Graph, passed: readonly RowRule[] = []): StepDrafts {
  return { graph, passed, steps: [], byKey: new Map() };
}

export interface StepRequest {
  readonly connect: ConnectField;
  readonly role: Step['role'];
  readonly guards: Guards;
  readonly rule?: RowRule | undefined;
  /** Distinguishes selections of a list with other arguments. */
  readonly argumentsKey?: string;
  readonly filters?: readonly StepFilter[];
  readonly first?: ValueNode | undefined;
}

export function draftStep(drafts: StepDrafts, request: StepRequest): DraftStep {
  const key = JSON.stringify([request.connect.coordinate, request.rule ?? null, request.argumentsKey ?? '']);
  let step = drafts.byKey.get(key);
  if (!step) {
    step = {
      index: drafts.steps.length,
      connect: request.connect,
      role: request.role,
      rule: request.rule,
      filters: request.filters ?? [],
      first: request.first,
      guards: [],
      columns: [],
      attributes: new Map(),
      needs: new Set(),
      order: new Map(),
    };
    drafts.steps.push(step);
    drafts.byKey.set(key, step);
  }
  step.guards = or(step.guards, request.guards);
  return step;
}

/** Adds the column of a field to a step, once; returns its position. `prefix` is the path of an embedded list: `parties[].`. */
export function draftColumn(step: DraftStep, field: ColumnField, guards: Guards, prefix = ''): number {
  const names: Record<string, string> = {};
  for (const { source } of step.connect.connects) {
    const mapping = mappingFor(field, source);
    if (mapping) names[source] = prefix + mapping.column;
  }
  return draftNames(step, names, guards);
}

export function draftNames(step: DraftStep, names: Readonly<Record<string, string>>, guards: Guards): number {
  const key = JSON.stringify(names);
  const known = step.columns.findIndex((column) => JSON.stringify(column.names) === key);
  const column = step.columns[known];
  if (column) {
    column.guards = or(column.guards, guards);
    return known;
  }
  step.columns.push({ names, guards });
  return step.columns.length - 1;
}

/**
 * Adds what the data steps need and nobody sees: the columns of their rules, keys and routes. They ride on a read of the same
 * record that has no rule of its own where there is one, else they are a gate or key read.
 */
export function finishSteps(drafts: StepDrafts): readonly Step[] {
  const splits = new Map<DraftStep, SplitRule>();
  // Hidden reads are appended while this runs; their guards widen until every read that needs them is covered.
  for (let before = ''; before !== guardsText(drafts); ) {
    before = guardsText(drafts);
    for (let i = 0; i < drafts.steps.length; i++) {
      const step = drafts.steps[i];
      if (step) splits.set(step, hideNeeds(drafts, step));
    }
  }
  return drafts.steps.map((step) => finishStep(step, splits.get(step)));
}

/** Differs as soon as a step was added or a guard widened. Not by length: what becomes `always` has one alternative too. */
function guardsText({ steps }: StepDrafts): string {
  return JSON.stringify(steps.map(({ guards }) => guards));
}

function hideNeeds(drafts: StepDrafts, step: DraftStep): SplitRule {
  const split = splitStep(drafts, step);
  for (const attribute of split.pushed.flatMap(ruleAttributes)) hideOwn(drafts, step, attribute);
  for (const attribute of split.gated.flatMap(ruleAttributes)) hideOther(drafts, step, attribute, 'gate');
  for (const connect of step.connect.connects) {
    for (const part of connect.key) {
      if (part.from.kind === 'field') hideOther(drafts, step, part.from.coordinate, 'key');
    }
    if (connect.route) hideOther(drafts, step, connect.route.via, 'key');
  }
  return split;
}

function splitStep({ graph, passed }: StepDrafts, step: DraftStep): SplitRule {
  const split = splitRule(step.rule, step.connect, (attribute) => resolveColumn(graph, attribute));
  const gated = split.gated.filter((rule) => !passed.some((other) => sameRule(rule, other)));
  return { ...split, gated };
}

function finishStep(step: DraftStep, split: SplitRule | undefined): Step {
  const { rule: _, needs, ...rest } = step;
  return Object.freeze({
    ...rest,
    pushed: allOf(split?.pushed ?? []),
    gates: Object.freeze([...(split?.gated ?? [])]),
    needs: Object.freeze([...needs]),
  });
}

/** The column of a pushed condition comes with the row, so that no source has to be believed to have applied it. */
function hideOwn(drafts: StepDrafts, step: DraftStep, attribute: string): void {
  const field = resolveColumn(drafts.graph, attribute);
  if (!field) throw new TypeError(`a pushed rule names the unknown attribute ${attribute}`);
  const column = draftColumn(step, field, step.guards);
  step.attributes.set(attribute, { step: step.index, column, field });
}

/** What waits for hidden columns of other records: a step, or the entry to a level. */
export type Waiting = Pick<DraftStep, 'guards' | 'attributes' | 'needs'>;

export function hideOther(drafts: StepDrafts, step: Waiting, attribute: string, role: 'gate' | 'key'): void {
  const field = resolveColumn(drafts.graph, attribute);
  const connect = field && connectOf(drafts.graph, field);
  if (!field || connect?.rows !== 'ONE')
    throw new TypeError(`a rule or key names the unreadable attribute ${attribute}`);
  const hidden = draftStep(drafts, { connect, role, guards: step.guards });
  const column = draftColumn(hidden, field, step.guards);
  step.attributes.set(attribute, { step: hidden.index, column, field });
  step.needs.add(hidden.index);
}

/** The column behind a coordinate, through the element it claims (数源) if it is one. Of a relation the one with the other's key. */
export function resolveColumn(graph: Graph, coordinate: string): ColumnField | undefined {
  // A coordinate of unknown origin is only looked up: the map decides whether it is one.
  const field = graph.fields.get(graph.elements.get(coordinate as Coordinate) ?? (coordinate as Coordinate));
  if (field?.kind === 'relation' && !field.read) return field.reference;
  return field?.kind === 'column' ? field : undefined;
}

/** The read that brings the row in which a field lies: of a one-row record, there is only one. */
export function connectOf(graph: Graph, field: ColumnField): ConnectField | undefined {
  return connectsOf(graph, field)[0];
}

/** All reads that bring rows in which a field lies: several lists may be of one type. */
export function connectsOf(graph: Graph, { parentType }: { parentType: string }): readonly ConnectField[] {
  // Composition refuses recursive types, so this ends.
  return reachingFields(graph, parentType).flatMap((field) => {
    if (field.kind === 'connect') return [field];
    return field.kind === 'embedded' ? connectsOf(graph, field) : [];
  });
}

const reachingByType = new WeakMap<Graph, ReadonlyMap<string, readonly FieldMapping[]>>();

/** The fields that lead to a department's type. */
function reachingFields(graph: Graph, typeName: string): readonly FieldMapping[] {
  let byType = reachingByType.get(graph);
  if (!byType) {
    byType = indexByType(graph);
    reachingByType.set(graph, byType);
  }
  return byType.get(typeName) ?? [];
}

function indexByType(graph: Graph): ReadonlyMap<string, readonly FieldMapping[]> {
  const byType = new Map<string, FieldMapping[]>();
  for (const field of graph.fields.values()) {
    if (field.kind !== 'connect' && field.kind !== 'embedded' && field.kind !== 'group') continue;
    byType.set(field.typeName, [...(byType.get(field.typeName) ?? []), field]);
  }
  return byType;
}
