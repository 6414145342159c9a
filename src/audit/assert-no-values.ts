import { type ErrorCode, HubError } from '../errors.ts';
import type { AccessEntry, RecordedAct, RecordedDecision, RecordedRead } from './entry.ts';
import { oncePerList } from './once-per-list.ts';

/** Identity numbers have 15 or 18 digits in any script's digits (full width included); nothing we name has so many in a row. */
const identityLike = /\p{Nd}{15}/u;
const contentHash = /^(sha256:)?[0-9a-f]{64}$/;

/**
 * Fails closed where a member that must hold names only (coordinates, rules, columns, codes, purposes) holds what looks like
 * an identity number: a mistake of ours, or a caller's own text. The error names the member and never the text.
 */
export function assertNoValues(entry: AccessEntry): void {
  const refused = refusedMember(entry);
  if (refused !== undefined) throw refusal(refused);
}

/** Nearly every name is shorter than an identity number. */
function isRefused(text: unknown): boolean {
  return typeof text === 'string' && text.length >= 15 && identityLike.test(text) && !contentHash.test(text);
}

function refusedMember(entry: AccessEntry): string | undefined {
  const { caller, operation, decisions, reads, outcome, note, administration } = entry;
  return (
    (caller && refusedOfCaller(caller)) ??
    (isRefused(operation?.name) ? 'operation.name' : undefined) ??
    refusedDecision(decisions) ??
    refusedRead(reads) ??
    (Object.keys(outcome.errors).some(isRefused) ? 'outcome.errors' : undefined) ??
    (note && Object.entries(note).flat().some(isRefused) ? 'note' : undefined) ??
    (administration && refusedOfAct(administration))
  );
}

function refusedOfCaller({ purpose, caseReference, roles }: NonNullable<AccessEntry['caller']>) {
  if (isRefused(purpose)) return 'caller.purpose';
  if (isRefused(caseReference)) return 'caller.caseReference';
  return roles.some(isRefused) ? 'caller.roles' : undefined;
}

const refusedDecision = oncePerList((decisions: readonly RecordedDecision[]) => {
  for (const { coordinate, rule } of decisions) {
    if (isRefused(coordinate)) return 'decisions.coordinate';
    if (isRefused(rule)) return 'decisions.rule';
  }
  return undefined;
});

function refusedRead(reads: readonly RecordedRead[]): string | undefined {
  for (const { source, entity, columns } of reads) {
    if (isRefused(source)) return 'reads.source';
    if (isRefused(entity)) return 'reads.entity';
    if (columns.some(isRefused)) return 'reads.columns';
  }
  return undefined;
}

function refusedOfAct(act: RecordedAct): string | undefined {
  const { action, by, object, reason, contentHash: hash, changed = [], rules = [] } = act;
  for (const [member, text] of Object.entries({ action, by, object, reason, contentHash: hash })) {
    if (isRefused(text)) return `administration.${member}`;
  }
  if (rules.some(isRefused)) return 'administration.rules';
  const isChangeRefused = changed.some((change) => isRefused(change.id) || isRefused(change.contentHash));
  return isChangeRefused ? 'administration.changed' : undefined;
}

/** Two members carry the caller's own words, so the caller can mend them; anything else is our fault. */
const callersOwn: Readonly<Record<string, ErrorCode>> = {
  'caller.caseReference': 'CASE_MALFORMED',
  'operation.name': 'BAD_REQUEST',
};

function refusal(member: string): HubError {
  return new HubError(callersOwn[member] ?? 'INTERNAL', {
    hint: 'A name holds what looks like an identity number.',
    hintZh: '名称中含有疑似证件号码的数字。',
    details: { member },
  });
}
