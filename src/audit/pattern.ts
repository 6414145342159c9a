import { hash } from 'node:crypto';
import type { AccessEntry, RecordedDecision } from './entry.ts';
import { oncePerList } from './once-per-list.ts';
import { searchKey } from './search-key.ts';

/** What a record is searched by and has in common with many others. */
export interface Pattern {
  /** SHA-256 over the terms, hex. */
  readonly digest: string;
  /** Distinct and sorted. */
  readonly terms: readonly string[];
}

/** Each stands before its text and a colon, so that no text reads as another term. */
type TermKind =
  | 'kind'
  | 'client'
  | 'department'
  | 'purpose'
  | 'status'
  | 'source'
  | 'error'
  | 'field'
  | 'effect'
  | 'decision';

export function term(kind: TermKind, text: string): string {
  return `${kind}:${searchKey(text)}`;
}

/** Of one field and its decision together. */
export function decisionTerm(coordinate: string, effect: string): string {
  return term('decision', `${effect} ${coordinate}`);
}

/** The same pattern for entries that differ in what no search of patterns asks: times, ids, residents, counts, rules. */
export type PatternOf = (entry: AccessEntry) => Pattern;

const maxKnown = 1_024;

/** Keeps the patterns that it made lately. */
export function createPatternOf(): PatternOf {
  // By the decisions, then by the rest: the one text is long and mostly the same, the other is short.
  const known = new Map<string, Map<string, Pattern>>();
  let count = 0;
  return (entry) => {
    const decisions = describeDecisions(entry.decisions);
    const own = ownTerms(entry);
    const ownKey = JSON.stringify(own);
    const found = known.get(decisions.key)?.get(ownKey);
    if (found) return found;
    const made = createPattern([...own, ...decisions.terms]);
    if (count >= maxKnown) known.clear();
    count = known.size === 0 ? 1 : count + 1;
    known.set(decisions.key, (known.get(decisions.key) ?? new Map()).set(ownKey, made));
    return made;
  };
}

export function createPattern(terms: readonly string[]): Pattern {
  const sorted = [...new Set(terms)].sort();
  return { terms: sorted, digest: hash('sha256', JSON.stringify(sorted)) };
}

function ownTerms({ kind, caller, reads, outcome }: AccessEntry): readonly string[] {
  const terms = [term('kind', kind), term('status', String(outcome.status))];
  if (caller) terms.push(term('client', caller.client), term('department', caller.department));
  if (caller?.purpose !== undefined) terms.push(term('purpose', caller.purpose));
  for (const { source } of reads) terms.push(term('source', source));
  for (const code of Object.keys(outcome.errors)) terms.push(term('error', code));
  return terms;
}

const describeDecisions = oncePerList((decisions: readonly RecordedDecision[]) => {
  const terms = decisions.flatMap(({ coordinate, effect }) => [
    term('field', coordinate),
    term('effect', effect),
    decisionTerm(coordinate, effect),
  ]);
  const distinct = [...new Set(terms)];
  return { terms: distinct, key: JSON.stringify(distinct) };
});
