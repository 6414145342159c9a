import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { defaultHubLimits } from '../../src/config.ts';
import { shapeOf } from '../../src/plan/operation-shape.ts';
import { prepareOperation } from '../../src/plan/prepare-operation.ts';
import { hubGraph } from '../support/hub-graph.ts';
import { citizenId } from '../support/residents.ts';
import { execute } from '../support/run-operation.ts';

const { schema } = hubGraph;
const prepare = (source: string, name?: string) => prepareOperation(source, name, schema, defaultHubLimits);
const id = citizenId(1);
const other = citizenId(2);

/** Each writes a number into the operation, somewhere. */
const writings: readonly [what: string, write: (id: string) => string][] = [
  ['a literal', (text) => `{ resident(identifier: { value: "${text}" }) { name } }`],
  ['a block string', (text) => `{ resident(identifier: { value: """${text}""" }) { name } }`],
  ['a literal in a list', (text) => `{ residents(identifiers: [{ value: "${text}" }]) { name } }`],
  [
    'a default',
    (text) => `query($i: ResidentIdentifier = { value: "${text}" }) { resident(identifier: $i) { name } }`,
  ],
  ['an alias', (text) => `{ r${text}: resident(identifier: { value: "1" }) { name } }`],
  ['an alias below', (text) => `{ resident(identifier: { value: "1" }) { n${text}: name } }`],
  ['the name of the operation', (text) => `query Q${text} { __typename }`],
  [
    'the name of a variable',
    (text) => `query($v${text}: String!) { resident(identifier: { value: $v${text} }) { name } }`,
  ],
  [
    'the name of a fragment',
    (text) =>
      `{ resident(identifier: { value: "1" }) { ...F${text} } } fragment F${text} on Resident { name }`,
  ],
  ['a comment', (text) => `{ __typename } # ${text}`],
  ['another operation', (text) => `query A { __typename } query B${text} { __typename }`],
  ['a filter', (text) => `{ searchResidents(where: { or: [{ name: { eq: "${text}" } }] }) { totalCount } }`],
  [
    'a list of values',
    (text) => `{ searchResidents(where: { name: { in: ["1", "${text}"] } }) { totalCount } }`,
  ],
  ['a cursor', (text) => `{ searchResidents(after: "${text}") { totalCount } }`],
  [
    'a representation',
    (text) => `{ _entities(representations: [{ __typename: "Resident", id: "${text}" }]) { __typename } }`,
  ],
  [
    'a member of it',
    (text) => `{ _entities(representations: [{ __typename: "Resident", m${text}: 1 }]) { __typename } }`,
  ],
  [
    'a number',
    (text) =>
      `{ _entities(representations: [{ __typename: "Resident", id: ${text.slice(0, 17)} }]) { __typename } }`,
  ],
  [
    'a word',
    (text) => `{ _entities(representations: [{ __typename: "Resident", id: W${text} }]) { __typename } }`,
  ],
];

describe('the shape of an operation', () => {
  it.each(writings)('does not depend on a number in %s', (what, write) => {
    const name = what === 'another operation' ? 'A' : undefined;
    const [one, two] = [prepare(write(id), name), prepare(write(other), name)];
    expect(shapeOf(schema, one.definition, one.fragments)).not.toMatch(/\d{6}/);
    expect(one.shape).toBe(two.shape);
    const plain = createHash('sha256').update(write(id)).digest('hex');
    expect(one.shape).not.toBe(plain);
  });

  it('is another for what is selected, by which arguments, under which directives', () => {
    const shapes = [
      '{ resident(identifier: { value: "1" }) { name } }',
      '{ resident(identifier: { value: "1" }) { sex } }',
      '{ resident(identifier: { value: "1" }) { name sex } }',
      '{ resident(identifier: { value: "1", type: PASSPORT }) { name } }',
      'query($v: String!) { resident(identifier: { value: $v }) { name } }',
      '{ resident(identifier: { value: "1" }) { name @include(if: true) } }',
      '{ resident(identifier: { value: "1" }) { ... { name } } }',
      '{ residents(identifiers: { value: "1" }) { name } }',
      '{ searchResidents(where: { name: { eq: "1" } }) { totalCount } }',
      '{ searchResidents(where: { sex: { eq: MALE } }) { totalCount } }',
    ].map((source) => prepare(source).shape);
    expect(new Set(shapes).size).toBe(shapes.length);
  });

  it("is what the record and the caller's explanation know the operation by", async () => {
    const source = `{ resident(identifier: { value: "${id}" }) { name } }`;
    const { story } = await execute(source);
    expect(story.operation?.hash).toBe(prepare(source).shape);
    expect(story.plan?.operationHash).toBe(prepare(source).shape);
  });
});
