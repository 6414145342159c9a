import type { AccessEntry } from './entry.ts';
import { mendText } from './mend-text.ts';

/** Rows of the search tables that stand for one record. Columns are named as in the migration. */
export interface ProjectedRecord {
  readonly access: {
    readonly leaf_index: string;
    readonly at: string;
    readonly event_id: string;
    readonly repeat_of: string | null;
    readonly kind: string;
    readonly request_id: string | null;
    readonly client: string | null;
    readonly dept: string | null;
    readonly officer: string | null;
    readonly purpose: string | null;
    readonly case_ref: string | null;
    readonly status: number | null;
  };
  readonly fields: readonly { readonly coordinate: string; readonly effect: string }[];
  readonly subjects: readonly string[];
  readonly sources: readonly string[];
  readonly errors: readonly string[];
  /** Agreements by whose rules something was given. */
  readonly agreements: readonly string[];
  /** Day in China Standard Time, `2026-11-21`. */
  readonly day: string;
}

/** Pure. `repeatOf`: index of the first record of the same event; a repeat is found by searches and counts for no quota. */
export function projectEntry(index: string, entry: AccessEntry, repeatOf: string | null): ProjectedRecord {
  const { caller } = entry;
  return {
    access: {
      leaf_index: index,
      at: entry.at,
      event_id: entry.eventId,
      repeat_of: repeatOf,
      kind: mendText(entry.kind),
      request_id: mendText(entry.requestId),
      client: column(caller?.client),
      dept: column(caller?.department),
      officer: column(caller?.officer),
      purpose: column(caller?.purpose),
      case_ref: column(caller?.caseReference),
      status: entry.outcome.status,
    },
    fields: entry.decisions.map(({ coordinate, effect }) => ({
      coordinate: mendText(coordinate),
      effect: mendText(effect),
    })),
    subjects: distinct(entry.subjects),
    sources: distinct(entry.reads.map((read) => read.source)),
    errors: distinct(Object.keys(entry.outcome.errors)),
    agreements: repeatOf === null ? agreementsUsed(entry) : [],
    day: dayOf(entry.at),
  };
}

/** What can still be said of a record whose body cannot be trusted: its columns, to find it by. */
export function projectDamaged(
  index: string,
  columns: { readonly at: string; readonly eventId: string; readonly department: string },
): ProjectedRecord {
  const { at, eventId, department } = columns;
  const unknown = { client: null, officer: null, purpose: null, case_ref: null, status: null };
  return {
    access: {
      leaf_index: index,
      at,
      event_id: eventId,
      repeat_of: null,
      kind: 'damaged',
      request_id: null,
      dept: department === '' ? null : department,
      ...unknown,
    },
    fields: [],
    subjects: [],
    sources: [],
    errors: [],
    agreements: [],
    day: dayOf(at),
  };
}

/** `AGR-2026-0001.v3#0` → `AGR-2026-0001`; a decision of several owners names several rules. */
const agreementRule = /([\p{L}\p{N}_-]+)\.v\d+#\d+/gu;

function agreementsUsed(entry: AccessEntry): readonly string[] {
  if (entry.kind !== 'access') return [];
  const given = entry.decisions.filter((decision) => decision.effect !== 'DENY');
  return distinct(
    given.flatMap(({ rule }) => [...rule.matchAll(agreementRule)].map((match) => match[1] ?? '')),
  );
}

/** China Standard Time has no summer time. */
function dayOf(at: string): string {
  return new Date(Date.parse(at) + 8 * 3_600_000).toISOString().slice(0, 10);
}

function column(text: string | undefined): string | null {
  return text === undefined ? null : mendText(text);
}

function distinct(texts: readonly string[]): readonly string[] {
  return [...new Set(texts.map(mendText))];
}
