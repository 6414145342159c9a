import type { Coordinate } from '../contract/graph.ts';
import { resolveColumn } from '../plan/draft-steps.ts';
import { canPushField } from '../plan/split-rule.ts';
import { type Asker, supportedDecision } from '../plan/supported-decision.ts';

/**
 * May this class of callers use the argument of a field? A filter of a list must be readable clear, under whatever rule, and applicable
 * at every source: filtering tells as much as reading. Arguments that filter nothing are free.
 */
export function isFilterUsable(asker: Asker, coordinate: Coordinate, argument: string): boolean {
  const list = asker.graph.fields.get(coordinate);
  if (list?.kind !== 'connect' || !Object.hasOwn(list.filters, argument)) return true;
  const field = resolveColumn(asker.graph, list.filters[argument] ?? '');
  if (!field || !canPushField('eq', field, list)) return false;
  const decision = supportedDecision(asker, asker.policy.decide(asker.subject, field.coordinate), field);
  return decision.effect === 'PERMIT' || (decision.effect === 'PERMIT_IF' && decision.mask === undefined);
}
