import { describe, expect, it } from 'vitest';
import { joinTelemetry, type RequestTrace, silentTelemetry } from '../../src/telemetry/telemetry.ts';
import { citizenId } from '../support/residents.ts';
import { execute, type RunOptions } from '../support/run-operation.ts';
import { permit } from '../support/table-policy.ts';

/** Writes down what begins and what ends. */
function record(): { readonly told: string[]; readonly trace: RequestTrace } {
  const told: string[] = [];
  const begin = (what: string) => {
    told.push(`+${what}`);
    return (outcome?: string) => void told.push(`-${what}${outcome === undefined ? '' : ` ${outcome}`}`);
  };
  return {
    told,
    trace: {
      chapter: (name) => {
        const end = begin(name);
        return () => end();
      },
      read: ({ source }) => begin(source),
      end: () => void told.push('end'),
    },
  };
}

const ending = {
  status: 200,
  kind: 'access',
  operation: undefined,
  errors: new Map(),
  effects: new Map(),
} as const;
const read = { source: 's', entity: 'E', role: 'data', columns: 1, keys: 1 };

describe('joined telemetry', () => {
  it('ends everything once, at the latest with its request', () => {
    const { told, trace } = record();
    const joined = joinTelemetry([{ begin: () => trace }, silentTelemetry]).begin();
    const endPlan = joined.chapter('plan');
    endPlan();
    endPlan();
    joined.chapter('fetch');
    const endRead = joined.read(read);
    joined.read(read)('OK');
    joined.end(ending);
    endRead('OK');
    joined.end(ending);
    joined.chapter('record')();
    joined.read(read)('OK');
    expect(told).toEqual(['+plan', '-plan', '+fetch', '+s', '+s', '-s OK', '-fetch', '-s ABANDONED', 'end']);
  });
});

describe('an operation', () => {
  const source = 'query($i: ResidentIdentifier!) { resident(identifier: $i) { name } }';
  const variables = { i: { value: citizenId(1) } };
  const gone = new AbortController();
  gone.abort(new Error('left'));

  it.each<
    [what: string, source: string, variables: Record<string, unknown>, options: RunOptions, last: string]
  >([
    ['that is answered', source, variables, { decisions: { 'PoliceRecord.name': permit } }, '-execute'],
    ['that cannot be parsed', '{', {}, {}, '-plan'],
    ['whose variables do not fit', source, {}, {}, '-plan'],
    [
      'whose caller has left',
      source,
      variables,
      { decisions: { 'PoliceRecord.name': permit }, signal: gone.signal },
      '-fetch',
    ],
  ])('%s has ended every chapter that it began', async (_, text, given, options, last) => {
    const { told, trace } = record();
    await execute(text, given, { ...options, trace });
    const names = (sign: string) =>
      told.filter((one) => one.startsWith(sign)).map((one) => one.slice(1).split(' ')[0]);
    expect(names('-').toSorted()).toEqual(names('+').toSorted());
    expect(told.at(-1)).toBe(last);
  });
});
