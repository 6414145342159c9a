import { describe, expect, it } from 'vitest';
import { HubError } from '../../src/errors.ts';
import type { RowRule } from '../../src/policies/agreement.ts';
import { healthGraph } from '../support/health-fixture.ts';
import { hubGraph } from '../support/hub-graph.ts';
import type { SourceBehaviour, Tables } from '../support/recording-connector.ts';
import { citizenIds, identifiers } from '../support/residents.ts';
import { comparable, execute, type Run } from '../support/run-operation.ts';
import { deny, inRegion, permitAllBut, permitIf } from '../support/table-policy.ts';

/** `inside` and `bare` live in the caller's street; of `bare` the other departments hold nothing. */
const [inside = '', outside = '', bare = '', unknown = ''] = citizenIds(4);

const tables: Tables = {
  PoliceRecord: [
    { gmsfhm: inside, xm: '甲', csrq: '19900506', qhdm: '330106001001', hh: 'H1' },
    { gmsfhm: outside, xm: '乙', csrq: '19900506', qhdm: '510104001001', hh: 'H2' },
    { gmsfhm: bare, xm: '丙', csrq: '19900506', qhdm: '330106001001', hh: 'H3' },
  ],
  CivilAffairsRecord: [inside, outside].map((idCard) => ({ idCard, realName: '某人' })),
  CivilAffairsMarriage: [inside, outside].map((idCard) => ({
    idCard,
    regDate: '2015-05-20',
    spouse: { name: '配偶' },
  })),
};

const ofAge: RowRule = { op: 'range', attribute: 'PoliceRecord.age', gte: 18 };
const decisions = permitAllBut(hubGraph, {
  'CivilAffairsRecord.name': permitIf(inRegion),
  'CivilAffairsMarriage.spouseName': permitIf(inRegion),
  'PoliceRecord.phone': permitIf(inRegion),
  'PoliceRecord.name': permitIf({ op: 'and', rules: [inRegion, ofAge] }),
});

const gateSource = 'police-population';
const dataSource = 'civil-affairs-registry';
const up: SourceBehaviour = {};
const down: SourceBehaviour = { failure: new HubError('SOURCE_UNAVAILABLE') };
const faulty: SourceBehaviour = { failure: new HubError('SOURCE_FAULT') };

function ask(
  ids: readonly string[],
  selection: string,
  behaviours: Readonly<Record<string, SourceBehaviour>>,
): Promise<Run> {
  const source = `query($is: [ResidentIdentifier!]!) { residents(identifiers: $is) { ${selection} } }`;
  const subject = { region: '330106' };
  return execute(source, { is: identifiers(ids) }, { tables, decisions, subject, behaviours });
}

const selections = [
  'civilAffairs { name }',
  'civilAffairs { name marriages { spouseName } }',
  'civilAffairs { __typename name } sections { ... on CivilAffairsRecord { department name } }',
  'name police { name phone }',
];
const states = { up, down, faulty };
type State = keyof typeof states;
const combinations = (dataStates: readonly State[]) =>
  selections.flatMap((selection) =>
    (['up', 'down', 'faulty'] as const).flatMap((gate) =>
      dataStates.map((data) => [gate, data, selection] as const),
    ),
  );
const inState = (gate: State, data: State) => ({ [gateSource]: states[gate], [dataSource]: states[data] });

describe('an outage does not tell who passed a gate', () => {
  it.each(combinations(['up', 'down']))('gate %s, department %s: %s', async (gate, data, selection) => {
    const people = [outside, bare, unknown];
    const answers = await Promise.all(people.map((id) => ask([id], selection, inState(gate, data))));
    // While the police answer, the caller may see their record of `bare`.
    const isSeen = gate === 'up' && selection.includes('police');
    const alike = isSeen ? [answers[0], answers[2]] : answers;
    expect(new Set(alike.map((run) => run && comparable(run))).size).toBe(1);
    expect(answers.flatMap((run) => run.unknown)).toEqual([]);
  });

  it.each(combinations(['up', 'down', 'faulty']))(
    'nor among several: gate %s, department %s: %s',
    async (gate, data, selection) => {
      const told = async (ids: readonly string[]) => {
        const { result, errors } = await ask(ids, selection, inState(gate, data));
        const { sources } = result.extensions as { sources: { outcome: string }[] };
        return { errors, outcomes: sources.map(({ outcome }) => outcome) };
      };
      const mixed = await told([inside, outside]);
      expect(mixed).toEqual(await told([inside, bare]));
      expect(mixed).toEqual(await told([unknown, inside]));
    },
  );

  it('names a department that does not answer, whoever lives where', async () => {
    const { errors, result } = await ask([outside], 'civilAffairs { name }', { [dataSource]: down });
    expect(errors.map(({ extensions }) => extensions)).toEqual([
      {
        code: 'SOURCE_UNAVAILABLE',
        retryable: true,
        coordinate: 'Resident.civilAffairs',
        department: 'civil-affairs',
        responsePath: 'residents.*.civilAffairs',
        count: 1,
      },
    ]);
    expect(result.extensions?.['sources']).toMatchObject([
      { source: dataSource, outcome: 'SOURCE_UNAVAILABLE' },
    ]);
  });

  it('asks a department that is left nobody to ask about whether it answers, and no more than that', async () => {
    const { reads, probes, story } = await ask(
      [outside],
      'a: civilAffairs { name } civilAffairs { marriages { spouseName } }',
      {},
    );
    expect(reads.map(({ source }) => source)).toEqual([gateSource]);
    expect(probes).toEqual([dataSource]);
    expect(story.reads.map(({ source }) => source)).toEqual([gateSource]);
    expect((await ask([inside], 'civilAffairs { name }', {})).probes).toEqual([]);
  });
});

