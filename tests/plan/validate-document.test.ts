import { buildSchema, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { HubError } from '../../src/errors.ts';
import { validateDocument } from '../../src/plan/validate-document.ts';

const schema = buildSchema(`
  type Query { resident(identifier: Identifier!): Resident, count(first: Int): Int }
  input Identifier { value: String!, kind: Kind }
  enum Kind { CITIZEN PASSPORT }
  type Resident { name: String, age: Int, secret: String, phone: String }
`);
/** What the caller may use: without `secret`, and without `kind`. */
const own = buildSchema(`
  type Query { resident(identifier: Identifier!): Resident }
  input Identifier { value: String! }
  type Resident { name: String, age: Int }
`);
const citizenId = '330106198003159057';

function refusal(source: string, known = own): HubError {
  try {
    validateDocument(schema, parse(source), () => known);
  } catch (error) {
    if (error instanceof HubError) return error;
    throw error;
  }
  throw new TypeError('the document passed');
}

describe('a document that does not fit', () => {
  it('in more places than are told says so in words of ours', () => {
    const fields = (count: number) => Array.from({ length: count }, (_, i) => `x${i}`).join(' ');
    const told = (count: number) => {
      const { message, zh, details } = refusal(`{ resident(identifier: {value: "1"}) { ${fields(count)} } }`);
      expect(JSON.stringify([message, zh, details])).not.toContain('Too many');
      return {
        problems: details['problems'],
        isCut: / first 20 .*/.test(message) && zh.includes('前 20 处'),
      };
    };
    expect(told(20)).toMatchObject({ isCut: false, problems: { length: 20 } });
    expect(told(21)).toMatchObject({ isCut: true, problems: { length: 20 } });
    expect(told(200)).toMatchObject({ isCut: true, problems: { length: 20 } });
  });

  it.each([
    [
      '{ resident(identifier: {value: "1"}) { nmae } }',
      'Line 1, column 40: Cannot query field "nmae" on type "Resident". Did you mean "name"?',
      '第 1 行第 40 列：类型“Resident”没有字段“nmae”。是否要写“name”？',
    ],
    [
      '{ resident(identifer: {value: "1"}) { name } }',
      'Unknown argument "identifer" on field "Query.resident". Did you mean "identifier"?',
      '字段“Query.resident”没有参数“identifer”。是否要写“identifier”？',
    ],
    [
      '{ resident(identifier: {valeu: "1"}) { name } }',
      'Field "valeu" is not defined by type "Identifier". Did you mean "value"?',
      '类型“Identifier”没有成员“valeu”。是否要写“value”？',
    ],
    [
      '{ resident(identifier: {valeu: "1"}) { name } }',
      'Field "Identifier.value" of required type "String!" was not provided.',
      '缺少必填成员“Identifier.value”（类型 String!）。',
    ],
    [
      '{ resident { name } }',
      'argument "identifier" of type "Identifier!" is required',
      '字段“resident”缺少必填参数“identifier”（类型 Identifier!）。',
    ],
    [
      '{ resident(identifier: {value: "1"}) }',
      'must have a selection of subfields',
      '字段“resident”（类型 Resident）须再选择其下的字段。',
    ],
    ['{ count { a } }', 'must not have a selection', '字段“count”（类型 Int）没有下级字段。'],
    ['{ count(first: "x") }', 'The literal does not fit Int.', '字面值不符合类型 Int。'],
    ['query($i: Int) { count(first: $j) }', 'Variable "$j" is not defined.', '变量“$j”未声明。'],
    ['query($i: Int) { count }', 'Variable "$i" is never used.', '变量“$i”声明后未使用。'],
    [
      'query($i: String) { count(first: $i) }',
      'used in position expecting type "Int"',
      '变量“$i”的类型 String 与此处要求的类型 Int 不符。',
    ],
    ['query($i: Strin) { count(first: $i) }', 'Unknown type "Strin".', '没有类型“Strin”。'],
    ['{ ...a }', 'Unknown fragment "a".', '没有片段“a”。'],
    ['{ count @cache }', 'Unknown directive "@cache".', '没有指令“@cache”。'],
    ['{ count count: __typename }', 'Fields "count" conflict', '同名字段“count”所取内容不同，请用别名区分。'],
  ])('%s is told what, where and what was meant, in both languages', (source, en, zh) => {
    const error = refusal(source);
    expect(error.message).toContain(en);
    expect(error.zh).toContain(zh);
    expect(error.message).toMatch(/Line 1, column \d+: /);
  });

  it('is not told a name that the caller may not use, nor any where nothing is known of the caller', () => {
    const misspelt = '{ resident(identifier: {value: "1"}) { secrt phne } }';
    expect(refusal(misspelt).message).not.toMatch(/Did you mean|"secret"|"phone"/);
    expect(refusal(misspelt, schema).message).toContain('Did you mean "secret"?');
    expect(refusal('{ resident(identifier: {value: "1", knd: 1}) { name } }').message).not.toMatch(/"kind"/);
    const without = () => validateDocument(schema, parse('{ resident(identifier: {value: "1"}) { nmae } }'));
    expect(without).toThrow(/"nmae" on type "Resident"\.$/);
  });

  it('never shows a literal, nor a number that stands where a name should', () => {
    const sources = [
      `{ resident(identifier: {value: ${citizenId}}) { name } }`,
      `{ resident(identifier: {value: "1", kind: x${citizenId}}) { name } }`,
      `{ resident(identifier: {x${citizenId}: "1"}) { n${citizenId} } }`,
      `query($i${citizenId}: Int) { count(first: "${citizenId}") }`,
    ];
    for (const source of sources) {
      const { message, zh, details } = refusal(source);
      expect([message, zh, JSON.stringify(details)].join()).not.toContain('19800315');
    }
  });

  it('tells five problems in its sentence, and up to twenty in its details', () => {
    const { message, details } = refusal(`{ ${Array.from({ length: 30 }, (_, at) => `f${at}`).join(' ')} }`);
    expect(message.match(/Cannot query/g)).toHaveLength(5);
    // The last says that there are more.
    expect(details['problems']).toHaveLength(20);
  });
});
