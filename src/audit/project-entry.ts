import type { AccessEntry, RecordedDecision } from './entry.ts';
import { mendText } from './mend-text.ts';
import { oncePerList } from './once-per-list.ts';
import { createPattern, type Pattern, type PatternOf, term } from './pattern.ts';
import { searchKey } from './search-key.ts';

/** What the search tables hold of one record. */
export interface Searchable {
  readonly at: string;
  readonly eventId: string;
  readonly caseReference: string | null;
  readonly pattern: Pattern;
  readonly subjects: readonly string[];
  /** Agreements by whose rules something was given. */
  readonly agreements: readonly string[];
}

/** Pure. */
export function projectEntry(entry: AccessEntry, patternOf: PatternOf): Searchable {
  const { at, eventId, caller, subjects, kind, decisions } = entry;
  const caseReference = caller?.caseReference === undefined ? null : searchKey(caller.caseReference);
  const agreements = kind === 'access' ? agreementsUsed(decisions) : [];
  return { at, eventId, caseReference, pattern: patternOf(entry), subjects, agreements };
}

/** What can still be said of a record whose body cannot be trusted: its columns, to find it by. */
export function projectDamaged(columns: {
  readonly at: string;
  readonly eventId: string;
  readonly department: string;
}): Searchable {
  const { at, eventId, department } = columns;
  const terms = [term('kind', 'damaged'), ...(department === '' ? [] : [term('department', department)])];
  return { at, eventId, caseReference: null, pattern: createPattern(terms), subjects: [], agreements: [] };
}

/** `AGR-2026-0001.v3#0` → `AGR-2026-0001`; a decision of several owners names several rules. */
const agreementRule = /([\p{L}\p{N}_-]+)\.v\d+#\d+/gu;

const agreementsUsed = oncePerList((decisions: readonly RecordedDecision[]): readonly string[] => {
  const given = decisions.filter(({ effect }) => effect !== 'DENY');
  const used = given.flatMap(({ rule }) => [...rule.matchAll(agreementRule)].map((match) => match[1] ?? ''));
  return [...new Set(used.map(mendText))];
});
