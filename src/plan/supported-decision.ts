import type { ColumnField } from '../contract/graph.ts';
import type { Decision } from '../policies/decision.ts';
import { ruleAttributes } from '../policies/row-rule.ts';
import type { PlanDraft } from './draft-plan.ts';
import { connectOf, resolveColumn } from './draft-steps.ts';
import { splitRule } from './split-rule.ts';

/** For what no policy could have meant. */
export const defaultDeny: Decision = Object.freeze({
  effect: 'DENY',
  rule: 'default-deny',
  reason: 'NO_AGREEMENT',
});

/** A rule whose rows nobody could check is no permission. */
export function supportedDecision(draft: PlanDraft, decision: Decision, field: ColumnField): Decision {
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
