import { type BodyHeader, bodyText } from './body-text.ts';
import { canonicalise } from './canonical.ts';
import type { AccessEntry } from './entry.ts';
import { LEAF_ALGORITHM, leafHash } from './leaf-hash.ts';
import { mendText } from './mend-text.ts';
import { BODY_VERSION } from './seal-entry.ts';

/** A record as stored. All of it is under the database administrator's control. */
export interface StoredRecord {
  readonly body: Uint8Array;
  readonly leaf: Uint8Array;
  /** What the table says beside the body; must say the same. */
  readonly columns?: { readonly eventId: string; readonly at: string; readonly department: string };
}

export type OpenedRecord =
  | {
      readonly isDamaged: false;
      readonly origin: string;
      readonly replica: string;
      readonly entry: AccessEntry;
    }
  | {
      readonly isDamaged: true;
      /** ALTERED: body, leaf and columns disagree. MALFORMED: they agree, but no hub wrote such a body. */
      readonly damage: 'ALTERED' | 'MALFORMED';
    };

/**
 * Re-hashes a stored body and reads its entry. Never trusts the stored leaf and never throws: a damaged record is a finding,
 * not an outage. Who alters body and leaf together is caught by the tree, not here.
 */
export function openEntry(record: StoredRecord): OpenedRecord {
  if (!leafHash(record.body).equals(record.leaf)) return { isDamaged: true, damage: 'ALTERED' };
  const members = parseBody(record.body);
  if (members === undefined) return { isDamaged: true, damage: 'MALFORMED' };
  if (!matchesColumns(members.entry, record.columns)) return { isDamaged: true, damage: 'ALTERED' };
  return { isDamaged: false, ...members };
}

function matchesColumns(entry: AccessEntry, columns: StoredRecord['columns']): boolean {
  if (columns === undefined) return true;
  const department = mendText(entry.caller?.department ?? '');
  return entry.eventId === columns.eventId && entry.at === columns.at && department === columns.department;
}

interface BodyMembers {
  readonly origin: string;
  readonly replica: string;
  readonly entry: AccessEntry;
}

function parseBody(body: Uint8Array): BodyMembers | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
    const value: unknown = JSON.parse(text);
    return readMembers(value, text);
  } catch {
    return undefined;
  }
}

/** Undefined unless the text is the canonical form: duplicate members, blanks and other spellings are refused. */
function readMembers(value: unknown, text: string): BodyMembers | undefined {
  if (!isObject(value)) return undefined;
  const { v, alg, origin, replica, salt, entry } = value;
  if (v !== BODY_VERSION || alg !== LEAF_ALGORITHM) return undefined;
  if (!isString(origin) || !isString(replica) || !isString(salt) || !isEntry(entry)) return undefined;
  // Nearly always; what a newer hub may have added stands in the whole value only.
  const isCanonical =
    isWritten(text, { v, alg, origin, replica, salt }, entry) || canonicalise(value) === text;
  return isCanonical ? { origin, replica, entry } : undefined;
}

function isWritten(text: string, header: BodyHeader, entry: AccessEntry): boolean {
  try {
    return bodyText(header, entry) === text;
  } catch {
    return false;
  }
}

/** Members that a newer hub may have added are let through; the ones we read must have their types. */
function isEntry(value: unknown): value is AccessEntry {
  return (
    isObject(value) &&
    [value['eventId'], value['kind'], value['at'], value['requestId']].every(isString) &&
    isOptional(value['caller'], isCaller) &&
    isOptional(value['operation'], isOperation) &&
    isListOf(value['decisions'], isDecision) &&
    isListOf(value['subjects'], isString) &&
    isOptional(value['subjectKey'], isString) &&
    isListOf(value['reads'], isRead) &&
    isOutcome(value['outcome']) &&
    isOptional(value['note'], isObject) &&
    isOptional(value['administration'], isAct)
  );
}

function isCaller(value: unknown): boolean {
  return (
    isObject(value) &&
    [value['client'], value['department'], value['issuer'], value['tokenId']].every(isString) &&
    isListOf(value['roles'], isString) &&
    [value['officer'], value['purpose'], value['caseReference']].every((item) => isOptional(item, isString))
  );
}

function isOperation(value: unknown): boolean {
  return (
    isObject(value) &&
    [value['hash'], value['schemaVersion'], value['policyFingerprint']].every(isString) &&
    isOptional(value['name'], isString)
  );
}

function isDecision(value: unknown): boolean {
  return isObject(value) && [value['coordinate'], value['effect'], value['rule']].every(isString);
}

function isRead(value: unknown): boolean {
  return (
    isObject(value) &&
    [value['source'], value['entity'], value['role'], value['outcome'], value['readAt']].every(isString) &&
    isListOf(value['columns'], isString) &&
    Number.isInteger(value['keys']) &&
    Number.isInteger(value['rows'])
  );
}

function isOutcome(value: unknown): boolean {
  return (
    isObject(value) &&
    Number.isInteger(value['status']) &&
    isObject(value['errors']) &&
    Object.values(value['errors']).every(Number.isInteger) &&
    isOptional(value['commitment'], isString)
  );
}

function isAct(value: unknown): boolean {
  return (
    isObject(value) &&
    [value['action'], value['outcome'], value['by']].every(isString) &&
    [value['object'], value['reason'], value['contentHash']].every((item) => isOptional(item, isString)) &&
    isOptional(value['changed'], (list) => isListOf(list, isChange)) &&
    isOptional(value['problems'], Number.isInteger) &&
    isOptional(value['rules'], (list) => isListOf(list, isString))
  );
}

function isChange(value: unknown): boolean {
  return (
    isObject(value) &&
    [value['kind'], value['id'], value['change']].every(isString) &&
    isOptional(value['version'], Number.isInteger) &&
    isOptional(value['contentHash'], isString)
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}

function isOptional(value: unknown, is: (value: unknown) => boolean): boolean {
  return value === undefined || is(value);
}

function isListOf(value: unknown, is: (value: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(is);
}
