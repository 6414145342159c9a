import type {
  ColumnField,
  ConnectField,
  Coordinate,
  EmbeddedField,
  FieldMapping,
  GroupField,
} from '../contract/graph.ts';
import type { RowRule } from '../policies/agreement.ts';
import type { Decision } from '../policies/decision.ts';
import { ruleAttributes } from '../policies/row-rule.ts';
import { collectFields, type FieldGroup, or } from './collect-fields.ts';
import { addDenial, decideField, type PlanDraft, pathsBelow, propertyOf } from './draft-plan.ts';
import {
  connectOf,
  type DraftStep,
  draftColumn,
  draftNames,
  draftStep,
  resolveColumn,
  type StepDrafts,
} from './draft-steps.ts';
import type { EmbeddedSelection, Guards, Leaf, RecordPart, RecordSelection, StepFilter } from './plan.ts';
import { allOf, canPushField, splitRule } from './split-rule.ts';

/** A selected leaf before its read is known. */
interface LeafDraft {
  readonly group: FieldGroup;
  readonly field: ColumnField;
  readonly rule: RowRule | undefined;
  readonly mask: string | undefined;
  readonly responsePaths: readonly string[];
}

interface EmbeddedDraft {
  readonly field: EmbeddedField;
  readonly property: string;
  readonly guards: Guards;
  readonly leaves: LeafDraft[];
  readonly embedded: EmbeddedDraft[];
}

/** What is selected on a record type, sorted by kind. */
interface RecordDraft {
  readonly leaves: LeafDraft[];
  readonly embedded: EmbeddedDraft[];
  readonly children: { readonly field: ConnectField | GroupField; readonly group: FieldGroup }[];
  /** Guards under which the hub's own fields of the record are selected: they need its existence. */
  existence: Guards;
  asOf: Guards;
}

/**
 * Plans one department's record (or list of records) under `parentPaths`. Denied fields are reported and left out; what remains
 * is drafted as reads in `steps`, one for each distinct row rule.
 */
export function planRecord(
  draft: PlanDraft,
  steps: StepDrafts,
  field: ConnectField | GroupField,
  group: FieldGroup,
  parentPaths: readonly string[],
): RecordSelection {
  const isList = field.kind === 'connect' && field.rows === 'MANY';
  const responsePaths = pathsBelow(parentPaths, group, { isList });
  const record = sortFields(draft, field.typeName, group, responsePaths);
  const parts = field.kind === 'group' ? [] : planParts(draft, steps, field, group, record, responsePaths);
  return {
    property: propertyOf(draft, group),
    coordinate: field.coordinate,
    responsePaths: pathsBelow(parentPaths, group, { isList: false }),
    typeName: field.typeName,
    department: field.department,
    rows: field.kind === 'group' ? 'GROUP' : field.rows,
    guards: group.guards,
    parts,
    children: record.children.map((child) =>
      planRecord(draft, steps, child.field, child.group, responsePaths),
    ),
  };
}

function sortFields(
  draft: PlanDraft,
  typeName: string,
  group: FieldGroup,
  paths: readonly string[],
): RecordDraft {
  const record: RecordDraft = { leaves: [], embedded: [], children: [], existence: [], asOf: [] };
  for (const selected of collectFields(draft.graph.schema, draft.fragments, typeName, group.selections)) {
    if (selected.name === '__typename') {
      record.existence = or(record.existence, selected.guards);
      continue;
    }
    const field = draft.graph.fields.get(`${typeName}.${selected.name}`);
    if (field) sortField(draft, record, field, selected, paths);
    else denyUnknown(draft, `${typeName}.${selected.name}`, selected, paths);
  }
  return record;
}

function sortField(
  draft: PlanDraft,
  record: RecordDraft,
  field: FieldMapping,
  group: FieldGroup,
  paths: readonly string[],
): void {
  if (field.kind === 'column') {
    const leaf = decideLeaf(draft, field.coordinate, field, group, paths);
    if (leaf) record.leaves.push(leaf);
  } else if (field.kind === 'embedded') {
    record.embedded.push(sortEmbedded(draft, field, group, paths));
  } else if (field.kind === 'meta') {
    record.existence = or(record.existence, group.guards);
    if (field.name === 'asOf') record.asOf = or(record.asOf, group.guards);
  } else {
    record.children.push({ field, group });
  }
}

function sortEmbedded(
  draft: PlanDraft,
  field: EmbeddedField,
  group: FieldGroup,
  parentPaths: readonly string[],
): EmbeddedDraft {
  const paths = pathsBelow(parentPaths, group, { isList: field.isList });
  const { leaves, embedded } = sortFields(draft, field.typeName, group, paths);
  const sorted = { field, property: propertyOf(draft, group), guards: group.guards, leaves, embedded };
  // Items have no identity by which two reads of the row could be put together, so a list is read under all its rules.
  return field.isList ? underRule(sorted, allOf(leavesOf(sorted).flatMap(({ rule }) => rule ?? []))) : sorted;
}

function underRule(embedded: EmbeddedDraft, rule: RowRule | undefined): EmbeddedDraft {
  return {
    ...embedded,
    leaves: embedded.leaves.map((leaf) => ({ ...leaf, rule })),
    embedded: embedded.embedded.map((nested) => underRule(nested, rule)),
  };
}

