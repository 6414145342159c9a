import type { RecordedDecision } from '../audit/entry.ts';
import type { BoundPlan } from '../plan/bound-plan.ts';
import type { PlannedDecision } from '../plan/plan.ts';

const known = new WeakMap<readonly PlannedDecision[], readonly RecordedDecision[]>();

/**
 * The decisions as the record states them, frozen, and what was refused as a filter (`PoliceRecord.name#filter`), without its value. One list
 * for every request that a plan decides alike: what is written and checked of it need not be written and checked again.
 */
export function recordedDecisions({
  decisions,
  denials,
}: Pick<BoundPlan, 'decisions' | 'denials'>): readonly RecordedDecision[] {
  const selected = recordedOnce(decisions);
  const filters = denials.filter(({ code }) => code === 'FILTER_NOT_AVAILABLE');
  if (filters.length === 0) return selected;
  // A field that is masked or given under a rule is refused as a filter all the same.
  const refused = filters.map(({ coordinate, decision: { rule } }) =>
    Object.freeze({ coordinate: `${coordinate}#filter`, effect: 'DENY' as const, rule }),
  );
  return Object.freeze([...selected, ...refused]);
}

function recordedOnce(decisions: readonly PlannedDecision[]): readonly RecordedDecision[] {
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

const knownMasked = new WeakMap<readonly PlannedDecision[], readonly string[]>();

/** Coordinates of values that stand in the answer masked, for all or for some. One list for a plan's own decisions. */
export function maskedCoordinates(decisions: readonly PlannedDecision[]): readonly string[] {
  const found = knownMasked.get(decisions);
  if (found) return found;
  const made = decisions
    .filter(
      ({ decision }) => decision.effect === 'MASK' || ('mask' in decision && decision.mask !== undefined),
    )
    .map(({ coordinate }) => coordinate);
  if (Object.isFrozen(decisions)) knownMasked.set(decisions, made);
  return made;
}
