import { beforeEach, describe, expect, it } from 'vitest';
import { defaultHubLimits } from '../../src/config.ts';
import type { Graph } from '../../src/contract/graph.ts';
import { HubError } from '../../src/errors.ts';
import type { FieldPolicy } from '../../src/policies/decision.ts';
import { createVerifyResident } from '../../src/request/verify-resident.ts';
import type { ResidentIdentifier } from '../../src/resident/identifier.ts';
import { attachResolvers } from '../../src/resolvers/planned.ts';
import { healthSdl } from '../support/health-fixture.ts';
import { composeWithoutResolvers } from '../support/hub-graph.ts';
import { createRecording, type RecordingOptions } from '../support/recording-connector.ts';
import { citizenId } from '../support/residents.ts';
import { codes, execute, type Run, type RunOptions, testNow } from '../support/run-operation.ts';
import { policeRow } from '../support/sample-tables.ts';
import {
  createTablePolicy,
  type DecisionTable,
  inRegion,
  permit,
  permitIf,
} from '../support/table-policy.ts';

const id = citizenId(1);
const nobody = citizenId(99);
const down = new HubError('SOURCE_UNAVAILABLE');
const police = { ...policeRow(id, 1), xm: '张三' };

let policy: FieldPolicy;
let recording: ReturnType<typeof createRecording>;
let isCounted = true;
let counted: { person: ResidentIdentifier; claims: number }[] = [];
let findings: Readonly<Record<string, unknown>>[] = [];

const verification = createVerifyResident({
  limits: defaultHubLimits,
  policy: () => policy,
  inForce: () => ({ agreements: [], purposes: new Map() }),
  connectors: () => recording.connectors,
  references: { reveal: () => undefined },
  countClaims: async ({ person, claims }) => {
    counted.push({ person, claims });
    return isCounted;
  },
  onFindings: (found) => findings.push(found),
  now: () => testNow,
});
const foundingGraph = composeWithoutResolvers();
attachResolvers(foundingGraph, verification);
/** With a record that two sources keep. */
const healthGraph = composeWithoutResolvers(healthSdl);
attachResolvers(healthGraph, verification);

const granted: DecisionTable = { 'PoliceRecord.name#verify': permit };

interface VerifyOptions extends Partial<RecordingOptions> {
  readonly decisions?: DecisionTable;
  readonly pageSize?: number;
  readonly graph?: Graph;
  readonly run?: RunOptions;
}

async function ask(source: string, options: VerifyOptions = {}): Promise<Run> {
  const { decisions = granted, pageSize = 1_000, graph = foundingGraph, run, ...departments } = options;
  policy = createTablePolicy(decisions, {
    pageSize,
    fingerprint: JSON.stringify([decisions, pageSize]),
  });
  recording = createRecording(graph, { tables: { PoliceRecord: [police] }, ...departments });
  return execute(source, {}, { graph, policy, connectors: recording.connectors, ...run });
}

/** One call of the field, with an alias of its own. */
const call = (person: string, claims: Readonly<Record<string, string>>, alias = 'v') =>
  `${alias}: verifyResident(identifier: { value: "${person}" }, claims: [${Object.entries(claims)
    .map(([field, value]) => `{ field: "${field}", value: "${value}" }`)
    .join(' ')}]) { claims { field outcome code rule explanation remedies { code } howToApply } }`;

const verify = (person: string, claims: Readonly<Record<string, string>>, options?: VerifyOptions) =>
  ask(`{ ${call(person, claims)} }`, options);
const outcomes = ({ data }: Run) => data.v.claims.map(({ outcome }: { outcome: string }) => outcome);

beforeEach(() => {
  isCounted = true;
  counted = [];
  findings = [];
});

