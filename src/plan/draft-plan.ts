import type { FragmentDefinitionNode, SelectionSetNode } from 'graphql';
import type { Coordinate, Graph } from '../contract/graph.ts';
import type { Decision, FieldPolicy, SubjectClass } from '../policies/decision.ts';
import { type FieldGroup, or } from './collect-fields.ts';
import type { Guards, PlannedDecision, PlannedDenial } from './plan.ts';

/** What one planning run gathers; frozen into the plan at its end. */
export interface PlanDraft {
  readonly graph: Graph;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly policy: FieldPolicy;
  readonly subject: SubjectClass;
  readonly decisions: Map<string, PlannedDecision>;
  readonly denials: Map<string, PlannedDenial>;
  readonly properties: Map<number, string>;
  /** Properties of fields with arguments, by group key. */
  readonly propertyNames: Map<string, string>;
  readonly sizeOfAnswer: (set: SelectionSetNode, typeName: string) => number;
  readonly maxRelations: number;
}

/**
 * THE line that decides a field: every selected coordinate passes here once, before any fetch, and the decision is kept for the
 * record. `coordinate` is what was selected, `field` what it stands for; `check` may only refuse more.
 */
export function decideField(
  draft: PlanDraft,
  coordinate: Coordinate,
  field: Coordinate,
  guards: Guards,
  check: (decision: Decision) => Decision = (decision) => decision,
): Decision {
  const known = draft.decisions.get(coordinate);
  const decision = known?.decision ?? check(draft.policy.decide(draft.subject, field));
  draft.decisions.set(coordinate, {
    coordinate,
    field,
    decision,
    guards: or(known?.guards ?? [], guards),
  });
  return decision;
}

export function addDenial(draft: PlanDraft, denial: PlannedDenial): void {
  const key = `${denial.code} ${denial.coordinate}`;
  const known = draft.denials.get(key);
  draft.denials.set(key, {
    ...denial,
    responsePaths: [...new Set([...(known?.responsePaths ?? []), ...denial.responsePaths])].slice(
      0,
      maxPaths,
    ),
    guards: or(known?.guards ?? [], denial.guards),
  });
}

/**
 * The property under which fetch leaves what a group selects, and the way back to it from each of its field nodes. It follows from
 * what is asked, not from where: a field node of a fragment stands in several places, beside other nodes in each of them.
 */
export function propertyOf(draft: PlanDraft, group: FieldGroup): string {
  const property = group.arguments.size === 0 ? group.name : propertyOfKey(draft, group);
  for (const node of group.nodes) {
    if (node.loc) draft.properties.set(node.loc.start, property);
  }
  return property;
}

/** A number stands for the arguments, which may hold values. */
function propertyOfKey({ propertyNames }: PlanDraft, { name, key }: FieldGroup): string {
  const known = propertyNames.get(key);
  if (known !== undefined) return known;
  const property = `${name}@${propertyNames.size}`;
  propertyNames.set(key, property);
  return property;
}

/** An error names at most so many places of the answer. */
const maxPaths = 8;

/** Places of the answer below others. The root has no name, nor has a record in the list of sections. */
export function pathsBelow(
  parents: readonly string[],
  group: FieldGroup,
  options: { isList: boolean },
): string[] {
  const paths: string[] = [];
  for (const parent of parents) {
    for (const name of group.responseNames) {
      if (paths.length === maxPaths) return paths;
      paths.push([parent, name, ...(options.isList ? ['*'] : [])].filter((part) => part !== '').join('.'));
    }
  }
  return paths;
}