/** The decision for one selected leaf; undefined where it is denied, which is noted for the answer. */
export function decideLeaf(
  draft: PlanDraft,
  coordinate: Coordinate,
  field: ColumnField,
  group: FieldGroup,
  parentPaths: readonly string[],
): LeafDraft | undefined {
  const decision = decideField(draft, coordinate, field.coordinate, group.guards, (said) =>
    supported(draft, said, field),
  );
  const responsePaths = pathsBelow(parentPaths, group, { isList: false });
  if (decision.effect === 'DENY') {
    addDenial(draft, { coordinate, code: 'FIELD_DENIED', decision, responsePaths, guards: group.guards });
    return undefined;
  }
  return {
    group,
    field,
    rule: decision.effect === 'PERMIT_IF' ? decision.when : undefined,
    mask: decision.effect === 'PERMIT' ? undefined : decision.mask,
    responsePaths,
  };
}

function denyUnknown(
  draft: PlanDraft,
  coordinate: Coordinate,
  group: FieldGroup,
  paths: readonly string[],
): void {
  const decision = decideField(draft, coordinate, coordinate, group.guards);
  addDenial(draft, {
    coordinate,
    code: 'FIELD_DENIED',
    decision: decision.effect === 'DENY' ? decision : defaultDeny,
    responsePaths: pathsBelow(paths, group, { isList: false }),
    guards: group.guards,
  });
}

const defaultDeny: Decision = Object.freeze({ effect: 'DENY', rule: 'default-deny', reason: 'NO_AGREEMENT' });

/** A rule whose rows nobody could check is no permission. */
function supported(draft: PlanDraft, decision: Decision, field: ColumnField): Decision {
  if (decision.effect !== 'PERMIT_IF') return decision;
  const connect = connectOf(draft.graph, field);
  const resolve = (attribute: string) => resolveColumn(draft.graph, attribute);
  const { pushed, gated } = connect
    ? splitRule(decision.when, connect, resolve)
    : { pushed: [], gated: [decision.when] };
  const isGateable = (attribute: string): boolean => {
    const column = resolve(attribute);
    const reading = column && connectOf(draft.graph, column);
    if (!column || reading?.rows !== 'ONE' || reading.typeName !== column.parentType) return false;
    return column.department === field.department || column.share?.isGate === true;
  };
  const known = pushed.flatMap(ruleAttributes).every((attribute) => resolve(attribute) !== undefined);
  if (connect && known && gated.flatMap(ruleAttributes).every(isGateable)) return decision;
  return { effect: 'DENY', rule: decision.rule, reason: 'UNSUPPORTED_SCOPE' };
}

function planParts(
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
    return planPart(step, record, ofRule, guards);
  });
}

function leavesOf(embedded: EmbeddedDraft): LeafDraft[] {
  return [...embedded.leaves, ...embedded.embedded.flatMap(leavesOf)];
}

/** No rule at all comes first. */
function distinctRules(leaves: readonly LeafDraft[]): (RowRule | undefined)[] {
  const rules = [...new Map(leaves.map(({ rule }) => [JSON.stringify(rule), rule])).values()];
  // Not by `sort`, which puts undefined last whatever it is told.
  return [...rules.filter((rule) => rule === undefined), ...rules.filter((rule) => rule !== undefined)];
}

function sameRule(a: RowRule | undefined, b: RowRule | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
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

function draftAsOf(step: DraftStep, guards: Guards): number | undefined {
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
  let best: Decision = defaultDeny;
  for (const mapping of draft.graph.fields.values()) {
    if (mapping.kind !== 'column' || mapping.parentType !== field.typeName) continue;
    const decision = supported(draft, draft.policy.decide(draft.subject, mapping.coordinate), mapping);
    if (decision.effect === 'DENY' || best.effect === 'PERMIT' || best.effect === 'MASK') continue;
    if (decision.effect !== 'PERMIT_IF' || best.effect === 'DENY') best = decision;
  }
  // That a record exists has no masked form.
  const decision: Decision = best.effect === 'MASK' ? { effect: 'PERMIT', rule: best.rule } : best;
  const coordinate = field.coordinate;
  const known = draft.decisions.get(coordinate);
  draft.decisions.set(coordinate, {
    coordinate,
    field: coordinate,
    decision,
    guards: or(known?.guards ?? [], guards),
  });
  return decision;
}

/** Equality filters of a list; undefined if one of them is not available, which is noted for the answer. */
function planFilters(
  draft: PlanDraft,
  field: ConnectField,
  group: FieldGroup,
  responsePaths: readonly string[],
  leaves: readonly LeafDraft[],
): StepFilter[] | undefined {
  const filters: StepFilter[] = [];
  for (const [argument, value] of group.arguments) {
    if (argument === 'first') continue;
    const filtered = resolveColumn(draft.graph, field.filters[argument] ?? '');
    const decision = filtered
      ? decideField(draft, filtered.coordinate, filtered.coordinate, group.guards, (said) =>
          supported(draft, said, filtered),
        )
      : defaultDeny;
    if (filtered && canFilter(decision, leaves) && canPushField('eq', filtered, field)) {
      filters.push({ field: filtered, value });
      continue;
    }
    addDenial(draft, {
      coordinate: filtered?.coordinate ?? field.coordinate,
      code: 'FILTER_NOT_AVAILABLE',
      decision,
      responsePaths,
      guards: group.guards,
    });
    return undefined;
  }
  return filters;
}

/**
 * Filtering tells as much as reading. A conditional permission is enough only if all that is read stands under the same rule,
 * because then the filter meets no other row.
 */
function canFilter(decision: Decision, leaves: readonly LeafDraft[]): boolean {
  if (decision.effect === 'PERMIT') return true;
  if (decision.effect !== 'PERMIT_IF' || decision.mask !== undefined) return false;
  return leaves.length > 0 && leaves.some((leaf) => sameRule(leaf.rule, decision.when));
}
