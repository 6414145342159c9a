import type { RecordedDecision } from '../audit/entry.ts';
import type { PlannedDecision } from '../plan/plan.ts';

const known = new WeakMap<readonly PlannedDecision[], readonly RecordedDecision[]>();

/**
 * The decisions as the record states them, frozen. One list for every request that a plan decides alike: what is written and
 * checked of it need not be written and checked again.
 */
export function recordedDecisions(decisions: readonly PlannedDecision[]): readonly RecordedDecision[] {
  const found = known.get(decisions);
  if (found) return found;
  const made = Object.freeze(
    decisions.map(({ coordinate, decision: { effect, rule } }) =>
      Object.freeze({ coordinate, effect, rule }),
    ),
  );
  // A plan's own list is frozen; one that was bound for a single request is not.
  if (Object.isFrozen(decisions)) known.set(decisions, made);
  return made;
}
