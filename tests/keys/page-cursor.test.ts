import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { DerivedKey } from '../../src/keys/key-ring.ts';
import { createPageCursors } from '../../src/keys/page-cursor.ts';

function key(id: string): DerivedKey {
  return {
    id,
    algorithm: 'A256GCM',
    derive: (label) =>
      createHash('sha256')
        .update(id + label)
        .digest(),
  };
}

const cursors = createPageCursors({ keys: () => [key('one')] });
const binding = ['client', 'purpose', 'filter'];
const at = { passed: '330106199005060018', positions: [undefined, '33010619900506001x'] };

describe('a cursor', () => {
  it('opens for what it was made for, until it expires', () => {
    const cursor = cursors.seal(binding, at, 1_000);
    expect(cursors.open(binding, cursor, 999)).toEqual(at);
    expect(cursors.open(binding, cursor, 1_000)).toBeUndefined();
    for (const other of [{ positions: [] }, { positions: [undefined] }, { positions: ['', 'a'] }]) {
      expect(cursors.open(binding, cursors.seal(binding, other, 1_000), 0)).toEqual(other);
    }
  });

  it.each([
    ['another client', ['other', 'purpose', 'filter']],
    ['another purpose', ['client', 'other', 'filter']],
    ['another filter', ['client', 'purpose', 'other']],
    ['the same texts divided otherwise', ['client', 'purposefilter', '']],
    ['nothing', []],
  ])('does not open for %s', (_, other) => {
    expect(cursors.open(other, cursors.seal(binding, at, 1_000), 0)).toBeUndefined();
  });

  it('that was changed in any one of its characters does not open', () => {
    const cursor = cursors.seal(binding, at, 1_000);
    for (let i = 0; i < cursor.length; i++) {
      const changed = cursor.slice(0, i) + (cursor[i] === 'A' ? 'B' : 'A') + cursor.slice(i + 1);
      expect(cursors.open(binding, changed, 0)).toBeUndefined();
    }
  });

  it.each(['', 'x', '=', '\ud800', 'A'.repeat(251), 'A'.repeat(252), 'A'.repeat(100_000)])(
    'is no text that somebody made up',
    (text) => {
      expect(cursors.open(binding, text, 0)).toBeUndefined();
    },
  );

  it('has one length, whatever stands in it, and does not show it', () => {
    const positions = ['', '33010619900506001x', '张'.repeat(40), 'f'.repeat(160), undefined];
    const made = positions.map((position) =>
      cursors.seal(binding, { positions: [position, position] }, 1_000),
    );
    made.push(cursors.seal(binding, at, 1_000));
    expect(new Set(made.map(({ length }) => length)).size).toBe(1);
    expect(new Set(made).size).toBe(made.length);
    for (const cursor of made) {
      expect(Buffer.from(cursor, 'base64url').toString('latin1')).not.toContain('330106');
    }
    for (const wrong of [{ positions: ['f'.repeat(161)] }, { passed: 'f'.repeat(21), positions: [] }]) {
      expect(() => cursors.seal(binding, wrong, 1_000)).toThrow(TypeError);
    }
  });

  it('that an earlier key made still opens, and one of a key that is gone does not', () => {
    const cursor = cursors.seal(binding, at, 1_000);
    const rotated = createPageCursors({ keys: () => [key('two'), key('one')] });
    expect(rotated.open(binding, cursor, 0)).toEqual(at);
    expect(rotated.seal(binding, at, 1_000)).not.toBe(cursor);
    expect(createPageCursors({ keys: () => [key('two')] }).open(binding, cursor, 0)).toBeUndefined();
  });
});
