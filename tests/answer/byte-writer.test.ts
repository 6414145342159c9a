import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteWriter } from '../../src/answer/byte-writer.ts';

function written(write: (out: ByteWriter) => void, expected = 0): string {
  const out = new ByteWriter(expected);
  write(out);
  return out.finish().toString('utf8');
}

describe('bytes are those of JSON.stringify', () => {
  test.each([
    '',
    '张三',
    'a"b\\c',
    '\u0000\n\u001f\u007f\u0080\u07ff\u0800\uffff',
    '𠮷野家 👨‍👩‍👧',
    '\ud842',
    'x\udfb7',
    '\u2028\u2029',
  ])('for the text %j', (text) => {
    expect(written((out) => out.string(text))).toBe(JSON.stringify(text));
  });

  test('for any text, half pairs of surrogates included', () => {
    const unit = fc.oneof(
      fc.constantFrom('"', '\\', '\n', '\ud842', '\udfb7', '中', 'é', 'a'),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    );
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 40 }), (units) => {
        const text = units.join('');
        expect(written((out) => out.string(text))).toBe(JSON.stringify(text));
      }),
    );
  });

  test.each([0, -0, 1.5, 1e21, -1e-7, Number.NaN, Number.POSITIVE_INFINITY, true, false, null])(
    'for the leaf %s',
    (leaf) => {
      expect(written((out) => out.value(leaf))).toBe(JSON.stringify(leaf));
    },
  );

  test('however much more is written than was expected', () => {
    const texts = Array.from({ length: 2_000 }, (_, i) => `第${i}号`);
    const text = written((out) => {
      out.json('[');
      for (const [i, one] of texts.entries()) {
        if (i > 0) out.raw(Buffer.from(','));
        out.string(one);
      }
      out.json(']');
    }, 1);
    expect(text).toBe(JSON.stringify(texts));
  });
});

test('what is no leaf is refused, never written askew', () => {
  for (const value of [{}, [], Symbol('x'), 1n, () => 1])
    expect(() => written((out) => out.value(value))).toThrow(TypeError);
});
