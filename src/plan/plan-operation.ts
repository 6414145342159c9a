import type { Coordinate, FieldMapping, Graph } from '../contract/graph.ts';
import { HubError } from '../errors.ts';
import type { FieldPolicy, SubjectClass } from '../policies/decision.ts';
import { decideHubField, ownRule } from '../policies/hub-fields.ts';
import { createAnswerSize } from './answer-size.ts';
import { always, collectFields, type FieldGroup, isAlways, or } from './collect-fields.ts';
import { addDenial, decideField, type PlanDraft, pathsBelow, propertyOf } from './draft-plan.ts';
import {
  connectOf,
  createStepDrafts,
  draftStep,
  finishSteps,
  resolveColumn,
  type StepDrafts,
} from './draft-steps.ts';
import { introspectionSize } from './introspection-size.ts';
import type {
  EntityRoot,
  Guards,
  Introspection,
  Leaf,
  Plan,
  PlannedDecision,
  RecordSelection,
} from './plan.ts';
import { planLeaf } from './plan-parts.ts';
import { decideLeaf, planRecord } from './plan-record.ts';
import type { Operation } from './prepare-operation.ts';

export interface PlanInput {
  readonly operation: Operation;
  readonly graph: Graph;
  readonly policy: FieldPolicy;
  readonly subject: SubjectClass;
}

/**
 * Decides every selected field and collects the reads that the permitted ones need. Pure; reads no variable. Throws HubError
 * `INTROSPECTION_DENIED` where data are asked beside it; everything else that is not allowed is a denial in the plan.
 */
export function planOperation({ operation, graph, policy, subject }: PlanInput): Plan {
  const draft: PlanDraft = {
    graph,
    fragments: operation.fragments,
    policy,
    subject,
    decisions: new Map(),
    denials: new Map(),
    properties: new Map(),
    propertyNames: new Map(),
    sizeOfAnswer: createAnswerSize(graph, operation.fragments),
  };
  const roots: EntityRoot[] = [];
  const selection = { set: operation.definition.selectionSet, guards: always };
  const groups = collectFields(graph.schema, operation.fragments, 'Query', [selection]);
  const introspection = planIntrospection(draft, operation, groups);
  for (const group of groups) {
    if (group.name === 'resident' || group.name === 'residents')
      roots.push(planRoot(draft, group, group.name));
    else planHubField(draft, group);
  }
  return freezePlan(draft, operation, roots, introspection);
}

/**
 * Introspection is answered from another schema than data, by another engine, so one operation does one or the other: whatever
 * is planned below data is then all that there is to plan.
 */
function planIntrospection(
  { graph, subject }: PlanDraft,
  { definition, fragments }: Operation,
  groups: readonly FieldGroup[],
): Introspection | undefined {
  const asked = groups.filter(({ name }) => name !== '__typename');
  const meta = asked.filter(({ name }) => name.startsWith('__'));
  if (meta.length === 0) return undefined;
  if (meta.length < asked.length) throw new HubError('INTROSPECTION_DENIED');
  const isOwn = meta.some(({ name }) => decideHubField(subject.roles, `Query.${name}`).rule === ownRule);
  return {
    schema: isOwn ? 'OWN' : 'WHOLE',
    answerSize: introspectionSize(graph.schema, fragments, definition.selectionSet),
  };
}

function freezePlan(
  draft: PlanDraft,
  operation: Operation,
  roots: EntityRoot[],
  introspection: Introspection | undefined,
): Plan {
  const decisions = [...draft.decisions.values()];
  return Object.freeze({
    operationHash: operation.hash,
    schemaVersion: draft.graph.version,
    policyFingerprint: draft.policy.fingerprint,
    validUntil: draft.policy.validUntil(draft.subject),
    decisions: Object.freeze(decisions),
    denials: Object.freeze([...draft.denials.values()]),
    roots: Object.freeze(roots),
    properties: draft.properties,
    pageSize: smallestPage(draft, decisions),
    introspection,
    hasGuards: hasGuards(decisions, roots),
  });
}

/** The owners of what is read bound the request; agreements of which the operation uses nothing do not. */
function smallestPage({ policy, subject }: PlanDraft, decisions: readonly PlannedDecision[]): number {
  const used = decisions.filter(({ decision }) => decision.effect !== 'DENY');
  const sizes = used.map(({ field }) => policy.pageSize(subject, field)).filter((size) => size > 0);
  return sizes.length === 0 ? 0 : Math.min(...sizes);
}

function hasGuards(decisions: readonly { guards: Guards }[], roots: readonly EntityRoot[]): boolean {
  const guarded = (guards: Guards) => guards.length > 0 && !isAlways(guards);
  const guardedRecord = (record: RecordSelection): boolean =>
    guarded(record.guards) ||
    record.parts.some((part) => guarded(part.guards)) ||
    record.children.some(guardedRecord);
  return (
    decisions.some(({ guards }) => guarded(guards)) ||
    roots.some(
      (root) =>
        guarded(root.guards) ||
        guarded(root.id) ||
        guarded(root.sectionsGuards) ||
        [...root.records, ...(root.sections ?? [])].some(guardedRecord) ||
        root.steps.some(
          (step) => guarded(step.guards) || step.columns.some((column) => guarded(column.guards)),
        ),
    )
  );
}

