import fc from 'fast-check';
import { type ExecutionResult, execute as executeReference, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { defaultHubLimits } from '../../src/config.ts';
import { fetchPlan } from '../../src/fetch/fetch-plan.ts';
import { bindPlan } from '../../src/plan/bind-plan.ts';
import { coerceVariables } from '../../src/plan/coerce-variables.ts';
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

/** The same fetched root through the compiled query and through graphql-js. */
async function runBoth({
  source,
  variables: given,
}: RandomOperation): Promise<{ compiled: ExecutionResult; reference: ExecutionResult }> {
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
    contextValue: story,
    variableValues: given,
  });
  const compiled = await generation.compile(operation).query(root, story, variables);
  return { compiled, reference };
}

function plain(result: ExecutionResult): unknown {
  return JSON.parse(JSON.stringify(result));
}

describe('the compiled query answers as graphql-js does', () => {
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
    const { compiled, reference } = await runBoth(operation);
    expect(reference.errors).toBeUndefined();
    expect(plain(compiled)).toEqual(plain(reference));
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
        const { compiled, reference } = await runBoth(operation);
        expect(plain(compiled), operation.source).toEqual(plain(reference));
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
