import type { RecordedDecision } from './entry.ts';

/** One frozen list for equal lists, of those that were asked for lately. */
export type KnownDecisions = (decisions: readonly RecordedDecision[]) => readonly RecordedDecision[];

const maxKnown = 1_024;

/** For entries that were read: what is computed once for a list is then computed once for all records that repeat it. */
export function createKnownDecisions(): KnownDecisions {
  const known = new Map<string, readonly RecordedDecision[]>();
  return (decisions) => {
    const text = JSON.stringify(decisions);
    const found = known.get(text);
    if (found) return found;
    if (known.size >= maxKnown) known.clear();
    const frozen = Object.freeze(decisions.map((decision) => Object.freeze({ ...decision })));
    known.set(text, frozen);
    return frozen;
  };
}
