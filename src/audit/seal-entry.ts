import { randomBytes } from 'node:crypto';
import { HubError } from '../errors.ts';
import { assertNoValues } from './assert-no-values.ts';
import { type BodyHeader, bodyText } from './body-text.ts';
import { canonicalise } from './canonical.ts';
import type { AccessEntry, SealedRecord } from './entry.ts';
import { frameLeaf, LEAF_ALGORITHM } from './leaf-hash.ts';
import { mendText } from './mend-text.ts';

/** Version of the body's form. */
export const BODY_VERSION = 1;

/** Beyond these a record is refused, never cut: what cannot be recorded whole is not answered. */
const entryLimits = {
  decisions: 4_096,
  /** 1,000 residents, as four departments would name them. */
  subjects: 4_096,
  reads: 4_096,
  bodyBytes: 1_000_000,
} as const;

const eventIdForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const instantForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/**
 * Turns an entry into the bytes that the log keeps and the hash that stands for them. The salt, sixteen random bytes of its own in
 * base64, keeps a guessable record from being guessed by its hash. Throws `HubError` where the entry holds what looks like an identity number or is too large
 * (`OPERATION_LIMIT_EXCEEDED`), and `TypeError` for a malformed event id or time. Lone surrogates, which canonical
 * JSON has no form for, become U+FFFD: a caller's odd text must not keep its request off the record.
 */
export function sealEntry(
  entry: AccessEntry,
  log: { readonly origin: string; readonly replica: string },
  salt: string = randomBytes(16).toString('base64'),
): SealedRecord {
  assertStorable(entry);
  assertNoValues(entry);
  const { origin, replica } = log;
  const header = { v: BODY_VERSION, alg: LEAF_ALGORITHM, origin, replica, salt };
  const { body, leaf } = frameLeaf(mendedText(header, entry));
  assertWithin('bodyBytes', body.length);
  return {
    eventId: entry.eventId,
    at: entry.at,
    department: mendText(entry.caller?.department ?? ''),
    body,
    leaf,
  };
}

function assertStorable(entry: AccessEntry): void {
  if (!eventIdForm.test(entry.eventId)) throw new TypeError('eventId must be a lower-case UUID');
  if (!instantForm.test(entry.at) || Number.isNaN(Date.parse(entry.at))) {
    throw new TypeError('at must be an ISO 8601 instant in UTC with milliseconds');
  }
  assertWithin('decisions', entry.decisions.length);
  assertWithin('subjects', entry.subjects.length);
  assertWithin('reads', entry.reads.length);
}

function assertWithin(limit: keyof typeof entryLimits, size: number): void {
  if (size <= entryLimits[limit]) return;
  throw new HubError('OPERATION_LIMIT_EXCEEDED', {
    hint: 'The access could not be recorded whole.',
    hintZh: '本次访问无法完整记录。',
    details: { limit: `record.${limit}`, max: entryLimits[limit] },
  });
}

function mendedText(header: BodyHeader, entry: AccessEntry): string {
  try {
    return bodyText(header, entry);
  } catch {
    // Rare enough to walk the entry twice. Anything but a lone surrogate throws again.
    return canonicalise(withoutLoneSurrogates({ ...header, entry }));
  }
}

function withoutLoneSurrogates(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/\p{Surrogate}/gu, '\ufffd');
  if (Array.isArray(value)) return value.map(withoutLoneSurrogates);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [withoutLoneSurrogates(name), withoutLoneSurrogates(item)]),
  );
}
