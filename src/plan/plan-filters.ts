import type { ConnectField } from '../contract/graph.ts';
import type { Decision } from '../policies/decision.ts';
import { defaultDeny } from '../policies/decision.ts';
import type { FieldGroup } from './collect-fields.ts';
import { addDenial, decideField, type PlanDraft } from './draft-plan.ts';
import { resolveColumn } from './draft-steps.ts';
import type { StepFilter } from './plan.ts';
import { type LeafDraft, sameRule } from './record-draft.ts';
import { canPushField } from './split-rule.ts';
import { supportedDecision } from './supported-decision.ts';

/** Equality filters of a list; undefined if one of them is not available, which is noted for the answer. */
export function planFilters(
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
          supportedDecision(draft, said, filtered),
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
