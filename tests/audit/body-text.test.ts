import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bodyText } from '../../src/audit/body-text.ts';
import { canonicalise } from '../../src/audit/canonical.ts';
import type { AccessEntry } from '../../src/audit/entry.ts';
import { leafHash } from '../../src/audit/leaf-hash.ts';
import { sealEntry } from '../../src/audit/seal-entry.ts';
import { anyEntry, anyText } from './random-entries.ts';
import { entryOf } from './support.ts';

const header = { v: 1, alg: 'sha256-rfc6962', origin: 'hub.example/log', replica: 'r1', salt: 'AAAA' };
const anyHeader = fc.record({
  v: fc.integer(),
  alg: anyText,
  origin: anyText,
  replica: anyText,
  salt: anyText,
});

/** Undefined where there is none: a lone surrogate somewhere. */
function orNothing(write: () => string): string | undefined {
  try {
    return write();
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError);
    return undefined;
  }
}

describe('the text of a body', () => {
  it('is byte for byte the canonical form of any entry, or is left to it', () => {
    let written = 0;
    fc.assert(
      fc.property(anyHeader, anyEntry, (members, entry) => {
        const text = orNothing(() => bodyText(members, entry));
        const expected = orNothing(() => canonicalise({ ...members, entry }));
        if (text !== undefined) written += 1;
        if (text !== undefined || expected === undefined) expect(text).toBe(expected);
        else expect(expected).toContain('\\ud');
      }),
      { numRuns: 2_000 },
    );
    expect(written).toBeGreaterThan(200);
  });

  it('is written by itself for an ordinary entry', () => {
    const entry = entryOf();
    expect(bodyText(header, entry)).toBe(canonicalise({ ...header, entry }));
  });

  it('says what a list of decisions says now, unless nobody can change it', () => {
    const decisions = [{ coordinate: 'A.b', effect: 'PERMIT' as const, rule: 'r' }];
    const entry = entryOf({ decisions });
    expect(bodyText(header, entry)).toContain('"effect":"PERMIT"');
    decisions[0] = { coordinate: 'A.b', effect: 'PERMIT', rule: 'another' };
    expect(bodyText(header, entry)).toBe(canonicalise({ ...header, entry }));
    // The list cannot be changed, its item can.
    const item: { coordinate: string; effect: 'PERMIT' | 'DENY'; rule: string } = {
      coordinate: 'A.b',
      effect: 'PERMIT',
      rule: 'r',
    };
    const shallow = entryOf({ decisions: Object.freeze([item]) });
    bodyText(header, shallow);
    item.effect = 'DENY';
    expect(bodyText(header, shallow)).toBe(canonicalise({ ...header, entry: shallow }));
  });

  it.each([
    [
      'keys',
      (entry: AccessEntry) => ({ ...entry, reads: entry.reads.map((read) => ({ ...read, keys: NaN })) }),
    ],
    [
      'rows',
      (entry: AccessEntry) => ({ ...entry, reads: entry.reads.map((read) => ({ ...read, rows: Infinity })) }),
    ],
    ['status', (entry: AccessEntry) => ({ ...entry, outcome: { ...entry.outcome, status: NaN } })],
    ['errors', (entry: AccessEntry) => ({ ...entry, outcome: { ...entry.outcome, errors: { CODE: NaN } } })],
    ['note', (entry: AccessEntry) => ({ ...entry, note: { count: NaN } })],
  ])('is refused for numbers that have no canonical form: %s', (_, change) => {
    expect(() => bodyText(header, change(entryOf()))).toThrow(TypeError);
    expect(() => sealEntry(change(entryOf()), header)).toThrow(TypeError);
  });
});

describe('a sealed body', () => {
  it('is the canonical form of the entry, with U+FFFD for every lone surrogate', () => {
    fc.assert(
      fc.property(anyEntry, (odd) => {
        const { eventId, at } = entryOf();
        const entry = { ...odd, eventId, at };
        const sealed = sealEntry(entry, header, header.salt);
        expect(sealed.body.toString()).toBe(canonicalise(mend({ ...header, entry })));
        expect(sealed.leaf).toEqual(leafHash(sealed.body));
      }),
      { numRuns: 500 },
    );
  });
});

function mend(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll(/\p{Surrogate}/gu, '\ufffd');
  if (Array.isArray(value)) return value.map(mend);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [mend(name), mend(item)]));
}
