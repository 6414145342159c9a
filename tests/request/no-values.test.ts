import { GraphQLError } from 'graphql';
import { describe, expect, it } from 'vitest';
import type { CompiledAnswer } from '../../src/answer/compile-answer.ts';
import { HubError } from '../../src/errors.ts';
import { describeError } from '../../src/logger.ts';
import { hubGraph } from '../support/hub-graph.ts';
import { citizenId } from '../support/residents.ts';
import { execute, type Run, type RunOptions } from '../support/run-operation.ts';
import { policeRow, sampleTables } from '../support/sample-tables.ts';
import { masked, permitAllBut } from '../support/table-policy.ts';

const id = citizenId(8);
const I = 'query($v: ResidentIdentifier!)';
const name = '{ resident(identifier: $v) { name } }';

/** Everything that leaves the hub but for the data: the answer, and what is logged of it. */
function everything({ result, text, story, unknown, findings }: Run): string {
  const thrown = (result.errors ?? []).flatMap((error) =>
    'originalError' in error ? error.originalError : [],
  );
  return [
    text,
    ...[...unknown, ...thrown].map((error) => JSON.stringify(describeError(error))),
    JSON.stringify(findings),
    JSON.stringify([story.operation, story.decisions, story.reads, [...story.errors]]),
  ].join('\n');
}

describe('an identity number in what is refused is in no answer and no log', () => {
  it.each<[what: string, source: string, variables: unknown, operationName?: string]>([
    ['a variable of another type', `${I} ${name}`, { v: id }],
    ['a variable in a list', `${I} ${name}`, { v: [id] }],
    ['a member of the wrong type', `${I} ${name}`, { v: { value: [id] } }],
    ['a member of another name', `${I} ${name}`, { v: { value: id, [id]: id } }],
    ['an enum value', `${I} ${name}`, { v: { type: id, value: id } }],
    ['a member that is missing', `${I} ${name}`, { v: { type: 'CITIZEN_ID', id } }],
    ['a variable that is null', `query($v: ResidentIdentifier = {value: "${id}"}) ${name}`, { v: null }],
    [
      'a variable inside that is null',
      `query($v: String = "${id}") { resident(identifier: {value: $v}) { name } }`,
      { v: null },
    ],
    [
      'a variable of a condition',
      `query($v: Boolean!) { resident(identifier: {value: "${id}"}) { name @include(if: $v) } }`,
      { v: id },
    ],
    [
      'a bound of a list',
      `query($v: Int) { resident(identifier: {value: "1"}) { justice { mediationCases(first: $v) { dispute } } } }`,
      { v: Number(id.slice(0, 15)) },
    ],
    ['a literal', `{ resident(identifier: "${id}") { name } }`, {}],
    [
      'a literal bound',
      `{ resident(identifier: {value: "${id}"}) { justice { mediationCases(first: -${id.slice(0, 9)}) { dispute } } } }`,
      {},
    ],
    ['an unknown field', `{ resident(identifier: {value: "${id}"}) { x${id} } }`, {}],
    ['a syntax error', `{ resident(identifier: {value: "${id}" `, {}],
    ['a syntax error at the number', `{ resident(identifier: ${id}${id}x) { name } }`, {}],
    ['an operation name that is not there', '{ __typename }', {}, `Q${id}`],
    ['an operation name that is', `query Q${id} { resident(identifier: {value: "x"}) { name } }`, {}],
    ['an identifier that fails its check', `${I} ${name}`, { v: { value: `${id.slice(0, 17)}A` } }],
    ['an identifier of another kind', `${I} ${name}`, { v: { type: 'PERMANENT_RESIDENCE_ID', value: id } }],
    ['a reference that is none', `${I} ${name}`, { v: { type: 'RESIDENT_ID', value: id } }],
    [
      'too many of them',
      'query($v: [ResidentIdentifier!]!) { residents(identifiers: $v) { name } }',
      { v: Array.from({ length: 1001 }, () => ({ value: id })) },
    ],
    [
      'a filter that is denied',
      `query($v: String) { resident(identifier: {value: "x"}) { justice { mediationCases(caseNumber: $v) { dispute } } } }`,
      { v: id },
    ],
  ])('%s', async (_, source, variables, operationName) => {
    const run = await execute(source, variables as Record<string, unknown>, {
      decisions: { 'PoliceRecord.name': masked('NAME') },
      ...(operationName ? { operationName } : {}),
    });
    expect(run.errors.length + Number(run.data !== undefined)).toBeGreaterThan(0);
    const text = everything(run);
    for (const part of [id, id.slice(0, 17), id.slice(6, 14)]) expect(text).not.toContain(part);
    expect(run.unknown).toEqual([]);
  });
});

