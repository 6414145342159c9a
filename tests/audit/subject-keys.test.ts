import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { subjectKeys } from '../../src/audit/subject-keys.ts';
import { anyText } from './random-entries.ts';

const keyOf = (text: string) => subjectKeys([text]).toString('hex');

describe('the key of a subject', () => {
  it('is the sixteen bytes of its pseudonym', () => {
    const bytes = Array.from({ length: 1_000 }, () => randomBytes(16));
    expect(subjectKeys(bytes.map((one) => one.toString('base64url')))).toEqual(Buffer.concat(bytes));
    expect(subjectKeys([])).toEqual(Buffer.alloc(0));
  });

  it('is the same in whatever company', () => {
    const pseudonym = fc
      .uint8Array({ minLength: 16, maxLength: 16 })
      .map((bytes) => Buffer.from(bytes).toString('base64url'));
    const any = fc.oneof(pseudonym, anyText, fc.string({ minLength: 22, maxLength: 22 }));
    fc.assert(
      fc.property(fc.array(any, { maxLength: 6 }), (texts) => {
        expect(subjectKeys(texts).toString('hex')).toBe(texts.map(keyOf).join(''));
      }),
    );
  });

  it.each([
    ['another last character, of which base64 drops bits', `${'A'.repeat(21)}B`],
    ['the other alphabet', `${'A'.repeat(20)}+A`],
    ['a slash', `/${'A'.repeat(21)}`],
    ['padding', `${'A'.repeat(20)}==`],
    ['a blank inside', `A ${'A'.repeat(20)}`],
    ['one character less', 'A'.repeat(21)],
    ['one character more', 'A'.repeat(23)],
    ['nothing', ''],
    ['no ASCII', '\u00ff'.repeat(22)],
  ])('is another for what is no pseudonym: %s', (_, text) => {
    const others = ['A'.repeat(22), `${'A'.repeat(20)}-A`, `_${'A'.repeat(21)}`];
    for (const other of others) expect(keyOf(text)).not.toBe(keyOf(other));
    expect(keyOf(text)).toHaveLength(32);
  });
});
