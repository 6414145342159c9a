import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toFullWidth, toHalfWidth } from '../../src/resident/width.ts';

describe('full-width and half-width text', () => {
  test('digits, letters and signs have both forms; a blank has one of its own', () => {
    expect(toFullWidth('110X~!')).toBe('１１０Ｘ～！');
    expect(toHalfWidth('１１０Ｘ～！\u3000')).toBe('110X~! ');
  });

  test('Chinese text, blanks and what lies beyond stay as they are', () => {
    for (const text of ['张三', 'ä', ' ', '\t', '𠮷', '\uffe5', '']) {
      expect(toFullWidth(text)).toBe(text);
      expect(toHalfWidth(text)).toBe(text);
    }
  });

  test('there and back is where one was', () => {
    fc.assert(fc.property(fc.string(), (text) => toHalfWidth(toFullWidth(text)) === text));
  });
});
