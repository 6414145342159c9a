import { GraphQLError, Kind } from 'graphql';
import { expect, test } from 'vitest';
import { dateScalar, dateTimeScalar, monthScalar, scalars } from '../../src/contract/scalars.ts';

test.each(['2024-02-29', '1903-01-01', '2024-02', '1990'])('a date is given as %s', (text) => {
  expect(dateScalar.serialize(text)).toBe(text);
});

test.each([
  '2023-02-29',
  '2024-13-01',
  '2024-2-1',
  '24-02-01',
  '0000',
  '2024-02-29T00:00:00Z',
  '',
  19900101,
  null,
])('a date is never given as %j', (value) => {
  expect(() => dateScalar.serialize(value)).toThrow(GraphQLError);
});

test('a date is taken in full only: a caller cannot ask by a reduced one', () => {
  expect(dateScalar.parseValue('2024-02-29')).toBe('2024-02-29');
  expect(() => dateScalar.parseValue('2024-02')).toThrow(GraphQLError);
  expect(dateScalar.parseLiteral({ kind: Kind.STRING, value: '2024-02-29' })).toBe('2024-02-29');
  expect(() => dateScalar.parseLiteral({ kind: Kind.INT, value: '2024' })).toThrow(GraphQLError);
});

test('an instant is given and taken in UTC', () => {
  expect(dateTimeScalar.serialize('2024-03-01T08:00:00+08:00')).toBe('2024-03-01T00:00:00.000Z');
  expect(dateTimeScalar.parseValue('2024-03-01T00:00:00.123Z')).toBe('2024-03-01T00:00:00.123Z');
  for (const text of ['2024-03-01', '2024-03-01T00:00:00', '2024-02-30T00:00:00Z', '2024-03-01T25:00:00Z']) {
    expect(() => dateTimeScalar.serialize(text)).toThrow(GraphQLError);
  }
});

test('a month is YYYY-MM', () => {
  expect(monthScalar.serialize('2024-12')).toBe('2024-12');
  for (const text of ['2024-13', '2024-1', '2024-12-01', '202412']) {
    expect(() => monthScalar.parseValue(text)).toThrow(GraphQLError);
  }
});

test('no error holds the value that was refused', () => {
  const secret = '330102199003078832';
  for (const scalar of scalars) {
    const attempts = [
      () => scalar.serialize(secret),
      () => scalar.parseValue(secret),
      () => scalar.parseLiteral({ kind: Kind.STRING, value: secret }),
    ];
    for (const attempt of attempts) expect(messageOf(attempt)).toBe(`The value is not a ${scalar.name}.`);
  }
});

function messageOf(attempt: () => unknown): string {
  try {
    return `no error but ${attempt()}`;
  } catch (error) {
    return error instanceof GraphQLError ? error.message : 'another error';
  }
}
