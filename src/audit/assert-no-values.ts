import { type ErrorCode, HubError } from '../errors.ts';
import type { AccessEntry, RecordedAct } from './entry.ts';

/** Identity numbers have 15 or 18 digits in any script's digits (full width included); nothing we name has so many in a row. */
const identityLike = /\p{Nd}{15}/u;
const contentHash = /^(sha256:)?[0-9a-f]{64}$/;

/**
 * Fails closed where a member that must hold names only (coordinates, rules, columns, codes, purposes) holds what looks like
 * an identity number: a mistake of ours, or a caller's own text. The error names the member and never the text.
 */
export function assertNoValues(entry: AccessEntry): void {
  for (const [member, text] of names(entry)) {
    if (identityLike.test(text) && !contentHash.test(text)) throw refusal(member);
  }
}

function* names(entry: AccessEntry): Generator<readonly [member: string, text: string]> {
  const { caller, operation, note, administration } = entry;
  if (caller?.purpose !== undefined) yield ['caller.purpose', caller.purpose];
  if (caller?.caseReference !== undefined) yield ['caller.caseReference', caller.caseReference];
  for (const role of caller?.roles ?? []) yield ['caller.roles', role];
  if (operation?.name !== undefined) yield ['operation.name', operation.name];
  for (const decision of entry.decisions) {
    yield ['decisions.coordinate', decision.coordinate];
    yield ['decisions.rule', decision.rule];
  }
  for (const read of entry.reads) {
    yield ['reads.source', read.source];
    yield ['reads.entity', read.entity];
    for (const column of read.columns) yield ['reads.columns', column];
  }
  for (const code of Object.keys(entry.outcome.errors)) yield ['outcome.errors', code];
  for (const [name, value] of Object.entries(note ?? {})) {
    yield ['note', name];
    if (typeof value === 'string') yield ['note', value];
  }
  if (administration) yield* namesOfAct(administration);
}

function* namesOfAct(act: RecordedAct): Generator<readonly [member: string, text: string]> {
  const { action, by, object, reason, contentHash: hash, changed = [], rules = [] } = act;
  for (const [member, text] of Object.entries({ action, by, object, reason, contentHash: hash })) {
    if (text !== undefined) yield [`administration.${member}`, text];
  }
  for (const rule of rules) yield ['administration.rules', rule];
  for (const change of changed) {
    yield ['administration.changed', change.id];
    if (change.contentHash !== undefined) yield ['administration.changed', change.contentHash];
  }
}

/** Two members carry the caller's own words, so the caller can mend them; anything else is our fault. */
const callersOwn: Readonly<Record<string, ErrorCode>> = {
  'caller.caseReference': 'CASE_MALFORMED',
  'operation.name': 'BAD_REQUEST',
};

function refusal(member: string): HubError {
  return new HubError(callersOwn[member] ?? 'INTERNAL', {
    hint: 'A name holds what looks like an identity number.',
    details: { member },
  });
}
