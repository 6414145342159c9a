import type {
  ColumnField,
  ConnectField,
  Coordinate,
  EmbeddedField,
  FieldMapping,
  GroupField,
} from '../contract/graph.ts';
import type { RowRule } from '../policies/agreement.ts';
import { defaultDeny } from '../policies/decision.ts';
import { collectFields, type FieldGroup, or, propertyOf } from './collect-fields.ts';
import { addDenial, decideField, type PlanDraft, pathsBelow } from './draft-plan.ts';
import type { StepDrafts } from './draft-steps.ts';
import type { RecordSelection } from './plan.ts';
import { planParts } from './plan-parts.ts';
import { type EmbeddedDraft, type LeafDraft, leavesOf, type RecordDraft } from './record-draft.ts';
import { allOf } from './split-rule.ts';
import { supportedDecision } from './supported-decision.ts';

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
    property: propertyOf(draft.propertyNames, group),
    coordinate: field.coordinate,
    responsePaths: pathsBelow(parentPaths, group, { isList: false }),
    typeName: field.typeName,
    department: field.department,
    rows: field.kind === 'group' ? 'GROUP' : field.rows,
    says: {
      department: record.says.has('department'),
      source: record.says.has('source'),
      asOf: record.says.has('asOf'),
      readAt: record.says.has('readAt'),
    },
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
  const record: RecordDraft = {
    leaves: [],
    embedded: [],
    children: [],
    existence: [],
    asOf: [],
    says: new Set(),
  };
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
    record.says.add(field.name);
    if (field.name === 'asOf') record.asOf = or(record.asOf, group.guards);
  } else if (field.kind !== 'relation' && field.kind !== 'tally') {
    // Those are no part of the schema here: they are asked at their entity.
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
  const sorted = {
    field,
    property: propertyOf(draft.propertyNames, group),
    guards: group.guards,
    leaves,
    embedded,
  };
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
    supportedDecision(draft, said, field),
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