describe('an outage does not tell of whom another record leads to a key', () => {
  const [eastern = '', elsewhere = '', keyless = '', nobody = ''] = citizenIds(4);
  const indexed = (id: string, pno: string | null, county: string) => ({
    id_type: 'CITIZEN_ID',
    id_no: id,
    pno,
    county,
  });
  const perSource: Record<string, Tables> = {
    'health-index': {
      HealthRecord: [
        indexed(eastern, 'P1', 'E01'),
        indexed(elsewhere, 'P2', 'N01'),
        indexed(keyless, null, 'E01'),
      ],
    },
    'health-east': { HealthClinic: [{ pno: 'P1', clinic_name: '东院', beds: '12' }] },
  };
  /** The caller may see what the sources hold, but not the index that leads there. */
  const hidden = permitAllBut(healthGraph, {
    'HealthRecord.patientNumber': deny,
    'HealthRecord.county': deny,
  });
  const read = (ids: readonly string[], broken: readonly string[], failure: SourceBehaviour) =>
    execute(
      'query($is: [ResidentIdentifier!]!) { residents(identifiers: $is) { health { clinic { name } } } }',
      { is: identifiers(ids) },
      {
        graph: healthGraph,
        decisions: hidden,
        tables: (name) => perSource[name] ?? {},
        behaviours: Object.fromEntries(broken.map((source) => [source, failure])),
      },
    );

  it.each([
    ['the record that leads there', ['health-index'], down],
    ['the record that leads there, and where it leads', ['health-index', 'health-east'], faulty],
    ['where it leads', ['health-east'], down],
    ['all of them', ['health-index', 'health-east', 'health-west'], down],
  ] as const)('broken: %s', async (_, broken, failure) => {
    const people = [eastern, elsewhere, keyless, nobody];
    const answers = await Promise.all(people.map((id) => read([id], broken, failure)));
    expect(new Set(answers.map(comparable)).size).toBe(1);
    expect(answers[0]?.errors).not.toEqual([]);
  });

  it('and nothing is broken for anybody while all answer', async () => {
    const answers = await Promise.all([elsewhere, keyless, nobody].map((id) => read([id], [], up)));
    expect(answers.flatMap(({ errors }) => errors)).toEqual([]);
    expect(answers.map(({ data }) => data.residents)).toEqual([1, 2, 3].map(() => [{ health: null }]));
  });
});

describe('a gate that cannot be read', () => {
  it.each([down, faulty])('says that access could not be checked, and names no department', async (state) => {
    const { data, errors, result, reads } = await ask([inside, outside], 'civilAffairs { name }', {
      [gateSource]: state,
    });
    expect(data.residents).toEqual([{ civilAffairs: null }, { civilAffairs: null }]);
    expect(errors).toEqual([
      {
        message: expect.stringMatching(/核验.*could not be checked/),
        extensions: {
          code: 'ACCESS_UNCHECKED',
          retryable: true,
          coordinate: 'Resident.civilAffairs',
          responsePath: 'residents.*.civilAffairs',
          count: 2,
        },
      },
    ]);
    expect(result.extensions?.['sources']).toEqual([
      expect.objectContaining({ source: dataSource, outcome: 'ACCESS_UNCHECKED' }),
    ]);
    expect(JSON.stringify([errors, result.extensions])).not.toContain('police');
    expect(reads.map(({ source }) => source)).toEqual([gateSource]);
  });
});
