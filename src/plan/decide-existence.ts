import type { Coordinate } from '../contract/graph.ts';
import type { Decision } from '../policies/decision.ts';
import { defaultDeny } from '../policies/decision.ts';
import { type Asker, supportedDecision } from './supported-decision.ts';

/**
 * May this class of callers know that a record of the type exists? Whoever may read any of its fields may, under that field's rule; that
 * it exists has no masked form. `field` is the one that says so.
 */
export function decideExistence(
  asker: Asker,
  typeName: string,
): { readonly decision: Decision; readonly field?: Coordinate } {
  let best: Decision = defaultDeny;
  let decided: { field?: Coordinate } = {};
  for (const field of asker.graph.fields.values()) {
    if (field.kind !== 'column' || field.parentType !== typeName) continue;
    const decision = supportedDecision(asker, asker.policy.decide(asker.subject, field.coordinate), field);
    if (decision.effect === 'DENY' || best.effect === 'PERMIT' || best.effect === 'MASK') continue;
    if (decision.effect === 'PERMIT_IF' && best.effect !== 'DENY') continue;
    best = decision;
    decided = { field: field.coordinate };
  }
  const decision: Decision = best.effect === 'MASK' ? { effect: 'PERMIT', rule: best.rule } : best;
  return { decision, ...decided };
}
