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
  /** Of the operation. */
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
