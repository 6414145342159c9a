import type { Coordinate, Graph } from '../contract/graph.ts';
import { HubError } from '../errors.ts';
import type { FieldPolicy, SubjectClass } from '../policies/decision.ts';
import { decideHubField, ownRule } from '../policies/hub-fields.ts';
import { createAnswerSize } from './answer-size.ts';
import { always, collectFields, type FieldGroup, isAlways, or, propertyOf } from './collect-fields.ts';
import { addDenial, type PlanDraft, pathsBelow } from './draft-plan.ts';
import { entityRootsOf, type RootField } from './entity-root.ts';
import { introspectionSize } from './introspection-size.ts';
import { defaultLimits } from './limits.ts';
import type {
  EntityRoot,
  EntitySelection,
  Guards,
  Introspection,
  LogSearch,
  Plan,
  PlannedDecision,
  RecordSelection,
  Verification,
} from './plan.ts';
import { planEntity } from './plan-entity.ts';
import { planLogSearch } from './plan-log-search.ts';
import { planSearch } from './plan-search.ts';
import type { Operation } from './prepare-operation.ts';

export interface PlanInput {
  readonly operation: Operation;
  readonly graph: Graph;
  readonly policy: FieldPolicy;
  readonly subject: SubjectClass;
  readonly maxRelations?: number;
}

/**
 * Decides every selected field and collects the reads that the permitted ones need. Pure; reads no variable. Throws HubError
 * `INTROSPECTION_DENIED` where data are asked beside it, or `OPERATION_LIMIT_EXCEEDED`; everything else that is not allowed is a
 * denial in the plan.
 */
export function planOperation({ operation, graph, policy, subject, maxRelations }: PlanInput): Plan {
  const draft: PlanDraft = {
    graph,
    fragments: operation.fragments,
    policy,
    subject,
    decisions: new Map(),
    denials: new Map(),
    propertyNames: operation.propertyNames,
    sizeOfAnswer: createAnswerSize(graph, operation.fragments),
    maxRelations: maxRelations ?? defaultLimits.maxRelations,
  };
  const roots: EntityRoot[] = [];
  const selection = { set: operation.definition.selectionSet, guards: always };
  const groups = collectFields(graph.schema, operation.fragments, 'Query', [selection]);
  const introspection = planIntrospection(draft, operation, groups);
  for (const group of groups) {
    const given = entityRootsOf(graph, group.name);
    for (const root of given) roots.push(planRoot(draft, group, root));
    if (group.name === 'searchResidents') roots.push(planSearchRoot(draft, group));
    else if (given.length === 0) planHubField(draft, group);
  }
  const searched = groups.filter(({ name }) => name === 'accessRecords');
  const logSearches = searched.map((group) => planLogSearch(draft, group));
  const verifications = groups.filter(({ name }) => name === 'verifyResident').map(planVerification);
  return freezePlan(draft, operation, { roots, logSearches, verifications, introspection });
}

function planVerification({ guards, arguments: given, responseNames }: FieldGroup): Verification {
  return Object.freeze({ guards, claims: given.get('claims'), times: responseNames.size });
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

interface Planned extends Pick<Plan, 'introspection'> {
  readonly roots: EntityRoot[];
  readonly logSearches: LogSearch[];
  readonly verifications: Verification[];
}

function freezePlan(
  draft: PlanDraft,
  operation: Operation,
  { roots, logSearches, verifications, introspection }: Planned,
): Plan {
  const decisions = [...draft.decisions.values()];
  return Object.freeze({
    operationHash: operation.shape,
    schemaVersion: draft.graph.version,
    policyFingerprint: draft.policy.fingerprint,
    validUntil: draft.policy.validUntil(draft.subject),
    decisions: Object.freeze(decisions),
    denials: Object.freeze([...draft.denials.values()]),
    roots: Object.freeze(roots),
    logSearches: Object.freeze(logSearches),
    verifications: Object.freeze(verifications),
    pageSize: smallestPage(draft, decisions),
    introspection,
    hasGuards:
      hasGuards(decisions, roots) ||
      [...logSearches, ...verifications].some(({ guards }) => !isAlways(guards)),
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
  const guardedLevel = (level: EntitySelection): boolean =>
    [level.id, level.publicKey, level.sectionsGuards].some(guarded) ||
    [...level.records, ...(level.sections ?? [])].some(guardedRecord) ||
    [...level.values, ...level.tallies].some(({ guards }) => guarded(guards)) ||
    level.discrepancies.some(
      ({ guards, comparisons }) => guarded(guards) || comparisons.some((one) => guarded(one.guards)),
    ) ||
    level.steps.some(
      (step) => guarded(step.guards) || step.columns.some((column) => guarded(column.guards)),
    ) ||
    level.relations.some((relation) => guarded(relation.guards) || guardedLevel(relation.child));
  return (
    decisions.some(({ guards }) => guarded(guards)) ||
    roots.some(
      ({ search, ...root }) =>
        [root.guards, search?.page, search?.edges, search?.cursors, search?.total].some(
          (guards) => guards && guarded(guards),
        ) || guardedLevel(root),
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

function planRoot(draft: PlanDraft, group: FieldGroup, root: RootField): EntityRoot {
  const paths = pathsBelow([''], group, root);
  return Object.freeze({
    ...root,
    property: propertyOf(draft.propertyNames, group),
    arguments: group.arguments,
    guards: group.guards,
    responsePaths: paths,
    ...planEntity(draft, root.entity, { group, paths, hops: 0, passed: [] }),
  });
}

/** Everything below the residents who are found is planned as below those who are named. */
function planSearchRoot(draft: PlanDraft, group: FieldGroup): EntityRoot {
  const { search, found, paths } = planSearch(draft, group);
  return Object.freeze({
    field: group.name,
    isList: true,
    isRepresented: false,
    keyName: undefined,
    search,
    property: propertyOf(draft.propertyNames, group),
    arguments: group.arguments,
    guards: group.guards,
    responsePaths: pathsBelow([''], group, { isList: false }),
    ...planEntity(draft, 'Resident', { group: found, paths, hops: 0, passed: [] }),
  });
}
