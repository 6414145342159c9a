import type { Decision } from '../policies/decision.ts';
import { type Asker, defaultDeny, supportedDecision } from './supported-decision.ts';

/**
 * May this class of callers know that a record of the type exists? Whoever may read any of its fields may, under that field's rule; that
 * it exists has no masked form.
 */
export function decideExistence(asker: Asker, typeName: string): Decision {
  let best: Decision = defaultDeny;
  for (const field of asker.graph.fields.values()) {
    if (field.kind !== 'column' || field.parentType !== typeName) continue;
    const decision = supportedDecision(asker, asker.policy.decide(asker.subject, field.coordinate), field);
    if (decision.effect === 'DENY' || best.effect === 'PERMIT' || best.effect === 'MASK') continue;
    if (decision.effect !== 'PERMIT_IF' || best.effect === 'DENY') best = decision;
  }
  return best.effect === 'MASK' ? { effect: 'PERMIT', rule: best.rule } : best;
}
