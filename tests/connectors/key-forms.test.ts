import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { KeyForm } from '../../src/connectors/connector.ts';
import { splitKeys } from '../../src/connectors/key-batch.ts';
import { canonicalKey, storedForms, unknownShape } from '../../src/connectors/key-forms.ts';
import { allForms, idOf, idWithX } from './support/fixture.ts';

const limits = { maxKeys: 1000, maxForms: 1000 };

describe('stored forms', () => {
  test('only the declared ones are asked, the canonical one first', () => {
    expect(storedForms('11010519491231002X', [], unknownShape)).toEqual(['11010519491231002X']);
    expect(storedForms('11010519491231002X', ['CITIZEN_15', 'LOWER_X', 'FULL_WIDTH'], unknownShape)).toEqual([
      '11010519491231002X',
      '110105491231002',
      '11010519491231002x',
      '１１０１０５１９４９１２３１００２Ｘ',
      '１１０１０５４９１２３１００２',
      '１１０１０５１９４９１２３１００２ｘ',
    ]);
  });

  test('blanks are asked as far as the column has room for them', () => {
    const padded = (width?: number) =>
      storedForms('110105491231002', ['PADDED'], {
        ignoresTrailingBlanks: false,
        ...(width ? { width } : {}),
      });
    expect(padded(15)).toEqual(['110105491231002']);
    expect(padded(18)).toEqual([
      '110105491231002',
      ' 110105491231002',
      '110105491231002 ',
      '110105491231002   ',
    ]);
    expect(padded()).toContain('110105491231002     ');
  });

  test('where the engine ignores trailing blanks, they are not asked', () => {
    const shape = { width: 20, ignoresTrailingBlanks: true };
    expect(storedForms(idOf(1), ['PADDED'], shape)).toEqual([idOf(1), ` ${idOf(1)}`]);
  });

  test('passports and household numbers have no forms of citizen ids', () => {
    for (const value of ['E12345678', 'X', '3201-00017', '']) {
      expect(storedForms(value, ['CITIZEN_15', 'LOWER_X'], unknownShape)).toEqual([value]);
    }
  });

  test('every stored form leads back to the canonical one, and none is asked twice', () => {
    const someForms = fc.subarray([...allForms]);
    const someIds = fc.nat(5000).map((n) => (n % 3 === 0 ? idWithX(n) : idOf(n)));
    fc.assert(
      fc.property(someIds, someForms, (id, forms) => {
        const stored = storedForms(id, forms, unknownShape);
        return (
          new Set(stored).size === stored.length && stored.every((text) => canonicalKey(text, forms) === id)
        );
      }),
    );
  });

  test('a form that was not declared belongs to nobody', () => {
    const undeclared: readonly [string, KeyForm[]][] = [
      ['110105491231002', ['LOWER_X', 'FULL_WIDTH', 'PADDED']],
      ['11010519491231002x', ['CITIZEN_15', 'FULL_WIDTH', 'PADDED']],
      ['１１０１０５１９４９１２３１００２Ｘ', ['CITIZEN_15', 'LOWER_X', 'PADDED']],
      ['11010519491231002X ', ['CITIZEN_15', 'LOWER_X', 'FULL_WIDTH']],
    ];
    for (const [stored, forms] of undeclared)
      expect(canonicalKey(stored, forms)).not.toBe('11010519491231002X');
  });
});

describe('batches of keys', () => {
  const columns = [{ column: 'id', forms: ['LOWER_X'] as const }];

  test('keep all forms of a key together where they fit', () => {
    const ids = [idWithX(1), idWithX(200), idWithX(400)];
    const batches = splitKeys([ids], columns, [], { maxKeys: 10, maxForms: 5 });
    expect(batches.map(({ stored }) => stored[0])).toEqual([
      [ids[0], ids[0]?.toLowerCase(), ids[1], ids[1]?.toLowerCase()],
      [ids[2], ids[2]?.toLowerCase()],
    ]);
  });

  test('ask one form at a time at endpoints that take one key, each answer rejoined on its key', () => {
    const ids = [idWithX(1), idOf(2)];
    const batches = splitKeys([ids], columns, [], { maxKeys: 10, maxForms: 1 });
    expect(batches.map(({ stored }) => stored[0])).toEqual([[ids[0]], [ids[0]?.toLowerCase()], [ids[1]]]);
    expect(batches.map((batch) => batch.find([ids[0]?.toLowerCase()], [0]))).toEqual([0, 0, undefined]);
  });

  test('combine the forms of composite keys', () => {
    const composite = [
      { column: 'type', forms: [] },
      { column: 'number', forms: ['LOWER_X'] as const },
    ];
    const id = idWithX(1);
    const [batch] = splitKeys([['111'], [id]], composite, [], limits);
    expect(batch?.stored).toEqual([
      ['111', '111'],
      [id, id.toLowerCase()],
    ]);
    expect(batch?.find(['x', '111', id.toLowerCase()], [1, 2])).toBe(0);
    expect(batch?.find(['x', '414', id], [1, 2])).toBeUndefined();
  });

  test('no choice of values makes two composite keys the same', () => {
    const two = [
      { column: 'a', forms: [] },
      { column: 'b', forms: [] },
    ];
    const part = fc.string({ maxLength: 4, unit: fc.constantFrom('1', ':', ',', '"', '0') });
    fc.assert(
      fc.property(fc.tuple(part, part), fc.tuple(part, part), (asked, said) => {
        const [batch] = splitKeys([[asked[0]], [asked[1]]], two, [], limits);
        return (batch?.find(said, [0, 1]) === 0) === (asked[0] === said[0] && asked[1] === said[1]);
      }),
    );
  });

  test('numbers are keys by their digits; lists, objects, booleans and nothing are no keys', () => {
    const [batch] = splitKeys([['42']], [{ column: 'a', forms: [] }], [], limits);
    expect(batch?.find([42], [0])).toBe(0);
    for (const value of [null, undefined, true, ['42'], { toString: () => '42' }]) {
      expect(batch?.find([value], [0])).toBeUndefined();
    }
  });

  // Sixty thousand blanks took ten seconds, in which nobody was served.
  test('a key of a megabyte is nobody’s, and costs no more than to see that', () => {
    const [batch] = splitKeys([['42']], [{ column: 'a', forms: allForms }], [], limits);
    const started = performance.now();
    for (const unit of [' ', '\u3000', '1', 'x', '１'])
      expect(batch?.find([`4${unit.repeat(1_000_000)}2`], [0])).toBeUndefined();
    expect(batch?.find([`${' '.repeat(100)}42${'\u3000'.repeat(100)}`], [0])).toBe(0);
    expect(performance.now() - started).toBeLessThan(1000);
  });

  // A DOUBLE column holds only the neighbourhood of an identity number: its row is nobody's.
  test('a number that stands for several others is no key', () => {
    const keys = ['440304199001011260', '1.5', 'Infinity', 'NaN'];
    const [batch] = splitKeys([keys], [{ column: 'a', forms: [] }], [], limits);
    for (const value of [Number('440304199001011260'), 1.5, Number.POSITIVE_INFINITY, Number.NaN]) {
      expect(batch?.find([value], [0])).toBeUndefined();
    }
  });
});
