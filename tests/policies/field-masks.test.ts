import { expect, test } from 'vitest';
import { findMask } from '../../src/mask/mask-value.ts';
import { isFittingMask, isMask, strictestMask } from '../../src/policies/field-masks.ts';

const masks = ['NAME', 'CITIZEN_ID', 'PHONE', 'ADDRESS', 'REDACT', 'YEAR', 'YEAR_MONTH', 'BAND'];

test.each([
  ['String', ['NAME', 'CITIZEN_ID', 'PHONE', 'ADDRESS', 'REDACT']],
  ['Date', ['YEAR', 'YEAR_MONTH']],
  ['Int', ['BAND']],
  ['Float', ['BAND']],
  ['Month', []],
  ['Boolean', []],
  ['Sex', []],
])('%s fields can be masked by %j', (type, fitting) => {
  expect(masks.filter((mask) => isFittingMask(mask, type))).toEqual(fitting);
});

test('every mask that an agreement can name is one that masks, and nothing else is', () => {
  for (const mask of masks) expect([isMask(mask), findMask(mask) !== undefined]).toEqual([true, true]);
  for (const other of ['BLUR', 'constructor', '', 'name']) expect(isMask(other)).toBe(false);
});

test('the strictest of some masks shows no more than each of them', () => {
  expect(strictestMask(['NAME'])).toBe('NAME');
  expect(strictestMask(['YEAR_MONTH', 'YEAR'])).toBe('YEAR');
  expect(strictestMask(['BAND', 'BAND'])).toBe('BAND');
  expect(strictestMask(['NAME', 'PHONE'])).toBe('REDACT');
  expect(() => strictestMask([])).toThrow(TypeError);
});
