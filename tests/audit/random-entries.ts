import fc from 'fast-check';
import type { AccessEntry, RecordedAct } from '../../src/audit/entry.ts';

/** Texts of every kind: names, names with quotes and controls, lone surrogates, and what looks like their escapes. */
export const anyText = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: 'grapheme-ascii', maxLength: 12 }) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 6 }) },
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 4 })
    .map((units) => String.fromCharCode(...units)),
  fc.constantFrom('', '\ud800', 'x\udfff', '\\ud800', '\u2028', '__proto__', '10', '9', '\0'),
);

const count = fc.oneof(
  fc.integer({ min: 0, max: 5_000 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const texts = fc.array(anyText, { maxLength: 4 });
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

const caller = fc.record(
  {
    client: anyText,
    department: anyText,
    officer: anyText,
    roles: texts,
    issuer: anyText,
    tokenId: anyText,
    purpose: anyText,
    caseReference: anyText,
  },
  { requiredKeys: ['client', 'department', 'roles', 'issuer', 'tokenId'] },
);

const operation = fc.record(
  { hash: anyText, name: anyText, schemaVersion: anyText, policyFingerprint: anyText },
  { requiredKeys: ['hash', 'schemaVersion', 'policyFingerprint'] },
);

export const anyDecision = fc.record({
  coordinate: anyText,
  effect: fc.constantFrom('PERMIT', 'MASK', 'PERMIT_IF', 'DENY'),
  rule: anyText,
});

const read = fc.record({
  source: anyText,
  entity: anyText,
  role: fc.constantFrom('data', 'gate', 'key', 'list', 'count'),
  columns: texts,
  keys: count,
  rows: count,
  outcome: fc.constantFrom('OK', 'SOURCE_UNAVAILABLE', 'SOURCE_FAULT'),
  readAt: anyText,
});

const change = fc.record(
  {
    kind: fc.constantFrom('agreement', 'client'),
    id: anyText,
    change: fc.constantFrom('CREATED', 'REMOVED'),
    version: count,
  },
  { requiredKeys: ['kind', 'id', 'change'] },
);

// The kinds of objects and changes are only some of those that the types allow.
const administration = fc.record(
  {
    action: anyText,
    outcome: fc.constantFrom('INTENT', 'DONE'),
    by: anyText,
    reason: anyText,
    changed: fc.array(change, { maxLength: 2 }),
    problems: count,
    rules: texts,
  },
  { requiredKeys: ['action', 'outcome', 'by'] },
) as fc.Arbitrary<RecordedAct>;

/** Any entry that the types allow, in any order of members; frozen decisions among them. */
export const anyEntry: fc.Arbitrary<AccessEntry> = fc.record(
  {
    eventId: anyText,
    kind: fc.constantFrom('access', 'refusal', 'refusals-summary', 'administration'),
    at: anyText,
    requestId: anyText,
    caller: optional(caller),
    operation: optional(operation),
    decisions: fc
      .tuple(fc.array(anyDecision, { maxLength: 4 }), fc.boolean())
      .map(([list, isFrozen]) => (isFrozen ? Object.freeze(list.map((one) => Object.freeze(one))) : list)),
    subjects: texts,
    subjectKey: optional(anyText),
    reads: fc.array(read, { maxLength: 3 }),
    outcome: fc.record(
      { status: count, errors: fc.dictionary(anyText, count, { maxKeys: 4 }), commitment: anyText },
      { requiredKeys: ['status', 'errors'] },
    ),
    note: optional(fc.dictionary(anyText, fc.oneof(anyText, count), { maxKeys: 3 })),
    administration: optional(administration),
  },
  {
    requiredKeys: ['eventId', 'kind', 'at', 'requestId', 'decisions', 'subjects', 'reads', 'outcome'],
  },
) as fc.Arbitrary<AccessEntry>;
