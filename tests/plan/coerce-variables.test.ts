import fc from 'fast-check';
import { getVariableValues, type OperationDefinitionNode, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { HubError } from '../../src/errors.ts';
import { coerceVariables } from '../../src/plan/coerce-variables.ts';
import { hubGraph } from '../support/hub-graph.ts';
import { citizenId } from '../support/residents.ts';

const { schema } = hubGraph;

function operation(header: string): OperationDefinitionNode {
  const [definition] = parse(`query(${header}) { __typename }`).definitions;
  if (definition?.kind !== 'OperationDefinition') throw new TypeError('the header makes no operation');
  return definition;
}

function coerce(header: string, given: unknown): unknown {
  // Whatever JSON can hold.
  return coerceVariables(schema, operation(header), given as Record<string, unknown>);
}

function refusal(header: string, given: unknown): HubError {
  try {
    coerce(header, given);
  } catch (error) {
    if (error instanceof HubError) return error;
    throw error;
  }
  throw new TypeError('the variables were accepted');
}

const headers = [
  '$v: String',
  '$v: String!',
  '$v: String = "d"',
  '$v: Int',
  '$v: Int!',
  '$v: Int = 3',
  '$v: Float',
  '$v: Boolean',
  '$v: Boolean! = true',
  '$v: ID',
  '$v: [String]',
  '$v: [String!]',
  '$v: [String!]!',
  '$v: [[Int]]',
  '$v: [Int!]! = [1, 2]',
  '$v: [Int] = 7',
  '$v: IdentifierType',
  '$v: IdentifierType = PASSPORT',
  '$v: [IdentifierType!]',
  '$v: Date',
  '$v: DateTime',
  '$v: Month',
  '$v: ResidentIdentifier',
  '$v: ResidentIdentifier!',
  '$v: ResidentIdentifier = {value: "x"}',
  '$v: [ResidentIdentifier!]!',
  '$v: AccessRecordFilter',
];

const scalar = fc.oneof(
  fc.constant(null),
  fc.string(),
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constantFrom(
    'CITIZEN_ID',
    'PASSPORT',
    '2026-01-01',
    '2026-01',
    '2026-01-01T00:00:00+08:00',
    '',
    2 ** 31,
    -0,
    1.5,
  ),
);
const identifier = fc.record(
  {
    type: fc.oneof(fc.constantFrom('CITIZEN_ID', 'RESIDENT_ID'), scalar),
    value: fc.oneof(fc.string(), scalar),
    extra: scalar,
  },
  { requiredKeys: [] },
);
const filter = fc.record(
  {
    client: scalar,
    from: fc.oneof(fc.constant('2026-01-01T00:00:00Z'), scalar),
    resident: identifier,
    effect: fc.constantFrom('PERMIT', 'NO'),
  },
  { requiredKeys: [] },
);
const value = fc.oneof(
  scalar,
  identifier,
  filter,
  fc.array(fc.oneof(scalar, identifier, fc.array(scalar, { maxLength: 3 })), { maxLength: 4 }),
  fc.jsonValue(),
);

describe('variables are coerced as graphql-js coerces them', () => {
  it('where it accepts them, with equal values; where it refuses, in other words', () => {
    const seen = { accepted: 0, refused: 0 };
    fc.assert(
      fc.property(fc.constantFrom(...headers), fc.option(value, { nil: undefined }), (header, v) => {
        const given = v === undefined ? {} : { v };
        const reference = getVariableValues(schema, operation(header).variableDefinitions ?? [], given);
        if (reference.coerced) {
          seen.accepted += 1;
          expect(coerce(header, given)).toEqual(reference.coerced);
        } else {
          seen.refused += 1;
          expect(refusal(header, given).code).toBe('VARIABLE_INVALID');
        }
      }),
      { numRuns: 2_000 },
    );
    expect(Math.min(seen.accepted, seen.refused)).toBeGreaterThan(250);
  });

  it('those that are not declared are left out, whatever they are called', () => {
    const given = JSON.parse('{"v": "x", "w": 1, "__proto__": {"admin": true}, "constructor": 1}');
    const coerced = coerce('$v: String', given);
    expect(Object.keys(coerced as object)).toEqual(['v']);
    expect(Object.getPrototypeOf(coerced)).toBeNull();
  });

  it.each(['constructor', 'toString', 'hasOwnProperty', 'prototype'])(
    'one called %s is a variable like any other',
    (name) => {
      expect(coerce(`$${name}: String`, { [name]: 'x' })).toEqual({ [name]: 'x' });
      expect(coerce(`$${name}: String`, {})).toEqual({});
      expect(refusal(`$${name}: String!`, {}).code).toBe('VARIABLE_INVALID');
    },
  );
});

describe('a refusal names the variable and the place in it, and no value', () => {
  const id = citizenId(3);

  it.each<[header: string, given: unknown, hint: string]>([
    ['$v: Int!', { v: id }, '$v does not fit Int!.'],
    ['$v: Int!', {}, '$v (Int!) is required.'],
    ['$v: Int!', { v: null }, '$v (Int!) must not be null.'],
    ['$v: [Int!]', { v: [1, id] }, '$v[1] does not fit [Int!].'],
    ['$v: ResidentIdentifier!', { v: { type: id, value: id } }, '$v.type does not fit ResidentIdentifier!.'],
    [
      '$v: [ResidentIdentifier!]!',
      { v: [{ value: id }, { value: [id] }] },
      '$v[1].value does not fit [ResidentIdentifier!]!.',
    ],
    ['$v: ResidentIdentifier!', { v: { value: 'x', [id]: 1 } }, '$v does not fit ResidentIdentifier!.'],
    ['$v: AccessRecordFilter', { v: { from: id } }, '$v.from does not fit AccessRecordFilter.'],
    [
      '$v: ResidentIdentifier!',
      { v: { value: 'x', valeu: id } },
      '$v: Field "valeu" is not defined by type "ResidentIdentifier".',
    ],
    ['$v: ResidentIdentifier!', { v: {} }, '$v: Field "value" of required type "String!" was not provided.'],
    ['$v: Date', { v: `${id}` }, '$v does not fit Date.'],
  ])('%s given %j', (header, given, hint) => {
    const error = refusal(header, given);
    expect(error.message).toContain(hint);
    expect(error.details['problems']).toEqual([
      { message: hint, messageZh: expect.stringMatching(/\p{sc=Han}/u) },
    ]);
    expect(
      [error.message, error.stack, JSON.stringify(error.details), String(error.cause)].join(),
    ).not.toContain(id);
  });

  it('nor a name that looks like an identity number', () => {
    const error = refusal(`$x${id}: Int!`, { [`x${id}`]: 'no' });
    expect([error.message, error.stack, JSON.stringify(error.details)].join()).not.toContain(id);
  });

  it('a million wrong items are ten problems', () => {
    const started = performance.now();
    const error = refusal('$v: [Int!]!', { v: Array.from({ length: 300_000 }, () => 'x') });
    expect(error.details['problems']).toHaveLength(10);
    expect(error.message.length).toBeLessThan(500);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});
