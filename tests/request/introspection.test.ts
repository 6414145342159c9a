import { buildClientSchema, getIntrospectionQuery, type IntrospectionQuery, printSchema } from 'graphql';
import { describe, expect, it } from 'vitest';
import { defaultHubLimits } from '../../src/config.ts';
import { createSubjectClass } from '../../src/policies/subject-class.ts';
import { createGeneration } from '../../src/request/generation.ts';
import { demoPolicy, demoSubject } from '../support/demo-policy.ts';
import { hubGraph } from '../support/hub-graph.ts';
import { citizenId } from '../support/residents.ts';
import { codes, execute, type RunOptions } from '../support/run-operation.ts';
import { createTablePolicy, permit, permitAllBut } from '../support/table-policy.ts';

const decisions = { 'PoliceRecord.name': permit };
const ask = (source: string, options: RunOptions = {}) => execute(source, {}, { decisions, ...options });

describe('introspection', () => {
  it('answers a caller with what it may use, and reads nothing', async () => {
    const run = await ask(getIntrospectionQuery());
    expect(codes(run)).toEqual([]);
    const schema = buildClientSchema(run.data as IntrospectionQuery);
    const departments = /^(Police|Justice|CivilAffairs|SocialSecurity)/;
    expect(Object.keys(schema.getTypeMap()).filter((name) => departments.test(name))).toEqual([
      'PoliceRecord',
    ]);
    expect(printSchema(schema)).not.toContain('phone');
    expect(run.reads).toEqual([]);
    expect(run.unknown).toEqual([]);
    expect(run.story.decisions).toEqual([
      { coordinate: 'Query.__schema', effect: 'PERMIT', rule: 'hub:own-access' },
    ]);
  });

  it('a type of which the caller may see nothing is a type that is not there', async () => {
    const answer = async (name: string) =>
      (await ask(`{ __type(name: "${name}") { name fields { name } } }`)).text;
    const strip = (text: string) => text.replace(/"requestId":"[^"]*"/, '');
    expect(strip(await answer('JusticeCommunityCorrection'))).toBe(strip(await answer('NoSuchType')));
  });

  it('a role that may see the whole schema still does', async () => {
    const { data } = await ask('{ __type(name: "PoliceRecord") { fields { name } } }', {
      subject: { roles: ['developer'] },
    });
    expect(data.__type.fields.map(({ name }: { name: string }) => name)).toContain('watchFlag');
  });

  it('with variables, aliases and fragments answers the same', async () => {
    const source = `query Q($n: String!, $v: Boolean!) { a: __type(name: $n) { ...T } b: __type(name: "Resident") @include(if: $v) { ...T } __typename }
      fragment T on __Type { kind name fields { name } }`;
    const { data } = await execute(
      source,
      { n: 'PoliceRecord', v: false },
      { decisions, operationName: 'Q' },
    );
    expect(data).toEqual({
      a: { kind: 'OBJECT', name: 'PoliceRecord', fields: expect.arrayContaining([{ name: 'name' }]) },
      __typename: 'Query',
    });
  });

  it('that would answer with very much is refused before it is answered', async () => {
    const names = Array.from({ length: 90 }, (_, i) => `a${i}: name`).join(' ');
    const source = `{ __schema { types { fields { type { fields { ${names} } } } } } }`;
    const limits = { maxCost: 50_000 };
    expect(codes(await ask(source, { limits }))).toEqual(['OPERATION_LIMIT_EXCEEDED']);
    expect(codes(await ask(getIntrospectionQuery(), { limits }))).toEqual([]);
  });

  it('has no suggestions for names that are not there', async () => {
    const run = await ask('{ __schema { typs { name } } }');
    expect(run.text).not.toMatch(/Did you mean|types/);
  });

  it('leaves a denied field what it was: denied with its reason, so that clients degrade', async () => {
    const run = await ask(`{ resident(identifier: { value: "${citizenId(1)}" }) { police { name phone } } }`);
    expect(codes(run)).toEqual(['FIELD_DENIED']);
    expect(run.errors[0]?.extensions).toMatchObject({
      coordinate: 'PoliceRecord.phone',
      reason: 'NO_AGREEMENT',
    });
  });
});

describe('schemas of callers', () => {
  const subject = (client: string, purpose: string) =>
    createSubjectClass({ subject: demoSubject(client), purpose });
  const hotline = subject('hotline-12345', 'hotline-service');

  it('are made once for each class and policy, and again when a decision may have changed', () => {
    const generation = createGeneration(hubGraph, defaultHubLimits);
    const { policy } = demoPolicy;
    const first = generation.callerSchema(policy, hotline, 0);
    expect(generation.callerSchema(policy, hotline, 0)).toBe(first);
    expect(generation.callerSchema(policy, subject('street-platform', 'grassroots-governance'), 0)).not.toBe(
      first,
    );
    expect(generation.callerSchema(policy, hotline, policy.validUntil(hotline))).not.toBe(first);
    const other = createTablePolicy(permitAllBut(hubGraph, {}));
    expect(generation.callerSchema(other, hotline, 0).sdl).not.toBe(first.sdl);
  });

  it('are kept up to a bound', () => {
    const generation = createGeneration(hubGraph, { ...defaultHubLimits, maxCachedSchemas: 1 });
    const { policy } = demoPolicy;
    const first = generation.callerSchema(policy, hotline, 0);
    generation.callerSchema(policy, subject('audit-office', 'audit-review'), 0);
    expect(generation.callerSchema(policy, hotline, 0)).not.toBe(first);
  });
});
