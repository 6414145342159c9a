import { describe, expect, it } from 'vitest';
import { defaultHubLimits } from '../../src/config.ts';
import { createGeneration } from '../../src/request/generation.ts';
import { hubGraph } from '../support/hub-graph.ts';
import { askedColumns, type Tables } from '../support/recording-connector.ts';
import { execute, type Run, type RunOptions } from '../support/run-operation.ts';
import { sampleTables } from '../support/sample-tables.ts';
import {
  createTablePolicy,
  deny,
  inRegion,
  masked,
  permitAllBut,
  permitIf,
} from '../support/table-policy.ts';
import { type Attempt, attempts, far, near, targets } from './attempts.ts';

const base = sampleTables([near, far]);
const tables: Tables = {
  ...base,
  PoliceRecord: [near, far].map((id) => ({
    ...base['PoliceRecord']?.[0],
    gmsfhm: id,
    xm: targets.name.value,
    csrq: '19760704',
    lxdh: targets.phone.value,
    zdrybs: targets.watchFlag.value,
    hh: targets.householdNumber.value,
    qhdm: id === near ? '330106001001' : '510104001001',
  })),
  ...placeRows(),
  PoliceResidencePermit: [near, far].map((gmsfhm) => ({ gmsfhm, xm: '居民', csrq: '19900506' })),
  PoliceHousehold: [{ hh: targets.householdNumber.value, hzxm: '户主', rs: 3 }],
  CivilAffairsRecord: [near, far].map((id) => ({
    idCard: id,
    realName: id === near ? '域内某人' : targets.farName.value,
    assistance: { kind: 'A' },
  })),
  CivilAffairsMarriage: [near, far].map((id) => ({
    idCard: id,
    regDate: '2015-05-20',
    regOrgan: '登记处',
    spouse: { name: id === near ? '域内配偶' : targets.farMarriages.value },
  })),
  JusticeMediationCase: [
    {
      idNumber: near,
      caseNo: targets.caseNumber.value,
      disputeKind: '邻里',
      parties: [{ name: targets.party.value, role: '申请人' }],
    },
  ],
};

/** Both live in one flat, though they are registered in different districts. */
function placeRows(): Tables {
  const household = { hh: targets.householdNumber.value, fwbm: 'FW1' };
  const everybody = [near, far].map((gmsfhm) => ({ gmsfhm, ...household }));
  const dwelling = { fwbm: 'FW1', ldbm: 'B1', lc: 5, sh: '501' };
  return {
    'PoliceHouseholdRecord.members': everybody,
    'PoliceDwelling.residents': everybody,
    PoliceResidence: everybody,
    PoliceHouseholdRecord: [household],
    'PoliceDwelling.households': [household],
    PoliceDwelling: [dwelling],
    'PoliceBuilding.dwellings': [dwelling],
    'CivilAffairsGrid.buildings': [{ gridCode: 'G1', buildingCode: 'B1' }],
  };
}

const strict = createTablePolicy(
  permitAllBut(hubGraph, {
    'PoliceRecord.phone': deny,
    'PoliceRecord.watchFlag': { effect: 'DENY', rule: 'share:NON_SHARED', reason: 'NOT_SHARED' },
    'PoliceRecord.name': masked('NAME'),
    'PoliceRecord.birthDate': masked('YEAR'),
    'PoliceRecord.householdNumber': deny,
    'PoliceHousehold.number': deny,
    'CivilAffairsRecord.name': permitIf(inRegion),
    'CivilAffairsMarriage.spouseName': permitIf(inRegion),
    'JusticeMediationCase.caseNumber': deny,
    'JusticeParty.name': deny,
    'PoliceDwelling.residents': deny,
  }),
);
const generous = createTablePolicy(permitAllBut(hubGraph, {}));
const subject = { client: 'strict', region: '3301' };

function run(attempt: Attempt, options: RunOptions): Promise<Run> {
  const { source, operationName } = attempt;
  const uses = (name: string) => new RegExp(`\\$${name}\\b`).test(source);
  const variables: Record<string, unknown> = Object.create(null);
  if (uses('i')) variables['i'] = { value: near };
  if (uses('is')) variables['is'] = [{ value: near }, { value: far }];
  for (const [name, value] of Object.entries(attempt.variables ?? {})) variables[name] = value;
  return execute(source, variables, { tables, ...options, ...(operationName ? { operationName } : {}) });
}