describe('what a department said is in no error and no log', () => {
  const tables = { ...sampleTables([id]), PoliceRecord: [policeRow(id, 0)] };
  const decisions = permitAllBut(hubGraph, {
    'PoliceRecord.name': masked('NAME'),
    'PoliceRecord.citizenId': masked('CITIZEN_ID'),
  });
  const source = `${I} { resident(identifier: $v) { police { name citizenId sex birthDate } justice { legalAidCount } } }`;

  it.each<[what: string, options: RunOptions]>([
    [
      'an error of its driver',
      { behaviours: { 'police-population': { failure: new Error(`duplicate key (${id}) 居民0`) } } },
    ],
    [
      'an error of ours with a cause',
      {
        behaviours: {
          'police-population': {
            failure: new HubError('SOURCE_FAULT', { cause: new Error(`row ${id} 居民0`) }),
          },
        },
      },
    ],
    [
      'something thrown that is no error',
      { behaviours: { 'police-population': { failure: `${id} 居民0` as unknown as Error } } },
    ],
    [
      'values of the wrong type',
      { tables: { ...tables, PoliceRecord: [{ ...policeRow(id, 0), xm: ['居民0'], xbdm: { code: id } }] } },
    ],
    [
      'values that cannot be read',
      { tables: { ...tables, PoliceRecord: [{ ...policeRow(id, 0), csrq: id, xbdm: id }] } },
    ],
    [
      'numbers that cannot be written',
      {
        tables: {
          ...tables,
          JusticeRecord: [{ idType: '111', idNumber: id, legalAid: { count: Number(id.slice(0, 15)) } }],
        },
      },
    ],
  ])('%s', async (_, options) => {
    const run = await execute(source, { v: { value: id } }, { tables, decisions, ...options });
    expect(run.data.resident).not.toBeNull();
    const text = everything(run);
    expect(text).not.toContain(id);
    expect(text).not.toContain('居民0');
    expect(text).not.toContain(id.slice(6, 14));
  });
});

describe('what nobody foresaw', () => {
  it('is INTERNAL with the request’s id, and the original goes to the log alone', async () => {
    const policy = {
      fingerprint: 'f',
      decide: () => {
        throw new RangeError(`secret of ${id}`);
      },
      validUntil: () => 0,
      pageSize: () => 10,
    };
    const run = await execute(`${I} ${name}`, { v: { value: id } }, { policy });
    expect(run.errors.map(({ extensions }) => extensions)).toEqual([
      {
        code: 'INTERNAL',
        retryable: true,
        requestId: run.story.requestId,
        http: { status: 500, headers: {} },
      },
    ]);
    expect(run.unknown).toHaveLength(1);
    expect(everything(run)).not.toMatch(/secret|RangeError: /);
    expect(run.data).toBeUndefined();
  });

  it('beside data leaves the status at 200', async () => {
    const { createGeneration } = await import('../../src/request/generation.ts');
    const { defaultHubLimits } = await import('../../src/config.ts');
    const generation = createGeneration(hubGraph, defaultHubLimits);
    const compiled: CompiledAnswer = {
      resolveHub: async () => ({ data: {}, errors: [new GraphQLError(`Enum cannot represent "${id}"`)] }),
      write: () => Buffer.from('{"resident":null}'),
    };
    const run = await execute(
      `${I} ${name}`,
      { v: { value: id } },
      {
        generation: { ...generation, compile: () => compiled },
        decisions: permitAllBut(hubGraph, {}),
      },
    );
    expect(run.errors.map(({ extensions }) => [extensions?.['code'], extensions?.['http']])).toEqual([
      ['INTERNAL', undefined],
    ]);
    expect(everything(run)).not.toContain(id);
  });

  it('an error is logged by class, code and place; its message only where it is ours', () => {
    const inner = new TypeError(`inner ${id}`);
    const told = JSON.stringify(
      describeError(new HubError('SOURCE_FAULT', { hint: 'Ours.', details: { source: 'a' }, cause: inner })),
    );
    expect(told).toContain('Ours.');
    expect(told).toContain('"type":"TypeError"');
    expect(told).toContain('no-values.test.ts');
    expect(told).not.toContain(id);
    expect(describeError(id)).toEqual({ type: 'string' });
  });
});