/** The hub's own fields: by role, not by agreement. */
function planHubField(draft: PlanDraft, group: FieldGroup): void {
  if (group.name === '__typename') return;
  const coordinate: Coordinate = `Query.${group.name}`;
  const decision = decideHubField(draft.subject.roles, coordinate);
  const guards = or(draft.decisions.get(coordinate)?.guards ?? [], group.guards);
  draft.decisions.set(coordinate, { coordinate, field: coordinate, decision, guards });
  if (decision.effect === 'DENY') {
    const responsePaths = pathsBelow([''], group, { isList: false });
    addDenial(draft, { coordinate, code: 'FIELD_DENIED', decision, responsePaths, guards: group.guards });
  }
}

function planRoot(draft: PlanDraft, group: FieldGroup, field: EntityRoot['field']): EntityRoot {
  const paths = pathsBelow([''], group, { isList: field === 'residents' });
  const steps = createStepDrafts(draft.graph);
  const entity = planEntity(draft, steps, group, paths);
  return Object.freeze({
    field,
    property: propertyOf(draft, group),
    argument: group.arguments.get(field === 'resident' ? 'identifier' : 'identifiers'),
    guards: group.guards,
    responsePaths: paths,
    answerSize: group.selections.reduce((size, { set }) => size + draft.sizeOfAnswer(set, 'Resident'), 0),
    ...entity,
    steps: Object.freeze(finishSteps(steps)),
  });
}

interface EntityDraft {
  id: Guards;
  readonly elements: Leaf[];
  readonly records: RecordSelection[];
  sections: RecordSelection[] | undefined;
  sectionsGuards: Guards;
}

function planEntity(
  draft: PlanDraft,
  steps: StepDrafts,
  group: FieldGroup,
  paths: readonly string[],
): EntityDraft {
  const entity: EntityDraft = { id: [], elements: [], records: [], sections: undefined, sectionsGuards: [] };
  for (const selected of collectFields(draft.graph.schema, draft.fragments, 'Resident', group.selections)) {
    if (selected.name === '__typename') continue;
    if (selected.name === 'id') entity.id = or(entity.id, selected.guards);
    else if (selected.name === 'sections') planSections(draft, steps, entity, selected, paths);
    else planEntityField(draft, steps, entity, selected, paths);
  }
  return entity;
}

function planEntityField(
  draft: PlanDraft,
  steps: StepDrafts,
  entity: EntityDraft,
  group: FieldGroup,
  paths: readonly string[],
): void {
  const coordinate: Coordinate = `Resident.${group.name}`;
  const field = draft.graph.fields.get(coordinate);
  if (field?.kind === 'connect' || field?.kind === 'group') {
    entity.records.push(planRecord(draft, steps, field, group, paths));
    return;
  }
  const leaf = planElement(draft, steps, coordinate, group, paths);
  if (leaf) entity.elements.push(leaf);
}

/** A top-level element is read from, and decided as, the field that is the authority for it (数源). */
function planElement(
  draft: PlanDraft,
  steps: StepDrafts,
  coordinate: Coordinate,
  group: FieldGroup,
  paths: readonly string[],
): Leaf | undefined {
  const field = resolveColumn(draft.graph, coordinate);
  const connect = field && connectOf(draft.graph, field);
  if (!field || connect?.rows !== 'ONE') {
    const decision = decideField(draft, coordinate, coordinate, group.guards);
    const responsePaths = pathsBelow(paths, group, { isList: false });
    addDenial(draft, { coordinate, code: 'FIELD_DENIED', decision, responsePaths, guards: group.guards });
    return undefined;
  }
  const leaf = decideLeaf(draft, coordinate, field, group, paths);
  if (!leaf) return undefined;
  const step = draftStep(steps, { connect, role: 'data', guards: group.guards, rule: leaf.rule });
  return planLeaf(step, leaf, coordinate);
}

/** `Resident.sections`: the record of each department, as far as its type is selected and anything of it is permitted. */
function planSections(
  draft: PlanDraft,
  steps: StepDrafts,
  entity: EntityDraft,
  group: FieldGroup,
  paths: readonly string[],
): void {
  const sectionPaths = pathsBelow(paths, group, { isList: true });
  const records: RecordSelection[] = [];
  for (const field of sectionsOf(draft.graph)) {
    if (field.kind !== 'connect' && field.kind !== 'group') continue;
    // Denials of the hub's own fields stay unsaid here: a section that the caller may not know of is simply not listed.
    const quiet: PlanDraft = {
      ...draft,
      denials: selectsType(draft, field.typeName, group) ? draft.denials : new Map(),
    };
    records.push(planRecord(quiet, steps, field, { ...group, responseNames: new Set(['']) }, sectionPaths));
  }
  propertyOf(draft, group);
  entity.sections = [...(entity.sections ?? []), ...records];
  entity.sectionsGuards = or(entity.sectionsGuards, group.guards);
}

/** What `Resident.sections` can hold: the departments' records, not the lists. */
export function sectionsOf(graph: Graph): readonly FieldMapping[] {
  return [...graph.fields.values()].filter(
    (field) =>
      field.parentType === 'Resident' &&
      (field.kind === 'group' || (field.kind === 'connect' && field.rows === 'ONE')),
  );
}

/** Is anything selected on the type itself, beyond what every section has? */
function selectsType(draft: PlanDraft, typeName: string, group: FieldGroup): boolean {
  return collectFields(draft.graph.schema, draft.fragments, typeName, group.selections).some((selected) => {
    const kind = draft.graph.fields.get(`${typeName}.${selected.name}`)?.kind;
    return kind !== undefined && kind !== 'meta';
  });
}
