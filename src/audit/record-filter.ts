import type { AccessEntry } from './entry.ts';
import { decisionTerm, term } from './pattern.ts';

/** `AccessRecordFilter` of the schema, the resident already turned into pseudonyms. All given conditions must hold. */
export interface RecordFilter {
  readonly kind?: AccessEntry['kind'];
  readonly client?: string;
  readonly department?: string;
  readonly purpose?: string;
  readonly caseReference?: string;
  readonly source?: string;
  /** A coordinate; together with `effect`, of one and the same decision. */
  readonly field?: string;
  readonly effect?: string;
  /** HTTP status or error code of the outcome. */
  readonly error?: string;
  /** Any of them; an empty list finds nothing. */
  readonly pseudonyms?: readonly string[];
  /** Inclusive. */
  readonly from?: Date;
  /** Exclusive. */
  readonly until?: Date;
}

/** Asks for what an index of its own finds. */
export function isNarrow({ pseudonyms, caseReference }: RecordFilter): boolean {
  return pseudonyms !== undefined || caseReference !== undefined;
}

/** What a record's pattern must have. */
export function termsOf(filter: RecordFilter): readonly string[] {
  const { kind, client, department, purpose, source, field, effect, error } = filter;
  const isStatus = error !== undefined && /^[1-5]\d\d$/.test(error);
  return [
    ...(kind === undefined ? [] : [term('kind', kind)]),
    ...(client === undefined ? [] : [term('client', client)]),
    ...(department === undefined ? [] : [term('department', department)]),
    ...(purpose === undefined ? [] : [term('purpose', purpose)]),
    ...(source === undefined ? [] : [term('source', source)]),
    ...(field === undefined || effect !== undefined ? [] : [term('field', field)]),
    ...(effect === undefined || field !== undefined ? [] : [term('effect', effect)]),
    ...(field === undefined || effect === undefined ? [] : [decisionTerm(field, effect)]),
    ...(error === undefined ? [] : [term(isStatus ? 'status' : 'error', error)]),
  ];
}
