import fc from 'fast-check';
import {
  type ExecutionResult,
  execute as executeReference,
  type GraphQLFieldResolver,
  Kind,
  parse,
  validate,
  visit,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { defaultHubLimits } from '../../src/config.ts';
import type { Shown } from '../../src/fetch/assembly.ts';
import { fetchPlan } from '../../src/fetch/fetch-plan.ts';
import { bindPlan } from '../../src/plan/bind-plan.ts';
import { coerceVariables } from '../../src/plan/coerce-variables.ts';
import { always, collectFields, isActive, propertyOf } from '../../src/plan/collect-fields.ts';
import type { Operation } from '../../src/plan/prepare-operation.ts';
import { chinaDate } from '../../src/policies/calendar.ts';
import { createGeneration } from '../../src/request/generation.ts';
import { hubGraph } from '../support/hub-graph.ts';
import { type Dice, makeOperation, type RandomOperation } from '../support/random-operation.ts';
import { createRecording } from '../support/recording-connector.ts';
import { citizenIds } from '../support/residents.ts';
import { createTestStory, testNow } from '../support/run-operation.ts';
import { sampleTables } from '../support/sample-tables.ts';
import { createTablePolicy, permitAllBut } from '../support/table-policy.ts';

const ids = citizenIds(6);
const tables = sampleTables(ids);
/** Chance writes long operations. */
const limits = {
  ...defaultHubLimits,
  maxTokens: 100_000,
  maxDirectives: 10_000,
  maxAliases: 10_000,
  maxSelections: 100_000,
  maxCost: 10_000_000,
};
const policy = createTablePolicy(permitAllBut(hubGraph, {}));

/** The same fetched root, written as bytes and executed by graphql-js. */
async function runBoth({
  source,
  variables: given,
}: RandomOperation): Promise<{ written: string; reference: ExecutionResult }> {
  const generation = createGeneration(hubGraph, limits);
  const story = createTestStory();
  const operation = generation.prepare(source, undefined);
  const variables = coerceVariables(generation.schema, operation.definition, given);
  if (!story.subjectClass) throw new TypeError('the story of the tests has a caller');
  story.plan = generation.plan(operation, policy, story.subjectClass, testNow.getTime());
  const bound = bindPlan({
    plan: story.plan,
    schema: generation.schema,
    graph: hubGraph,
    openCursor: () => undefined,
    planClaims: () => undefined,
    variables,
    limits,
    binding: { today: chinaDate(testNow) },
    reveal: () => undefined,
  });
  const { root } = await fetchPlan(bound, {
    beginRead: () => () => {},
    requestId: 'r',
    connectors: createRecording(hubGraph, { tables }).connectors,
    departments: new Map(),
    signal: story.signal,
    now: () => testNow,
    today: chinaDate(testNow),
    onRead: () => {},
    onResidents: () => {},
    conceal: ({ value }) => `ref-${value}`,
    registerDeadlines: { listMs: 1_000, countMs: 1_000 },
    sealCursor: () => '',
  });
  const reference = await executeReference({
    schema: generation.schema,
    document: parse(source),
    rootValue: root,
    variableValues: given,
    fieldResolver: readProperty(operation),
  });
  const written = generation
    .compile(operation)
    .write(root, undefined, (guards) => isActive(guards, variables))
    .toString('utf8');
  return { written, reference };
}

/** What fetch left for a field: by its name, or where it has arguments by the property that stands for them. */
function readProperty({ document, propertyNames }: Operation): GraphQLFieldResolver<Shown, unknown> {
  const keys = new Map<number, string>();
  visit(document, {
    Field(node) {
      const [group] = collectFields(hubGraph.schema, new Map(), '', [
        { set: { kind: Kind.SELECTION_SET, selections: [{ ...node, directives: [] }] }, guards: always },
      ]);
      if (group && node.loc) keys.set(node.loc.start, group.key);
    },
  });
  return (parent, _args, _context, { fieldName, fieldNodes }) => {
    for (const { loc } of fieldNodes) {
      const key = keys.get(loc?.start ?? -1) ?? fieldName;
      const value = parent[propertyOf(propertyNames, { name: fieldName, key })];
      if (value !== undefined) return value;
    }
    return undefined;
  };
}

function plain(data: unknown): unknown {
  return JSON.parse(JSON.stringify(data));
}

describe('an answer is written as graphql-js would make it', () => {
  it.each<[what: string, source: string, variables?: Record<string, unknown>]>([
    [
      'one fragment used twice under different conditions',
      'query($ids: [ResidentIdentifier!]!, $a: Boolean!, $b: Boolean!) { residents(identifiers: $ids) { police { ...P @include(if: $a) ...P @include(if: $b) } } } fragment P on PoliceRecord { name }',
      { a: false, b: true },
    ],
    [
      'one fragment spread through two others',
      'query($ids: [ResidentIdentifier!]!, $a: Boolean!, $b: Boolean!) { residents(identifiers: $ids) { police { ...A @include(if: $a) ...B @include(if: $b) } } } fragment A on PoliceRecord { ...P } fragment B on PoliceRecord { ...P } fragment P on PoliceRecord { name sex }',
      { a: false, b: true },
    ],
    [
      'one fragment of the interface in two types',
      'query($ids: [ResidentIdentifier!]!, $a: Boolean!, $b: Boolean!) { residents(identifiers: $ids) { sections { ... on PoliceRecord @include(if: $a) { ...S } ... on JusticeRecord @include(if: $b) { ...S } __typename } } } fragment S on RecordSection { source }',
      { a: false, b: true },
    ],
    [
      'one fragment under two aliases',
      'query($ids: [ResidentIdentifier!]!, $a: Boolean!, $b: Boolean!) { residents(identifiers: $ids) { x: police { ...P @include(if: $a) } y: police { ...P @include(if: $b) } } } fragment P on PoliceRecord { name }',
      { a: false, b: true },
    ],
    [
      'one field twice',
      'query($ids: [ResidentIdentifier!]!, $a: Boolean!, $b: Boolean!) { residents(identifiers: $ids) { police { name @include(if: $a) name @include(if: $b) } } }',
      { a: false, b: true },
    ],
    [
      'one object twice',
      'query($ids: [ResidentIdentifier!]!, $a: Boolean!, $b: Boolean!) { residents(identifiers: $ids) { police @include(if: $a) { name } police @include(if: $b) { sex } } }',
      { a: false, b: true },
    ],
    [
      'skip before include',
      'query($ids: [ResidentIdentifier!]!, $a: Boolean!, $b: Boolean!) { residents(identifiers: $ids) { id @skip(if: $a) @include(if: $b) } }',
      { a: false, b: true },
    ],
    [
      'a list with arguments under two aliases in a fragment used twice',
      'query($ids: [ResidentIdentifier!]!) { residents(identifiers: $ids) { x: justice { a: mediationCases(first: 1) { caseNumber } ...J } y: justice { ...J } sections { ...J } } } fragment J on JusticeRecord { b: mediationCases(first: 1) { caseNumber dispute } }',
    ],
    [
      'a list with arguments in a fragment of two roots',
      '{ a: resident(identifier: {value: "ID"}) { justice { m1: mediationCases(caseNumber: "C2") { dispute } ...J } } b: resident(identifier: {value: "ID"}) { justice { ...J } } } fragment J on JusticeRecord { m2: mediationCases(caseNumber: "C2") { caseNumber } }',
    ],
  ])('%s', async (_, source, variables = {}) => {
    const operation = {
      source: source.replaceAll('ID', ids[0] ?? ''),
      variables: {
        ...(source.includes('$ids') ? { ids: ids.map((value) => ({ value })) } : {}),
        ...variables,
      },
    };
    const { written, reference } = await runBoth(operation);
    expect(reference.errors).toBeUndefined();
    expect(JSON.parse(written)).toEqual(plain(reference.data));
    expect(JSON.stringify(reference.data)).not.toContain('"b":null');
  });

  it('whatever is selected, however it is written', async () => {
    const seen = { run: 0, invalid: 0 };
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(5039), { minLength: 40, maxLength: 400 }), async (rolls) => {
        const operation = makeOperation(diceOf(rolls), hubGraph.schema, { ids });
        if (validate(hubGraph.schema, parse(operation.source)).length > 0) {
          seen.invalid += 1;
          return;
        }
        seen.run += 1;
        const { written, reference } = await runBoth(operation);
        expect(JSON.parse(written), operation.source).toEqual(plain(reference.data));
        expect(reference.errors).toBeUndefined();
      }),
      { numRuns: 120 },
    );
    expect(seen.run).toBeGreaterThan(seen.invalid * 3);
  });
});

function diceOf(rolls: readonly number[]): Dice {
  let at = 0;
  return (sides) => (rolls[at++ % rolls.length] ?? 0) % sides;
}
