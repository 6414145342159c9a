import { createMongoAbility, type MongoAbility } from '@casl/ability';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RowRule } from '../../src/policies/agreement.ts';
import {
  type AttributeValue,
  type BoundRule,
  bindRule,
  matchRule,
  ruleAttributes,
} from '../../src/policies/row-rule.ts';
import { conditionsMatcher, conditionsRow, ruleConditions } from './casl-conditions.ts';

const today = '2026-03-15';
const division = 'Resident.divisionCode';
const birthDate = 'PoliceRecord.birthDate';

describe('binding a rule to a request', () => {
  test('a rule bound to the region of a caller without one never holds', () => {
    const rule: RowRule = { op: 'prefix', attribute: division, value: { subject: 'region' } };
    expect(bindRule(rule, { today })).toBe('NEVER');
    expect(bindRule(rule, { today, region: '' })).toBe('NEVER');
    expect(bindRule(rule, { today, region: '330106001' })).toEqual({
      op: 'prefix',
      attribute: division,
      value: '330106001',
    });
  });

  test.each<[string, RowRule]>([
    ['an and of nothing', { op: 'and', rules: [] }],
    ['an or of nothing', { op: 'or', rules: [] }],
    ['a list of nothing', { op: 'in', attribute: division, values: [] }],
    ['an empty prefix', { op: 'prefix', attribute: division, value: '' }],
    ['a prefix that is a number', { op: 'prefix', attribute: division, value: 33 }],
    ['a range without bounds', { op: 'range', attribute: birthDate }],
    ['a range over two types', { op: 'range', attribute: birthDate, gte: 1, lt: '2' }],
    ['a range over yes and no', { op: 'range', attribute: birthDate, gte: true }],
    ['a number that is none', { op: 'eq', attribute: birthDate, value: Number.NaN }],
    ['years that are no number of years', { op: 'eq', attribute: birthDate, value: { yearsAgo: 1.5 } }],
    ['an unknown op', { op: 'not', rules: [] } as unknown as RowRule],
    [
      'an unknown subject term',
      { op: 'eq', attribute: division, value: { subject: 'x' } } as unknown as RowRule,
    ],
  ])('%s holds for nobody instead of everybody', (_, rule) => {
    expect(bindRule(rule, { today, region: '33', department: 'police', case: 'A1' })).toBe('NEVER');
  });

  test('what cannot be bound falls out of an or and ends an and', () => {
    const regional: RowRule = { op: 'prefix', attribute: division, value: { subject: 'region' } };
    const adult: RowRule = { op: 'range', attribute: birthDate, lte: { yearsAgo: 18 } };
    const bound = { op: 'range', attribute: birthDate, lte: '2008-03-15' };
    expect(bindRule({ op: 'or', rules: [regional, adult] }, { today })).toEqual(bound);
    expect(bindRule({ op: 'and', rules: [regional, adult] }, { today })).toBe('NEVER');
    expect(
      bindRule({ op: 'in', attribute: division, values: [{ subject: 'region' }, 'a'] }, { today }),
    ).toEqual({
      op: 'in',
      attribute: division,
      values: ['a'],
    });
  });

  test('nested rules of one kind become one', () => {
    const eq = (value: string): RowRule => ({ op: 'eq', attribute: division, value });
    const nested: RowRule = { op: 'or', rules: [eq('a'), { op: 'or', rules: [eq('b'), eq('c')] }] };
    expect(bindRule(nested, { today })).toEqual({ op: 'or', rules: [eq('a'), eq('b'), eq('c')] });
  });

  test.each([
    ['2026-03-15', 18, '2008-03-15'],
    ['2028-02-29', 18, '2010-02-28'],
    ['2028-02-29', 20, '2008-02-29'],
    ['2000-02-29', 100, '1900-02-28'],
    ['2026-02-28', 18, '2008-02-28'],
    ['2026-03-01', 18, '2008-03-01'],
    ['2026-01-01', 9999, '0000-01-01'],
  ])('on %s, %i years ago was %s', (day, yearsAgo, expected) => {
    const rule: RowRule = { op: 'range', attribute: birthDate, lte: { yearsAgo } };
    expect(bindRule(rule, { today: day })).toMatchObject({ lte: expected });
  });

  test('somebody born on 29 February is of age from 1 March on in a common year', () => {
    const isAdult = (day: string) => {
      const bound = bindRule({ op: 'range', attribute: birthDate, lte: { yearsAgo: 18 } }, { today: day });
      return bound !== 'NEVER' && matchRule(bound, () => '2008-02-29');
    };
    expect([isAdult('2026-02-28'), isAdult('2026-03-01')]).toEqual([false, true]);
  });

  test('a today that is no date is a mistake of the caller', () => {
    const rule: RowRule = { op: 'eq', attribute: birthDate, value: { yearsAgo: 1 } };
    expect(() => bindRule(rule, { today: '2026-02-30' })).toThrow(TypeError);
  });
});

