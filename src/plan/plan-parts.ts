import type { ConnectField, Coordinate } from '../contract/graph.ts';
import type { RowRule } from '../policies/agreement.ts';
import type { Decision } from '../policies/decision.ts';
import { type FieldGroup, or } from './collect-fields.ts';
import { decideExistence } from './decide-existence.ts';
import { addDenial, type PlanDraft } from './draft-plan.ts';
import { type DraftStep, draftColumn, draftNames, draftStep, type StepDrafts } from './draft-steps.ts';
import type { EmbeddedSelection, Guards, Leaf, RecordPart, StepFilter } from './plan.ts';
import { planFilters } from './plan-filters.ts';
import { planOrder } from './plan-order.ts';
import { type EmbeddedDraft, type LeafDraft, leavesOf, type RecordDraft, sameRule } from './record-draft.ts';
import { allOf } from './split-rule.ts';

/** The reads that the permitted fields of a record need: one for each distinct row rule, and what is shown of each. */
export function planParts(
  draft: PlanDraft,
  steps: StepDrafts,
  field: ConnectField,
  group: FieldGroup,
  record: RecordDraft,
  responsePaths: readonly string[],
): RecordPart[] {
  const leaves = [...record.leaves, ...record.embedded.flatMap(leavesOf)];
  const rules = distinctRules(leaves);
  if (leaves.length === 0) return planExistence(draft, steps, field, group, record, responsePaths);
  const filters = planFilters(draft, field, group, responsePaths, leaves);
  if (!filters) return [];
  // Rows of a list have no identity of their own, so a list is read once, under all rules together.
  const partRules = field.rows === 'MANY' ? [allOf(rules.flatMap((rule) => rule ?? []))] : rules;
  return partRules.map((rule, index) => {
    const ofRule = (leaf: LeafDraft) => field.rows === 'MANY' || sameRule(leaf.rule, rule);
    // What the hub itself says of the record comes with the first of its reads.
    const existence = index === 0 ? record.existence : [];
    const guards = leaves.filter(ofRule).reduce((some, leaf) => or(some, leaf.group.guards), existence);
    const step = draftRecordStep(steps, field, group, { rule, filters, guards });
    const part = planPart(step, record, ofRule, guards);
    if (field.rows === 'MANY') planOrder(draft, step, field, { rule, guards });
    return part;
  });
}

/** No rule at all comes first. */
function distinctRules(leaves: readonly LeafDraft[]): (RowRule | undefined)[] {
  const rules = [...new Map(leaves.map(({ rule }) => [JSON.stringify(rule), rule])).values()];
  // Not by `sort`, which puts undefined last whatever it is told.
  return [...rules.filter((rule) => rule === undefined), ...rules.filter((rule) => rule !== undefined)];
}

function draftRecordStep(
  steps: StepDrafts,
  field: ConnectField,
  group: FieldGroup,
  read: { rule: RowRule | undefined; filters: readonly StepFilter[]; guards: Guards },
): DraftStep {
  return draftStep(steps, {
    connect: field,
    role: 'data',
    ...read,
    argumentsKey: group.arguments.size > 0 ? group.key : '',
    first: group.arguments.get('first'),
  });
}

function planPart(
  step: DraftStep,
  record: RecordDraft,
  ofRule: (leaf: LeafDraft) => boolean,
  guards: Guards,
): RecordPart {
  return {
    step: step.index,
    guards,
    leaves: record.leaves.filter(ofRule).map((leaf) => planLeaf(step, leaf)),
    embedded: record.embedded.flatMap((embedded) => planEmbedded(step, embedded, ofRule, '')),
    asOf: draftAsOf(step, record.asOf),
  };
}

export function planLeaf(step: DraftStep, leaf: LeafDraft, coordinate?: Coordinate, prefix = ''): Leaf {
  return {
    property: leaf.group.name,
    coordinate: coordinate ?? leaf.field.coordinate,
    responsePaths: leaf.responsePaths,
    step: step.index,
    column: draftColumn(step, leaf.field, leaf.group.guards, prefix),
    field: leaf.field,
    mask: leaf.mask,
    guards: leaf.group.guards,
  };
}

function planEmbedded(
  step: DraftStep,
  embedded: EmbeddedDraft,
  ofRule: (leaf: LeafDraft) => boolean,
  prefix: string,
): EmbeddedSelection[] {
  // The paths of a nested object's columns are those of the row; inside a list they are those of its item.
  const inner = embedded.field.isList ? `${prefix}${embedded.field.path}[].` : prefix;
  const leaves = embedded.leaves.filter(ofRule).map((leaf) => planLeaf(step, leaf, undefined, inner));
  const nested = embedded.embedded.flatMap((child) => planEmbedded(step, child, ofRule, inner));
  if (leaves.length === 0 && nested.length === 0) return [];
  return [
    {
      property: embedded.property,
      typeName: embedded.field.typeName,
      isList: embedded.field.isList,
      leaves,
      embedded: nested,
      guards: embedded.guards,
    },
  ];
}

export function draftAsOf(step: DraftStep, guards: Guards): number | undefined {
  if (guards.length === 0) return undefined;
  const names: Record<string, string> = {};
  for (const { source, asOf } of step.connect.connects) if (asOf) names[source] = asOf.column;
  return Object.keys(names).length === 0 ? undefined : draftNames(step, names, guards);
}

/**
 * Nothing of the row is shown but that it exists (`department`, `asOf`, `__typename`): whoever may read any of its fields may know
 * that, under that field's rule.
 */
function planExistence(
  draft: PlanDraft,
  steps: StepDrafts,
  field: ConnectField,
  group: FieldGroup,
  record: RecordDraft,
  responsePaths: readonly string[],
): RecordPart[] {
  if (record.existence.length === 0) return [];
  const decision = existenceDecision(draft, field, record.existence);
  if (decision.effect === 'DENY') {
    const guards = record.existence;
    addDenial(draft, { coordinate: field.coordinate, code: 'FIELD_DENIED', decision, responsePaths, guards });
    return [];
  }
  const rule = decision.effect === 'PERMIT_IF' ? decision.when : undefined;
  const filters = planFilters(draft, field, group, responsePaths, []);
  if (!filters) return [];
  const guards = record.existence;
  const step = draftRecordStep(steps, field, group, { rule, filters, guards });
  return [{ step: step.index, guards, leaves: [], embedded: [], asOf: draftAsOf(step, record.asOf) }];
}

function existenceDecision(draft: PlanDraft, field: ConnectField, guards: Guards): Decision {
  const { decision, field: decided = field.coordinate } = decideExistence(draft, field.typeName);
  const coordinate = field.coordinate;
  const known = draft.decisions.get(coordinate);
  draft.decisions.set(coordinate, {
    coordinate,
    field: decided,
    decision,
    guards: or(known?.guards ?? [], guards),
  });
  return decision;
}