describe('the limits of a request', () => {
  const people = Array.from({ length: 20 }, (_, n) => citizenId(n + 1));
  const each = (claims: Readonly<Record<string, string>>, of = people) =>
    `{ ${of.map((person, n) => call(person, claims, `v${n}`)).join(' ')} }`;
  const everywhere = [
    'PoliceRecord.name',
    'CivilAffairsRecord.name',
    'SocialSecurityRecord.name',
    'JusticeRecord.name',
  ];
  const all = Object.fromEntries(everywhere.map((field) => [`${field}#verify`, permit]));
  const refused = ({ errors }: Run) =>
    errors.map(({ extensions: { code, limit, allowed } = {} }) => [code, limit, allowed]);

  it('hold for the reads of all verifications together, before anybody is counted or asked', async () => {
    const claims = Object.fromEntries(everywhere.map((field) => [field, '张三']));
    const run = await ask(each(claims), { decisions: all });
    expect(refused(run)).toEqual([['OPERATION_LIMIT_EXCEEDED', 'maxReads', 60]]);
    expect([counted, recording.reads]).toEqual([[], []]);
    const fewer = await ask(each(claims, people.slice(0, 15)), { decisions: all });
    expect(codes(fewer)).toEqual([]);
    expect(recording.reads).toHaveLength(60);
  });

  it('hold for claims that stand in variables, and for one question under many aliases', async () => {
    const aliases = Array.from(
      { length: 20 },
      (_, n) => `v${n}: verifyResident(identifier: $i, claims: $c) { claims { outcome } }`,
    );
    policy = createTablePolicy(all);
    const claims = everywhere.map((field) => ({ field, value: 'x' }));
    const run = await execute(
      `query($i: ResidentIdentifier!, $c: [ResidentClaim!]!) { ${aliases.join(' ')} }`,
      { i: { value: id }, c: claims },
      { graph: foundingGraph, policy },
    );
    expect(refused(run)).toEqual([['OPERATION_LIMIT_EXCEEDED', 'maxReads', 60]]);
  });

  it('hold for people, as many as the agreements that let them be verified allow', async () => {
    const claims = { 'PoliceRecord.name': '张三' };
    const two = await ask(each(claims, people.slice(0, 2)), { pageSize: 1 });
    expect(refused(two)).toEqual([['TOO_MANY_IDENTIFIERS', undefined, 1]]);
    expect([counted, recording.reads]).toEqual([[], []]);
    expect(codes(await ask(each(claims, people.slice(0, 1)), { pageSize: 1 }))).toEqual([]);
    const beside = `{ resident(identifier: { value: "${id}" }) { name } ${call(nobody, claims)} }`;
    const decisions = { ...granted, 'PoliceRecord.name': permit };
    expect(codes(await ask(beside, { decisions, pageSize: 1 }))).toEqual(['TOO_MANY_IDENTIFIERS']);
    expect(codes(await ask(beside, { decisions, pageSize: 2 }))).toEqual([]);
  });

  it('hold for what the reads cost', async () => {
    const run = await ask(each({ 'PoliceRecord.name': '张三' }), { run: { limits: { maxCost: 39 } } });
    expect(refused(run)).toEqual([['OPERATION_LIMIT_EXCEEDED', 'maxCost', 39]]);
  });

  it('leave out what is not asked', async () => {
    const skipped = each({ 'PoliceRecord.name': '张三' }).replaceAll(') {', ') @skip(if: $s) {');
    expect(codes(await ask(`query($s: Boolean = true) ${skipped}`, { pageSize: 1 }))).toEqual([]);
    expect(counted).toEqual([]);
  });
});