function expectNothing(attempt: Attempt, result: Run): void {
  const { column, value, isAsked } = targets[attempt.target];
  expect(result.unknown).toEqual([]);
  expect(result.text).not.toContain(value);
  expect(JSON.stringify(result.story.plan?.decisions ?? [])).not.toContain(value);
  if (!isAsked) expect([...askedColumns(result.reads)]).not.toContain(column);
  // Nobody out of scope is asked about: not their keys, let alone their columns.
  if (attempt.target.startsWith('far')) {
    const asked = result.reads.filter(({ request }) =>
      request.columns.includes(column.split('.').slice(1).join('.')),
    );
    for (const { request } of asked) expect(request.keys.flat()).not.toContain(far);
  }
  if (attempt.isRefused) expect(result.reads).toEqual([]);
}

function expectAll(attempt: Attempt, result: Run): void {
  const { column, value } = targets[attempt.target];
  expect(result.unknown).toEqual([]);
  if (attempt.isRefused) {
    expect(result.data ?? null).toBeNull();
    expect(result.reads).toEqual([]);
    return;
  }
  if (attempt.isBlind) return;
  expect(result.errors).toEqual([]);
  expect(result.text).toContain(value);
  if (attempt.target !== 'householdNumber') expect([...askedColumns(result.reads)]).toContain(column);
}

it('tries at least 45 ways to get at a column', () => {
  expect(
    new Set(attempts.map(({ source, variables }) => source + JSON.stringify(variables))).size,
  ).toBeGreaterThan(150);
  expect(attempts.filter(({ target }) => target === 'phone').length).toBeGreaterThanOrEqual(45);
});

// The guarantee of every field permission: decided by (parent type, field), before any department is asked.
describe('a caller who may not see it', () => {
  it.each(attempts.map((attempt) => [attempt.target, attempt.what, attempt] as const))(
    '%s, %s',
    async (_, __, attempt) => {
      const result = await run(attempt, { policy: strict, subject });
      expectNothing(attempt, result);
      const denied = targets[attempt.target];
      if (!attempt.isRefused && !attempt.isBlind && !denied.isAsked) {
        expect(result.errors.map(({ extensions }) => extensions?.['code'])).toContain('FIELD_DENIED');
      }
    },
  );
});

describe('a caller who may', () => {
  it.each(attempts.map((attempt) => [attempt.target, attempt.what, attempt] as const))(
    '%s, %s',
    async (_, __, attempt) => {
      expectAll(attempt, await run(attempt, { policy: generous, subject: { client: 'generous' } }));
    },
  );
});

it('filters by a denied field ask nothing and say so', async () => {
  for (const attempt of attempts.filter(({ what }) => what.startsWith('by filtering'))) {
    const result = await run(attempt, { policy: strict, subject });
    expect(result.errors.map(({ extensions }) => extensions?.['code'])).toEqual(['FILTER_NOT_AVAILABLE']);
    expect(result.reads.filter(({ request }) => request.entity === 'JusticeMediationCase')).toEqual([]);
  }
});

it('both callers at once, 200 times each, never see what is the other’s', async () => {
  const generation = createGeneration(hubGraph, {
    ...defaultHubLimits,
    maxCachedOperations: 40,
    maxCachedPlans: 20,
  });
  const runs = Array.from({ length: 200 }, (_, n) => {
    const attempt = attempts[(n * 7) % attempts.length] ?? attempts[0];
    if (!attempt) throw new TypeError('there are attempts');
    const turn = Promise.resolve().then(async () => {
      for (let i = 0; i < n % 5; i++) await undefined;
    });
    const waits = Object.fromEntries([...hubGraph.sources.keys()].map((name) => [name, { waitsFor: turn }]));
    return [
      run(attempt, { policy: strict, subject, generation, behaviours: waits }).then((result) =>
        expectNothing(attempt, result),
      ),
      run(attempt, { policy: generous, subject: { client: 'generous' }, generation, behaviours: waits }).then(
        (result) => expectAll(attempt, result),
      ),
    ];
  });
  await Promise.all(runs.flat());
});