describe('matching a row', () => {
  test.each<[string, BoundRule, AttributeValue, boolean]>([
    ['an absent attribute', { op: 'range', attribute: 'a', lt: 'z' }, undefined, false],
    ['null', { op: 'range', attribute: 'a', lt: 5 }, null, false],
    ['NaN', { op: 'range', attribute: 'a', lt: 5 }, Number.NaN, false],
    ['text against a number', { op: 'range', attribute: 'a', lt: 5 }, '3', false],
    ['a number against text', { op: 'eq', attribute: 'a', value: '5' }, 5, false],
    ['yes against text', { op: 'in', attribute: 'a', values: ['true'] }, true, false],
    ['a number with a textual prefix', { op: 'prefix', attribute: 'a', value: '3' }, 330106, false],
    ['text by code unit, not by locale', { op: 'range', attribute: 'a', lt: 'a' }, 'Z', true],
    ['the inclusive end', { op: 'range', attribute: 'a', gte: 5, lte: 5 }, 5, true],
    ['the exclusive end', { op: 'range', attribute: 'a', gt: 4, lt: 5 }, 5, false],
  ])('%s', (_, rule, value, expected) => {
    expect(matchRule(rule, () => value)).toBe(expected);
  });

  test('every attribute is listed once, for the gate read', () => {
    const adult: RowRule = { op: 'range', attribute: birthDate, lte: { yearsAgo: 18 } };
    const rule: RowRule = {
      op: 'and',
      rules: [adult, { op: 'or', rules: [adult, { ...adult, attribute: 'A.b' }] }],
    };
    expect(ruleAttributes(rule)).toEqual(['A.b', birthDate]);
  });
});

describe('rules as CASL conditions', () => {
  const attributes = [
    'PoliceRecord.name',
    'PoliceRecord',
    'constructor',
    'constructor.name',
    '__proto__',
    '__proto__.x',
    'toString',
    '$or',
    '$where',
    'a.b',
    'a%2Eb',
    '0',
    'length',
    '',
  ];
  const text = fc.oneof(
    fc.constantFrom(
      '',
      '3',
      '33',
      '330106',
      '张',
      'a.b',
      '.*',
      '^',
      '$',
      '\\',
      '[a-z]',
      'a-b',
      'a/b',
      '\n',
      '\ud800',
    ),
    fc.string({ maxLength: 4 }),
  );
  const number = fc.oneof(
    fc.integer({ min: -3, max: 3 }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
  );
  const constant = fc.oneof(text, number, fc.boolean());
  const attribute = fc.constantFrom(...attributes);
  const bounds = (value: fc.Arbitrary<string | number>) =>
    fc.record({ gte: value, gt: value, lte: value, lt: value }, { requiredKeys: [] });
  const { rule } = fc.letrec<{ rule: RowRule }>((tie) => ({
    rule: fc.oneof(
      { maxDepth: 3 },
      fc.record({ op: fc.constant('eq' as const), attribute, value: constant }),
      fc.record({ op: fc.constant('in' as const), attribute, values: fc.array(constant, { maxLength: 3 }) }),
      fc.record({ op: fc.constant('prefix' as const), attribute, value: text }),
      fc
        .tuple(attribute, fc.oneof(bounds(text), bounds(number)))
        .map(([name, ends]): RowRule => ({ op: 'range', attribute: name, ...ends })),
      fc.record({
        op: fc.constantFrom('and' as const, 'or' as const),
        rules: fc.array(tie('rule'), { maxLength: 3 }),
      }),
    ),
  }));
  const value = fc.oneof(constant, fc.constantFrom(null, undefined, Number.NaN, Number.POSITIVE_INFINITY));
  const row = fc.dictionary(attribute, value).map((members) => new Map(Object.entries(members)));

  test('CASL permits a row exactly where the rule matches it, whatever the names and values', () => {
    fc.assert(
      fc.property(rule, row, (candidate, values) => {
        const bound = bindRule(candidate, { today });
        if (bound === 'NEVER') return true;
        return caslPermits(bound, values) === matchRule(bound, (name) => values.get(name));
      }),
      { numRuns: 5000 },
    );
  });

  test('a missing attribute does not satisfy "less than", which plain CASL says it does', () => {
    const bound: BoundRule = { op: 'range', attribute: 'PoliceRecord.birthDate', lte: '2008-01-01' };
    const plain = createMongoAbility(
      [{ action: 'read', subject: 'Row', conditions: { birthDate: { $lte: 'x' } } }],
      {
        detectSubjectType: () => 'Row',
      },
    );
    expect(plain.can('read', {})).toBe(true);
    expect(caslPermits(bound, new Map())).toBe(false);
  });

  test('an or of conditions is one, which plain CASL takes for the name of an attribute', () => {
    const either = [{ a: 1 }, { a: 2 }];
    const plain = createMongoAbility([{ action: 'read', subject: 'Row', conditions: { $or: either } }], {
      detectSubjectType: () => 'Row',
    });
    const eq = (value: number): BoundRule => ({ op: 'eq', attribute: 'a', value });
    expect(plain.can('read', { a: 1 })).toBe(false);
    expect(caslPermits({ op: 'or', rules: [eq(1), eq(2)] }, new Map([['a', 1]]))).toBe(true);
  });

  test('names that mean something to JavaScript or to CASL are only names', () => {
    expect(caslPermits({ op: 'eq', attribute: 'constructor.name', value: 'Object' }, new Map())).toBe(false);
    expect(caslPermits({ op: 'eq', attribute: '$or', value: 'x' }, new Map([['$or', 'x']]))).toBe(true);
    expect(caslPermits({ op: 'eq', attribute: 'a.b', value: 'x' }, new Map([['a%2Eb', 'x']]))).toBe(false);
  });
});

function caslPermits(bound: BoundRule, values: ReadonlyMap<string, AttributeValue>): boolean {
  const ability = createMongoAbility<MongoAbility>(
    [{ action: 'read', subject: 'Row', fields: ['name'], conditions: ruleConditions(bound) }],
    { conditionsMatcher, detectSubjectType: () => 'Row' },
  );
  return ability.can(
    'read',
    conditionsRow(bound, (name) => values.get(name)),
    'name',
  );
}
