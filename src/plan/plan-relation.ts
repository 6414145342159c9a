import type { ConnectField, Coordinate, Graph, RelationField } from '../contract/graph.ts';
import type { RowRule } from '../policies/agreement.ts';
import { ruleAttributes } from '../policies/row-rule.ts';
import { type FieldGroup, propertyOf } from './collect-fields.ts';
import { addDenial, decideField, type PlanDraft, pathsBelow } from './draft-plan.ts';
import {
  createStepDrafts,
  type DraftStep,
  draftColumn,
  draftNames,
  draftStep,
  finishSteps,
  hideOther,
  type StepDrafts,
  type Waiting,
} from './draft-steps.ts';
import type { EntitySelection, Entry, Guards, RelationSelection } from './plan.ts';
import { exceeded } from './prepare-operation.ts';
import { allOf } from './split-rule.ts';
import { readingOf, splitByEnd, supportedRelation } from './supported-relation.ts';

/** Where a level stands in the operation. */
export interface LevelPlace {
  readonly group: FieldGroup;
  readonly paths: readonly string[];
  /** Relations on the way from the root. */
  readonly hops: number;
  /** Conditions that every entity of the level has passed on its way in. */
  readonly passed: readonly RowRule[];
}

interface RelationPlace {
  /** As selected: `Household.members`. */
  readonly coordinate: Coordinate;
  readonly field: RelationField;
  readonly group: FieldGroup;
  readonly place: LevelPlace;
  /** Plans the level to which it leads. */
  readonly planBeyond: (draft: PlanDraft, entity: string, place: LevelPlace) => EntitySelection;
}

/**
 * Plans one hop, a decision of its own: without it nothing of the way nor of what lies beyond is read. Conditions on the entities from
 * which it starts are applied to its read; those on the entities to which it leads are the entry to the next level. Throws HubError
 * OPERATION_LIMIT_EXCEEDED.
 */
export function planRelation(
  draft: PlanDraft,
  steps: StepDrafts,
  { coordinate, field, group, place, planBeyond }: RelationPlace,
): RelationSelection | undefined {
  if (place.hops >= draft.maxRelations) throw exceeded('maxRelations', draft.maxRelations);
  const responsePaths = pathsBelow(place.paths, group, { isList: false });
  const { guards } = group;
  const decision = decideField(draft, coordinate, field.coordinate, guards, (said) =>
    supportedRelation(draft.graph, said, field),
  );
  const reading = readingOf(draft.graph, field);
  if (decision.effect === 'DENY' || !reading) {
    addDenial(draft, { coordinate, code: 'FIELD_DENIED', decision, responsePaths, guards });
    return undefined;
  }
  const { near, far } = splitByEnd(draft.graph, decision, field);
  const isOrdered = field.rows === 'ONE' || reading.connects.every(({ order }) => order.length > 0);
  const isWhole = far.length > 0 || !isOrdered;
  const step = draftWay(steps, field, reading, { group, rule: allOf(near), isWhole });
  return {
    property: propertyOf(draft.propertyNames, group),
    coordinate,
    responsePaths,
    department: field.department,
    rows: field.rows,
    guards,
    step: step.index,
    column: draftColumn(step, field.reference, guards),
    reference: field.reference,
    hasOwnRead: field.read !== undefined,
    first: group.arguments.get('first'),
    maxRows: field.rows === 'ONE' ? 1 : Math.max(...reading.connects.map(({ maxRows }) => maxRows)),
    isOrdered,
    entry: planEntry(draft.graph, far, guards),
    child: planBeyond(draft, field.typeName, {
      group,
      paths: pathsBelow(place.paths, group, { isList: field.rows === 'MANY' }),
      hops: place.hops + 1,
      passed: far,
    }),
  };
}

function draftWay(
  steps: StepDrafts,
  field: RelationField,
  reading: ConnectField,
  way: { readonly group: FieldGroup; readonly rule: RowRule | undefined; readonly isWhole: boolean },
): DraftStep {
  const { guards, key } = way.group;
  if (!field.read) return draftStep(steps, { connect: reading, role: 'data', guards, rule: way.rule });
  // Before the entry nobody knows who of the first so many is there at all; and without an order which ones are the first.
  const first = way.isWhole ? undefined : way.group.arguments.get('first');
  const argumentsKey = first === undefined ? '' : key;
  const step = draftStep(steps, {
    connect: reading,
    role: 'data',
    guards,
    rule: way.rule,
    first,
    argumentsKey,
  });
  orderWay(step, reading, guards);
  return step;
}

/** The order is part of what the relation tells: its owner chose and classified both. */
function orderWay(step: DraftStep, { connects }: ConnectField, guards: Guards): void {
  for (const { source, target, order } of connects) {
    step.order.set(source, order);
    // A database sorts by itself; what others say is sorted by the hub, which must then be told.
    if (target.kind === 'sql') continue;
    for (const { column } of order) draftNames(step, { [source]: column }, guards);
  }
}

/** Its reads are apart from those of the level, which ask only about those who passed. */
function planEntry(graph: Graph, rules: readonly RowRule[], guards: Guards): Entry | undefined {
  if (rules.length === 0) return undefined;
  const drafts = createStepDrafts(graph);
  const waiting: Waiting = { guards, attributes: new Map(), needs: new Set() };
  for (const attribute of rules.flatMap(ruleAttributes)) hideOther(drafts, waiting, attribute, 'gate');
  return { rules, attributes: waiting.attributes, steps: finishSteps(drafts) };
}
