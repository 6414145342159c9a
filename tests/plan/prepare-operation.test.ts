import { describe, expect, it } from 'vitest';
import { HubError } from '../../src/errors.ts';
import { defaultLimits, type OperationLimits } from '../../src/plan/limits.ts';
import { lexicalDepth, prepareOperation } from '../../src/plan/prepare-operation.ts';
import { hubGraph } from '../support/hub-graph.ts';
import { citizenId } from '../support/residents.ts';

function prepare(source: string, limits: Partial<OperationLimits> = {}, operationName?: string) {
  return prepareOperation(source, operationName, hubGraph.schema, { ...defaultLimits, ...limits });
}

function refusal(source: string, limits: Partial<OperationLimits> = {}, operationName?: string): HubError {
  try {
    prepare(source, limits, operationName);
  } catch (error) {
    if (error instanceof HubError) return error;
    throw error;
  }
  throw new TypeError('the operation was accepted');
}

const id = citizenId(7);
const onResident = (selection: string) =>
  `query($i: ResidentIdentifier!) { resident(identifier: $i) ${selection} }`;

describe('lexical depth', () => {
  it.each([
    ['{ a { b(c: [1]) } }', 4],
    ['{ a(b: "((([[[{{{") }', 2],
    ['{ a(b: "\\"{{{") }', 2],
    ['{ a(b: """{{{ \\""" {{{ """) }', 2],
    ['{ a(b: """{{{""" ) { c } }', 2],
    ['{ a(b: """""") { c { d } } }', 3],
    ['{ a(b: """\\"""{""") }', 2],
    ['# {{{{{{\n{ a }', 1],
    ['# {{{{{{\r{ a { b } }', 2],
    ['query($a: [[[[Int]]]]) { a }', 5],
    ['}}}}{', 0],
    ['', 0],
  ])('%j is %i deep', (source, depth) => {
    expect(lexicalDepth(source, 100)).toBe(depth);
  });

  it('counts what the parser recurses into, whatever stands in strings and comments', () => {
    const nested = (n: number) => `${'{a'.repeat(n)}${'}'.repeat(n)}`;
    for (const prefix of ['#"\n', '#"""\n', '"""\\"""" """ ', '"\\\\" ', '"\\"" ', '""" "" """ ', '""']) {
      expect(lexicalDepth(`${prefix}${nested(30)}`, 24), prefix).toBeGreaterThan(24);
    }
  });

  it('stops as soon as the limit is passed', () => {
    expect(lexicalDepth('{'.repeat(1_000_000), 24)).toBe(25);
  });

  it('refuses 100,000 brackets in milliseconds, before parsing', () => {
    const started = performance.now();
    expect(refusal('{a'.repeat(50_000)).details).toMatchObject({ limit: 'maxDepth', allowed: 24 });
    expect(refusal('['.repeat(100_000)).details).toMatchObject({ limit: 'maxDepth' });
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

describe('limits of an operation', () => {
  it('its name is recorded with every request, so it is short', () => {
    const named = (length: number) => () =>
      prepareOperation(
        `query ${'N'.repeat(length)} { __typename }`,
        undefined,
        hubGraph.schema,
        defaultLimits,
      );
    expect(named(128)).not.toThrow();
    expect(named(129)).toThrow(
      expect.objectContaining({
        code: 'OPERATION_LIMIT_EXCEEDED',
        details: { limit: 'operationName', allowed: 128 },
      }),
    );
  });

  it.each<[limit: keyof OperationLimits, source: string, limits: Partial<OperationLimits>]>([
    ['maxDocumentLength', `{ __typename } #${'x'.repeat(100_000)}`, {}],
    ['maxTokens', `{ ${'__typename '.repeat(5_000)} }`, {}],
    ['maxDepth', onResident('{ police { household { number } } }'), { maxDepth: 3 }],
    ['maxAliases', `{ ${Array.from({ length: 101 }, (_, i) => `a${i}: __typename`).join(' ')} }`, {}],
    ['maxRootFields', `{ ${Array.from({ length: 21 }, (_, i) => `a${i}: __typename`).join(' ')} }`, {}],
    [
      'maxDirectives',
      `{ ${'... @include(if: true) { __typename } '.repeat(101)} }`,
      { maxRootFields: 1_000 },
    ],
    ['maxSelections', onResident(`{ ${'id '.repeat(1_001)} }`), {}],
    ['maxFragments', `${onResident(`{ ${'...F '.repeat(51)} }`)} fragment F on Resident { id }`, {}],
    [
      'maxFragments',
      `${onResident('{ id }')} ${Array.from({ length: 51 }, (_, i) => `fragment F${i} on Resident { id }`).join(' ')}`,
      {},
    ],
  ])('%s is refused by its name, without a word of the operation', (limit, source, limits) => {
    const error = refusal(source, limits);
    expect(error.code).toBe('OPERATION_LIMIT_EXCEEDED');
    expect(error.details).toEqual({ limit, allowed: limits[limit] ?? defaultLimits[limit] });
  });

  it.each([
    ['root fields hidden in a fragment', 'query { ...F } fragment F on Query { FIELDS }'],
    ['root fields hidden in an inline fragment', '{ ... { ... on Query { FIELDS } } }'],
  ])('%s count', (_, source) => {
    const fields = Array.from({ length: 30 }, (_, i) => `a${i}: __typename`).join(' ');
    expect(refusal(source.replace('FIELDS', fields)).details).toMatchObject({ limit: 'maxRootFields' });
  });

  it('refuses a fragment bomb of 2^30 selections in milliseconds', () => {
    const bomb = Array.from(
      { length: 30 },
      (_, i) => `fragment F${i} on Resident { ...F${i + 1} ...F${i + 1} }`,
    );
    const source = `${onResident('{ ...F0 }')} ${bomb.join(' ')} fragment F30 on Resident { name }`;
    const started = performance.now();
    expect(refusal(source).details).toMatchObject({
      limit: expect.stringMatching(/^max(Selections|Fragments)$/),
    });
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  it.each([
    [
      'in an operation that is not asked for',
      (bomb: string) => `query A { __typename } query B { resident(identifier: {value: "1"}) ${bomb} }`,
    ],
    [
      'in a fragment that nobody uses',
      (bomb: string) => `query A { __typename } fragment Unused on Resident ${bomb}`,
    ],
  ])('refuses overlapping fields %s before validation compares them pair by pair', (_, place) => {
    const started = performance.now();
    const source = place(`{ ${'name '.repeat(3_900)} }`);
    expect(refusal(source, {}, 'A').details).toMatchObject({
      limit: expect.stringMatching(/^max(Selections|Fragments)$/),
    });
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  it('refuses overlapping fields multiplied by fragments outside the operation', () => {
    const bomb = Array.from(
      { length: 30 },
      (_, i) => `fragment F${i} on Resident { ...F${i + 1} ...F${i + 1} }`,
    );
    const source = `query A { __typename } query B { resident(identifier: {value: "1"}) { ...F0 } } ${bomb.join(' ')} fragment F30 on Resident { name }`;
    const started = performance.now();
    expect(refusal(source, {}, 'A').details).toMatchObject({
      limit: expect.stringMatching(/^max(Selections|Fragments)$/),
    });
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  it('makes up its mind about 1,000 overlapping fields within a second', () => {
    const started = performance.now();
    prepare(onResident(`{ police { ${'name '.repeat(200)} } }`));
    for (const source of [
      onResident(`{ police { ${'name '.repeat(990)} } }`),
      onResident(`{ ${'police { ...P } '.repeat(45)} } fragment P on PoliceRecord { ${'name '.repeat(20)} }`),
    ]) {
      expect(refusal(source).code).toBe('GRAPHQL_VALIDATION_FAILED');
    }
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  it('says little, however much was wrong', () => {
    const source = `{ ${Array.from({ length: 20 }, (_, i) => `a${i}${'x'.repeat(4_000)}`).join(' ')} }`;
    expect(JSON.stringify(refusal(source).details).length).toBeLessThan(10_000);
    expect(refusal(source).message.length).toBeLessThan(2_000);
  });

  it('refuses fragments that contain themselves', () => {
    const source = `${onResident('{ ...A }')} fragment A on Resident { ...B name } fragment B on Resident { ...A sex }`;
    expect(refusal(source).code).toBe('GRAPHQL_VALIDATION_FAILED');
  });
});

describe('what is no query of this hub', () => {
  it.each([
    ['a mutation', `mutation { resident(identifier: {value: "${id}"}) { name } }`],
    ['a subscription', `subscription { resident(identifier: {value: "${id}"}) { name } }`],
    ['a mutation of fields that do not exist', 'mutation { __schema { types { name } } drop }'],
    ['a definition of types', 'type Query { a: Int }'],
    ['an operation beside types', '{ __typename } type A { a: Int }'],
    ['an unknown field', '{ residentz { name } }'],
    ['two operations without a name given', 'query A { __typename } query B { __typename }'],
    ['an alias that begins with two underscores', `{ __proto__: __typename }`],
    ['an unknown directive', '{ __typename @defer }'],
    ['no operation at all', 'fragment A on Query { __typename }'],
  ])('%s is refused', (_, source) => {
    expect(refusal(source).code).toBe('GRAPHQL_VALIDATION_FAILED');
  });

  it('an operation is picked by exactly its name', () => {
    const source = 'query A { a: __typename } query B { b: __typename }';
    expect(prepare(source, {}, 'B').name).toBe('B');
    for (const name of ['C', '', '__proto__', 'constructor', 'A ', 'A\0']) {
      expect(refusal(source, {}, name).code).toBe('GRAPHQL_VALIDATION_FAILED');
    }
  });

  it('suggests no name of the schema to those who may not read it', () => {
    for (const source of [
      onResident('{ police { phon } }'),
      onResident('{ nam }'),
      '{ resident(identifer: 1) { id } }',
      'query($a: Residen) { __typename }',
      onResident('{ ... on PoliceRecor { phone } }'),
      '{ __typename @inclde(if: true) }',
    ]) {
      const { message, details } = refusal(source);
      expect(`${message}${JSON.stringify(details)}`).not.toMatch(/did you mean/i);
    }
  });
});

describe('no refusal holds a word that the caller put where values stand', () => {
  const documents: [what: string, source: string][] = [
    ['a literal of the wrong type', `{ resident(identifier: "${id}") { id } }`],
    ['a literal in a list', `{ residents(identifiers: ["${id}", ${id.slice(0, 17)}]) { id } }`],
    ['a number where an object is', `{ resident(identifier: ${id.slice(0, 17)}) { id } }`],
    ['an enum value', `{ resident(identifier: {type: ID_${id}, value: "1"}) { id } }`],
    ['an unknown input field', `{ resident(identifier: {id_${id}: 1, value: "1"}) { id } }`],
    ['an unknown argument', `{ resident(identifier: {value: "1"}, a${id}: 1) { id } }`],
    ['a field', `{ resident(identifier: {value: "1"}) { id${id} } }`],
    ['an alias that conflicts', `{ resident(identifier: {value: "1"}) { x${id}: id x${id}: name } }`],
    ['an alias that is refused', `{ __x${id}: __typename }`],
    ['a fragment', `{ ...F${id} }`],
    ['an unused fragment', `{ __typename } fragment F${id} on Query { __typename }`],
    ['a type', `{ ... on T${id} { id } }`],
    ['a variable', `{ resident(identifier: $v${id}) { id } }`],
    ['a default', `query($v: Int = "${id}") { __typename }`],
    ['a default of an enum', `query($v: IdentifierType = I${id}) { __typename }`],
    ['a directive', `{ __typename @d${id} }`],
    ['an argument of a directive', `{ __typename @include(if: "${id}") }`],
    ['a syntax error at a string', `{ resident("${id}") }`],
    ['a syntax error at a name', `{ resident(: I${id}) }`],
    ['an unterminated string', `{ resident(identifier: {value: "${id}`],
    ['a number with a letter behind', `{ resident(identifier: {value: ${id}X}) { id } }`],
    ['a string with a bad escape', `{ resident(identifier: {value: "${id}\\q"}) { id } }`],
    ['an operation name', `query Q${id} { nothing }`],
    ['two operations of one name', `query Q${id} { __typename } query Q${id} { __typename }`],
  ];

  it.each(documents)('%s', (_, source) => {
    const error = refusal(source);
    const everything = [error.message, error.stack, JSON.stringify(error.details), ...causes(error)].join(
      '\n',
    );
    expect(everything).not.toContain(id);
    expect(everything).not.toContain(id.slice(6, 14));
  });

  /** Whoever logs a whole error logs its causes too. */
  function causes(error: Error): string[] {
    const { cause } = error;
    if (!(cause instanceof Error)) return [];
    return [
      cause.message,
      String(cause.stack),
      JSON.stringify(cause, Object.getOwnPropertyNames(cause)),
      ...causes(cause),
    ];
  }
});
