import { createDecipheriv } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openKeyRing } from '../../src/keys/key-ring.ts';
import { createKeyText } from '../../src/keys/key-text.ts';
import { createResidentReference, type Identifier } from '../../src/keys/resident-reference.ts';

const text = createKeyText();
const ring = openKeyRing({ text });
const references = createResidentReference(ring);
const resident: Identifier = { type: 'CITIZEN_ID', value: '11010119491001002X' };

const identifier = fc.record({
  type: fc.constantFrom('CITIZEN_ID', 'RESIDENCE_PERMIT_HMT', 'PERMANENT_RESIDENCE_ID', 'PASSPORT'),
  value: fc.string({ unit: 'binary', maxLength: 60 }).filter((value) => !/\p{Surrogate}/u.test(value)),
});

describe('a reference to a resident', () => {
  it('is the same for a client every day and in every replica, and opens for it', () => {
    const reference = references.conceal('one-stop', resident);
    const replica = createResidentReference(openKeyRing({ text }));
    expect(replica.conceal('one-stop', resident)).toBe(reference);
    expect(replica.reveal('one-stop', reference)).toEqual(resident);
    expect(reference).toMatch(/^[A-Za-z0-9_-]{55}$/);
  });

  it('opens to what was concealed, whatever that is', () => {
    fc.assert(
      fc.property(fc.string(), identifier, (client, each) => {
        expect(references.reveal(client, references.conceal(client, each))).toEqual(each);
      }),
    );
  });

  it('tells neither the kind of identifier nor that two clients mean the same resident', () => {
    const passport = references.conceal('one-stop', { type: 'PASSPORT', value: 'E12345678' });
    const mine = references.conceal('one-stop', resident);
    const theirs = references.conceal('mediation', resident);
    expect(passport).toHaveLength(mine.length);
    const common = [...Buffer.from(mine, 'base64url')].filter(
      (byte, i) => byte === Buffer.from(theirs, 'base64url')[i],
    );
    expect(common.length).toBeLessThan(8);
  });

  it('of another client looks exactly like something made up', () => {
    const theirs = references.conceal('mediation', resident);
    expect(references.reveal('one-stop', theirs)).toBeUndefined();
    expect(references.reveal('mediationx', theirs)).toBeUndefined();
    expect(references.reveal('', theirs)).toBeUndefined();
  });

  it('does not open after any change, and has one spelling', () => {
    const reference = references.conceal('one-stop', resident);
    for (let i = 0; i < reference.length; i++) {
      for (const character of ['A', 'B', 'z', '9', '-', '=', '+', '/', ' ', '中']) {
        const changed = reference.slice(0, i) + character + reference.slice(i + 1);
        if (changed !== reference) expect(references.reveal('one-stop', changed)).toBeUndefined();
      }
      expect(references.reveal('one-stop', reference.slice(0, i))).toBeUndefined();
    }
    for (const changed of [
      `${reference}=`,
      `${reference}A`,
      ` ${reference}`,
      `${reference}\n`,
      'A'.repeat(1e6),
    ]) {
      expect(references.reveal('one-stop', changed)).toBeUndefined();
    }
  });

  it('does not open with another ring, and still opens after the key was replaced', () => {
    const reference = references.conceal('one-stop', resident);
    const other = createKeyText();
    expect(
      createResidentReference(openKeyRing({ text: other })).reveal('one-stop', reference),
    ).toBeUndefined();

    const both = JSON.stringify({ version: 1, keys: [...JSON.parse(text).keys, ...JSON.parse(other).keys] });
    const rotated = createResidentReference(openKeyRing({ text: both }));
    expect(rotated.reveal('one-stop', reference)).toEqual(resident);
    expect(rotated.conceal('one-stop', resident)).not.toBe(reference);
  });

  it('is AES-256-CTR under its tag, as any other implementation has it, carries included', () => {
    const key = ring.key('resident-reference').derive('cipher');
    // Several blocks under hundreds of tags: some of them end in 0xff.
    for (let i = 0; i < 600; i++) {
      const value = `${'x'.repeat(90)}${i}`;
      const bytes = Buffer.from(references.conceal('c', { type: 'PASSPORT', value }), 'base64url');
      const plain = createDecipheriv('aes-256-ctr', key, bytes.subarray(1, 17)).update(bytes.subarray(17));
      expect(plain[0]).toBe(4);
      expect(plain.toString('utf8', 1, 1 + value.length)).toBe(value);
    }
  });
});