describe('whether somebody exists', () => {
  const claims = { 'PoliceRecord.name': '李四' };

  it.each<[string, Partial<RecordingOptions>, string]>([
    ['a wrong value', {}, ''],
    ['an empty column', { tables: { PoliceRecord: [{ ...police, xm: '' }] } }, ''],
    [
      'two rows where one is declared',
      { tables: { PoliceRecord: [police, { ...police, xm: '李四' }] } },
      'ambiguousRow',
    ],
    ['a value of the wrong type', { tables: { PoliceRecord: [{ ...police, xm: ['李四'] }] } }, 'wrongType'],
  ])('cannot be told from %s', async (_, departments, finding) => {
    const none = await verify(nobody, claims, departments);
    expect(outcomes(none)).toEqual(['NO_MATCH']);
    expect(findings).toEqual([]);
    const some = await verify(id, claims, departments);
    expect(some.data).toEqual(none.data);
    expect(some.errors).toEqual(none.errors);
    expect(JSON.stringify(findings)).toContain(finding);
    expect(JSON.stringify(findings)).not.toContain('李四');
  });

  it('cannot be told from an outage', async () => {
    const departments = { behaviours: { 'police-population': { failure: down } } };
    const none = await verify(nobody, claims, departments);
    expect(none.data.v.claims).toEqual([
      {
        field: 'PoliceRecord.name',
        outcome: 'NOT_AVAILABLE',
        code: 'SOURCE_UNAVAILABLE',
        rule: 'test#permit',
        explanation: expect.stringContaining('暂时无法应答'),
        remedies: [],
        howToApply: null,
      },
    ]);
    expect((await verify(id, claims, departments)).data).toEqual(none.data);
  });

  it('cannot be told from an outage of one of two sources; what is right is told', async () => {
    const options: VerifyOptions = {
      graph: healthGraph,
      decisions: { 'HealthCard.number#verify': permit },
      tables: (source) =>
        source === 'health-east' ? { HealthCard: [{ id_no: id, no: 'CARD-E', issuer: '东' }] } : {},
      behaviours: { 'health-west': { failure: down } },
    };
    const wrong = { 'HealthCard.number': 'CARD-W' };
    const none = await verify(nobody, wrong, options);
    expect(outcomes(none)).toEqual(['NOT_AVAILABLE']);
    expect((await verify(id, wrong, options)).data).toEqual(none.data);
    expect(outcomes(await verify(id, { 'HealthCard.number': 'card-e' }, options))).toEqual(['MATCH']);
  });

  it('cannot be told from being out of the agreement’s rows', async () => {
    const decisions = { 'PoliceRecord.name#verify': permitIf(inRegion) };
    const right = { 'PoliceRecord.name': '张三' };
    const within = { decisions, run: { subject: { region: '330105' } } };
    const elsewhere = { decisions, run: { subject: { region: '110101' } } };
    expect(outcomes(await verify(id, right, within))).toEqual(['MATCH']);
    const outside = await verify(id, right, elsewhere);
    expect(outcomes(outside)).toEqual(['NO_MATCH']);
    expect(outside.data).toEqual((await verify(nobody, right, elsewhere)).data);
    expect(outcomes(await verify(id, right, { decisions }))).toEqual(['NO_MATCH']);
  });
});

describe('what is refused', () => {
  const claims = { 'PoliceRecord.name': '张三' };

  it('says why, what would change it and how to apply', async () => {
    const { data } = await verify(id, claims, { decisions: {} });
    expect(data.v.claims).toEqual([
      {
        field: 'PoliceRecord.name',
        outcome: 'NOT_AVAILABLE',
        code: 'FIELD_DENIED',
        rule: 'default-deny',
        explanation: expect.stringContaining('没有协议'),
        remedies: [{ code: 'APPLY' }],
        howToApply: expect.stringContaining('公安'),
      },
    ]);
  });

  it('beyond the bound of the day is on record without a decision, and says until when', async () => {
    isCounted = false;
    const { data, errors, story } = await verify(id, claims);
    expect(data).toEqual({ v: null });
    // Noon in China.
    expect(errors[0]?.extensions).toMatchObject({
      code: 'RATE_LIMITED',
      limit: 'claims',
      max: 10,
      retryAfterSeconds: 43_200,
    });
    expect(story.decisions.map(({ coordinate }) => coordinate)).toEqual(['Query.verifyResident']);
    expect(story.residents).toEqual([{ type: 'CITIZEN_ID', value: id }]);
    expect(recording.reads).toEqual([]);
  });

  it('for too many claims in one call is on record with the person', async () => {
    const source = `{ ${call(id, claims).replace(
      '[',
      `[${'{ field: "PoliceRecord.name", value: "x" } '.repeat(10)}`,
    )} }`;
    const { errors, story } = await ask(source);
    expect(errors[0]?.extensions).toMatchObject({
      code: 'OPERATION_LIMIT_EXCEEDED',
      limit: 'maxClaimsPerPerson',
      retryable: false,
    });
    expect(story.residents).toEqual([{ type: 'CITIZEN_ID', value: id }]);
    expect(story.decisions).toHaveLength(1);
    expect(counted).toEqual([]);
  });
});

describe('the operator', () => {
  it('hears of reads that failed', async () => {
    await verify(
      id,
      { 'PoliceRecord.name': '张三' },
      { behaviours: { 'police-population': { failure: down } } },
    );
    expect(findings).toContainEqual(
      expect.objectContaining({ source: 'police-population', outcome: 'SOURCE_UNAVAILABLE' }),
    );
    expect(findings).toContainEqual(
      expect.objectContaining({
        problems: [{ coordinate: 'Resident.police', code: 'SOURCE_UNAVAILABLE', count: 1 }],
      }),
    );
  });
});
