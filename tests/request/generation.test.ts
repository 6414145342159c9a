import { describe, expect, it, vi } from 'vitest';
import { defaultHubLimits } from '../../src/config.ts';
import { HubError } from '../../src/errors.ts';
import type { FieldPolicy, SubjectClass } from '../../src/policies/decision.ts';
import { createGeneration } from '../../src/request/generation.ts';
import { composeFixture, hubGraph } from '../support/hub-graph.ts';
import { createTestStory, execute } from '../support/run-operation.ts';
import { createTablePolicy, deny, permit } from '../support/table-policy.ts';

const source = 'query A($i: ResidentIdentifier!) { resident(identifier: $i) { name } }';

function classOf(changes: Parameters<typeof createTestStory>[0] = {}): SubjectClass {
  const { subjectClass } = createTestStory(changes);
  if (!subjectClass) throw new TypeError('the story of the tests has a caller');
  return subjectClass;
}

describe('prepared operations', () => {
  it('are found by their text and the name of the operation, however these are cut', () => {
    const generation = createGeneration(hubGraph, defaultHubLimits);
    const document = 'query A { __typename } query B { __typename }';
    const a = generation.prepare(document, 'A');
    expect(generation.prepare(document, 'A')).toBe(a);
    expect(generation.prepare(document, 'B')).not.toBe(a);
    for (const [text, name] of [
      [`A ${document}`, undefined],
      [`"A" ${document}`, undefined],
      [`B { __typename }`, '"A" query A { __typename } query'],
    ] as const) {
      expect(() => generation.prepare(text, name)).toThrow(HubError);
    }
  });
});

describe('plans', () => {
  const setUp = (limits = {}) => {
    const generation = createGeneration(hubGraph, { ...defaultHubLimits, ...limits });
    return { generation, operation: generation.prepare(source, undefined) };
  };

  it('are made once for a class of callers', () => {
    const { generation, operation } = setUp();
    const policy = createTablePolicy({});
    const first = generation.plan(operation, policy, classOf(), 0);
    expect(generation.plan(operation, policy, classOf(), 1)).toBe(first);
  });

  it.each<[what: string, changes: Parameters<typeof createTestStory>[0]]>([
    ['client', { subject: { client: 'other' } }],
    ['department', { subject: { department: 'other' } }],
    ['role', { subject: { roles: ['auditor'] } }],
    ['region', { subject: { region: '330106' } }],
    ['officer', { subject: { officer: 'o-1' } }],
  ])('are never shared with another %s', (_, changes) => {
    const { generation, operation } = setUp();
    const policy = createTablePolicy({});
    expect(generation.plan(operation, policy, classOf(changes), 0)).not.toBe(
      generation.plan(operation, policy, classOf(), 0),
    );
  });

  it('are never shared with another policy or another operation', () => {
    const { generation, operation } = setUp();
    const one = generation.plan(operation, createTablePolicy({}, { fingerprint: 'a' }), classOf(), 0);
    const two = generation.plan(
      operation,
      createTablePolicy({ 'PoliceRecord.name': permit }, { fingerprint: 'b' }),
      classOf(),
      0,
    );
    expect([one, two].map(({ decisions }) => decisions[0]?.decision.effect)).toEqual(['DENY', 'PERMIT']);
    const other = generation.prepare(source.replace('name', 'sex'), undefined);
    expect(generation.plan(other, createTablePolicy({}, { fingerprint: 'a' }), classOf(), 0)).not.toBe(one);
  });

  it('are not used from the instant on at which a decision may change', () => {
    const { generation, operation } = setUp();
    let decision = permit as ReturnType<FieldPolicy['decide']>;
    const policy: FieldPolicy = {
      fingerprint: 'f',
      decide: () => decision,
      validUntil: () => 1000,
      pageSize: () => 1,
    };
    const first = generation.plan(operation, policy, classOf(), 0);
    decision = deny;
    expect(generation.plan(operation, policy, classOf(), 999)).toBe(first);
    for (const now of [1000, 1001, 5000]) {
      expect(generation.plan(operation, policy, classOf(), now).decisions[0]?.decision).toBe(deny);
    }
  });

  it('are kept up to a number, and made again when they were pushed out', () => {
    const { generation, operation } = setUp({ maxCachedPlans: 2 });
    const decide = vi.fn(() => permit);
    const policy: FieldPolicy = {
      fingerprint: 'f',
      decide,
      validUntil: () => Number.POSITIVE_INFINITY,
      pageSize: () => 1,
    };
    for (const client of ['a', 'b', 'c', 'c', 'b', 'a'])
      generation.plan(operation, policy, classOf({ subject: { client } }), 0);
    expect(decide).toHaveBeenCalledTimes(4);
  });
});

describe('operations', () => {
  it('are prepared and compiled once, per document and operation name', () => {
    const generation = createGeneration(hubGraph, defaultHubLimits);
    const document = 'query A { __typename } query B { __typename }';
    const first = generation.prepare(document, 'A');
    expect(generation.prepare(document, 'A')).toBe(first);
    expect(generation.prepare(document, 'B')).not.toBe(first);
    expect(generation.compile(first)).toBe(generation.compile(first));
    expect(generation.compile(generation.prepare(document, 'B'))).not.toBe(generation.compile(first));
  });

  it('that are refused are refused again, and take no room', () => {
    const generation = createGeneration(hubGraph, { ...defaultHubLimits, maxCachedOperations: 1 });
    const good = generation.prepare('{ __typename }', undefined);
    for (let i = 0; i < 3; i++)
      expect(() => generation.prepare('{ nothing }', undefined)).toThrow(
        expect.objectContaining({ code: 'GRAPHQL_VALIDATION_FAILED' }),
      );
    expect(generation.prepare('{ __typename }', undefined)).toBe(good);
  });

  it('are kept up to a number', () => {
    const generation = createGeneration(hubGraph, { ...defaultHubLimits, maxCachedOperations: 1 });
    const first = generation.prepare('{ a: __typename }', undefined);
    generation.prepare('{ b: __typename }', undefined);
    expect(generation.prepare('{ a: __typename }', undefined)).not.toBe(first);
  });

  it('of one graph know nothing of another', async () => {
    const smaller = composeFixture(
      `extend schema @department(name: "library", title: "图书馆", prefix: "Library") @source(name: "library-db", department: "library", mysql: { credential: "library-db" })
       extend type Resident { library: LibraryRecord @connect(source: "library-db", sql: { table: "reader" }, key: [{ from: "citizenId", column: "id_no" }]) }
       type LibraryRecord { card: String @from(column: "card_no") @share(as: CONDITIONAL, level: 1) }`,
    );
    const run = await execute(
      '{ resident(identifier: {value: "x"}) { police { name } } }',
      {},
      { graph: smaller },
    );
    expect(run.errors.map(({ extensions }) => extensions?.['code'])).toEqual(['GRAPHQL_VALIDATION_FAILED']);
  });
});
