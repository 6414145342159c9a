import { expect, test } from 'vitest';
import { masksByType } from '../../src/contract/rules/sharing.ts';
import { findMask } from '../../src/mask/mask-value.ts';
import { isFittingMask, isMask, strictestMask } from '../../src/policies/field-masks.ts';

const masks = [...new Set([...masksByType.values()].flat())];

test('agreements and contracts agree on which masks fit which types', () => {
  for (const [type, fitting] of masksByType) {
    for (const mask of masks)
      expect([type, mask, isFittingMask(mask, type)]).toEqual([type, mask, fitting.includes(mask)]);
  }
  expect(isFittingMask('REDACT', 'Sex')).toBe(false);
});

test('every mask that an agreement can name exists', () => {
  for (const mask of masks) expect([isMask(mask), findMask(mask) !== undefined]).toEqual([true, true]);
});

test('the strictest of some masks is one that fits the same field and shows no more than each of them', () => {
  expect(strictestMask(['NAME'])).toBe('NAME');
  expect(strictestMask(['YEAR_MONTH', 'YEAR'])).toBe('YEAR');
  expect(strictestMask(['BAND', 'BAND'])).toBe('BAND');
  for (const mask of masksByType.get('String') ?? []) {
    expect(strictestMask(['NAME', mask])).toBe(mask === 'NAME' ? 'NAME' : 'REDACT');
  }
  expect(() => strictestMask([])).toThrow(TypeError);
});
