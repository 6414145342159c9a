import { describe, expect, it } from 'vitest';
import { HubError } from '../../src/errors.ts';
import { isActive } from '../../src/plan/collect-fields.ts';
import { defaultLimits } from '../../src/plan/limits.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { planOperation } from '../../src/plan/plan-operation.ts';
import { prepareOperation } from '../../src/plan/prepare-operation.ts';
import type { Decision, FieldPolicy } from '../../src/policies/decision.ts';
import { healthGraph } from '../support/health-fixture.ts';
import { hubGraph } from '../support/hub-graph.ts';
import { citizenId, citizenIds, identifiers } from '../support/residents.ts';
import { codes, createTestStory, execute, type RunOptions } from '../support/run-operation.ts';
import {
  createTablePolicy,
  type DecisionTable,
  deny,
  inRegion,
  masked,
  permit,
  permitAllBut,
  permitIf,
} from '../support/table-policy.ts';

const all = permitAllBut(hubGraph, {});

function plan(
  source: string,
  table: DecisionTable = all,
  options: { roles?: string[]; graph?: typeof hubGraph } = {},
): Plan {
  const graph = options.graph ?? hubGraph;
  const { subjectClass } = createTestStory({ subject: { roles: options.roles ?? [] } });
  if (!subjectClass) throw new TypeError('the story of the tests has a caller');
  const operation = prepareOperation(source, undefined, graph.schema, defaultLimits);
  return planOperation({ operation, graph, policy: createTablePolicy(table), subject: subjectClass });
}

const header = 'query($i: ResidentIdentifier!, $a: Boolean!, $b: Boolean!, $c: Boolean!)';
const on = (selection: string) =>
  `query($i: ResidentIdentifier!) { resident(identifier: $i) { ${selection} } }`;

describe('decisions', () => {
  it('are one for each selected coordinate, elements under their own name, hidden columns not among them', () => {
    const { decisions } = plan(
      on('a: name name police { name n: name household { headName } } civilAffairs { name }'),
      { ...all, 'CivilAffairsRecord.name': permitIf(inRegion) },
    );
    expect(decisions.map(({ coordinate, field, decision }) => [coordinate, field, decision.effect])).toEqual([
      ['Resident.name', 'PoliceRecord.name', 'PERMIT'],
      ['PoliceRecord.name', 'PoliceRecord.name', 'PERMIT'],
      ['PoliceHousehold.headName', 'PoliceHousehold.headName', 'PERMIT'],
      ['CivilAffairsRecord.name', 'CivilAffairsRecord.name', 'PERMIT_IF'],
    ]);
  });

  it('an element has the decision of the field that is the authority for it', () => {
    for (const decision of [deny, masked('NAME'), permitIf(inRegion), permit] satisfies Decision[]) {
      const planned = plan(on('name'), { 'PoliceRecord.name': decision, 'Resident.name': permit });
      expect(planned.decisions[0]?.decision).toEqual(decision);
    }
  });

  it('default to denial', () => {
    const { decisions, roots } = plan(
      on('id name police { sex household { headName } } sections { ... on JusticeRecord { name } }'),
      {},
    );
    expect(new Set(decisions.map(({ decision }) => decision.effect))).toEqual(new Set(['DENY']));
    expect(roots[0]?.steps).toEqual([]);
  });

  it('of the hub’s own fields follow from roles', () => {
    const source = '{ accessRecords { nodes { index } } __typename }';
    expect(plan(source).denials.map(({ coordinate }) => coordinate)).toEqual(['Query.accessRecords']);
    expect(plan(source, all, { roles: ['auditor'] }).denials).toEqual([]);
    expect(plan(source, all, { roles: ['auditor'] }).decisions.map(({ decision }) => decision.rule)).toEqual([
      'role:auditor',
    ]);
  });

  it.each([
    '{ __schema { types { name } } }',
    '{ __type(name: "Query") { name } }',
    '{ a: __schema { __typename } }',
    '{ ...F } fragment F on Query { x: __schema { queryType { name } } }',
    'query($v: Boolean!) { __schema @include(if: $v) { types { name } } }',
  ])('introspection shows callers what is theirs, and everything by role alone: %s', (source) => {
    const own = plan(source);
    expect(own.introspection?.schema).toBe('OWN');
    expect(own.decisions.map(({ decision }) => decision.rule)).toEqual(['hub:own-access']);
    const whole = plan(source, all, { roles: ['developer'] });
    expect(whole.introspection?.schema).toBe('WHOLE');
    expect(whole.decisions.map(({ decision }) => decision.rule)).toEqual(['role:developer']);
  });

  it.each([
    '{ __schema { types { name } } resident(identifier: { value: "x" }) { id } }',
    '{ __schema { types { name } } accessRecords { nodes { index } } }',
    '{ ...F ...G } fragment F on Query { x: __type(name: "A") { name } } fragment G on Query { accessRecords { nodes { index } } }',
    'query($v: Boolean!) { __schema @include(if: $v) { types { name } } accessRecords { nodes { index } } }',
  ])('introspection beside anything else is refused, whoever asks: %s', (source) => {
    for (const roles of [[], ['developer'], ['auditor']]) {
      expect(() => plan(source, all, { roles })).toThrow(
        expect.objectContaining({ code: 'INTROSPECTION_DENIED' }),
      );
    }
  });

  it('__typename is no introspection', () => {
    expect(plan(`{ __typename }`).decisions).toEqual([]);
  });
});

describe('a plan', () => {
  it('holds no variable, no literal and no outcome of a condition', () => {
    const id = citizenId(5);
    const planned = plan(
      `{ resident(identifier: {value: "${id}"}) { police { name } justice { mediationCases(caseNumber: "${id}") { dispute } } } }`,
    );
    const { roots, decisions, denials } = planned;
    expect(JSON.stringify([decisions, denials])).not.toContain(id);
    for (const root of roots) {
      expect(root.property).not.toContain(id);
      for (const record of root.records)
        expect(
          JSON.stringify([record.property, record.children.map(({ property }) => property)]),
        ).not.toContain(id);
    }
  });

  it('is frozen', () => {
    const planned = plan(on('name'));
    for (const part of [
      planned,
      planned.decisions,
      planned.denials,
      planned.roots,
      planned.roots[0],
      planned.roots[0]?.steps,
      planned.roots[0]?.steps[0],
    ]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
  });

  it('knows until when it is valid, and under which policy and graph it was made', () => {
    const operation = prepareOperation(on('name'), undefined, hubGraph.schema, defaultLimits);
    const { subjectClass } = createTestStory();
    if (!subjectClass) throw new TypeError('the story of the tests has a caller');
    const policy = createTablePolicy(all, { fingerprint: 'fp', validUntil: 1234, pageSize: 7 });
    expect(planOperation({ operation, graph: hubGraph, policy, subject: subjectClass })).toMatchObject({
      validUntil: 1234,
      policyFingerprint: 'fp',
      pageSize: 7,
      schemaVersion: hubGraph.version,
      operationHash: operation.shape,
    });
  });
});

describe('conditions', () => {
  const guardsOf = (planned: Plan, coordinate: string) =>
    planned.decisions.find((one) => one.coordinate === coordinate)?.guards ?? [];

  it.each<[what: string, selection: string, when: (a: boolean, b: boolean, c: boolean) => boolean]>([
    ['include', 'police { name @include(if: $a) }', (a) => a],
    ['skip', 'police { name @skip(if: $a) }', (a) => !a],
    ['both', 'police { name @include(if: $a) @skip(if: $b) }', (a, b) => a && !b],
    ['both, the other way round', 'police { name @skip(if: $b) @include(if: $a) }', (a, b) => a && !b],
    [
      'on the way',
      'police @include(if: $a) { ... @skip(if: $b) { name @include(if: $c) } }',
      (a, b, c) => a && !b && c,
    ],
    ['either of two', 'police { name @include(if: $a) x: name @include(if: $b) }', (a, b) => a || b],
    [
      'either of two uses of a fragment',
      'police { ...F @include(if: $a) ...F @include(if: $b) }',
      (a, b) => a || b,
    ],
    ['always and sometimes', 'police { name name @include(if: $a) }', () => true],
    ['a literal that holds', 'police { name @include(if: true) @skip(if: false) }', () => true],
    ['a literal beside a variable', 'police { name @include(if: true) @skip(if: $a) }', (a) => !a],
    ['the same twice', 'police @include(if: $a) { name @include(if: $a) }', (a) => a],
    ['a contradiction', 'police @include(if: $a) { name @skip(if: $a) }', () => false],
  ])('%s', (_, selection, when) => {
    const uses = ['a', 'b', 'c']
      .filter((name) => selection.includes(`$${name}`))
      .map((name) => `, $${name}: Boolean!`);
    const planned = plan(
      `query($i: ResidentIdentifier!${uses.join('')}) { resident(identifier: $i) { ${selection} } }${selection.includes('...F') ? ' fragment F on PoliceRecord { name }' : ''}`,
    );
    for (let bits = 0; bits < 8; bits++) {
      const [a, b, c] = [1, 2, 4].map((bit) => (bits & bit) !== 0) as [boolean, boolean, boolean];
      expect(isActive(guardsOf(planned, 'PoliceRecord.name'), { a, b, c }), JSON.stringify({ a, b, c })).toBe(
        when(a, b, c),
      );
    }
  });

  it('that never hold are no part of the plan', () => {
    const planned = plan(on('id police @include(if: false) { phone } ... @skip(if: true) { name }'), {});
    expect([planned.decisions, planned.denials, planned.hasGuards]).toEqual([[], [], false]);
  });

  it('beyond what can be told apart are taken as always: more is read, never more shown', async () => {
    const names = Array.from({ length: 70 }, (_, n) => `v${n}`);
    const source = `query(${names.map((name) => `$${name}: Boolean!`).join(', ')}) { resident(identifier: {value: "${citizenId(1)}"}) { police { ${names.map((name) => `sex @include(if: $${name})`).join(' ')} } } }`;
    const variables = Object.fromEntries(names.map((name) => [name, false]));
    const { data, unknown } = await execute(source, variables, {
      decisions: all,
      tables: { PoliceRecord: [{ gmsfhm: citizenId(1), xbdm: '1' }] },
    });
    expect(unknown).toEqual([]);
    expect(JSON.stringify(data)).not.toContain('MALE');
  });

  it('of a denial are its own: what is not selected is not refused', async () => {
    const source = `${header} { resident(identifier: $i) { police { sex @include(if: $a) phone @include(if: $b) watchFlag @skip(if: $c) } } }`;
    const run = async (a: boolean, b: boolean, c: boolean) => {
      const { errors, story } = await execute(
        source,
        { i: { value: citizenId(1) }, a, b, c },
        { decisions: { 'PoliceRecord.sex': permit } },
      );
      return [
        errors.map(({ extensions }) => extensions?.['coordinate']),
        story.decisions.map(({ coordinate }) => coordinate),
      ];
    };
    expect(await run(true, false, true)).toEqual([[], ['PoliceRecord.sex']]);
    expect(await run(false, true, true)).toEqual([['PoliceRecord.phone'], ['PoliceRecord.phone']]);
    expect(await run(true, true, false)).toEqual([
      ['PoliceRecord.phone', 'PoliceRecord.watchFlag'],
      ['PoliceRecord.sex', 'PoliceRecord.phone', 'PoliceRecord.watchFlag'],
    ]);
  });

  it('reach the hidden reads behind hidden reads', async () => {
    // clinic needs HealthRecord, which under a gate needs CourtRecord.
    const rule = { op: 'eq', attribute: 'CourtRecord.region', value: '3301' } as const;
    const source =
      'query($i: ResidentIdentifier!, $a: Boolean!, $b: Boolean!) { resident(identifier: $i) { health { clinic @include(if: $a) { name } card @include(if: $b) { number } } } }';
    const id = citizenId(1);
    const options: RunOptions = {
      graph: healthGraph,
      decisions: permitAllBut(healthGraph, {
        'HealthClinic.name': permitIf(rule),
        'HealthCard.number': permitIf(rule),
      }),
      tables: {
        CourtRecord: [{ idNo: id, region: '3301' }],
        HealthRecord: [{ id_type: 'CITIZEN_ID', id_no: id, pno: 'P1', county: 'E1' }],
        HealthClinic: [{ pno: 'P1', clinic_name: '东院' }],
        HealthCard: [{ id_no: id, no: 'K1' }],
      },
    };
    const shown = async (a: boolean, b: boolean) => {
      const { data, reads } = await execute(source, { i: { value: id }, a, b }, options);
      return [data.resident.health, [...new Set(reads.map(({ request }) => request.entity))].sort()];
    };
    expect(await shown(true, false)).toEqual([
      { clinic: { name: '东院' } },
      ['CourtRecord', 'HealthClinic', 'HealthRecord'],
    ]);
    expect(await shown(false, true)).toEqual([{ card: { number: 'K1' } }, ['CourtRecord', 'HealthCard']]);
    expect(await shown(false, false)).toEqual([null, []]);
  });
});

describe('keys behind keys behind keys', () => {
  it('are read for whoever needs them, whatever the conditions on those in between', async () => {
    // bed needs ward, ward needs clinic, clinic needs the index: the first three are selected too, under a condition.
    const id = citizenId(1);
    const options: RunOptions = {
      graph: healthGraph,
      decisions: permitAllBut(healthGraph, {}),
      tables: {
        HealthRecord: [{ id_type: 'CITIZEN_ID', id_no: id, pno: 'P1', county: 'E1' }],
        HealthClinic: [{ pno: 'P1', clinic_name: '东院', beds: 5 }],
        HealthWard: [{ clinic: '东院', name: '一病区', floor: 2 }],
        HealthBed: [{ ward: '一病区', no: 7 }],
      },
    };
    const source = (order: string[]) =>
      `query($i: ResidentIdentifier!, $a: Boolean!) { resident(identifier: $i) { health { ${order.join(' ')} } } }`;
    const [clinic = '', ward = '', bed = ''] = [
      'clinic @include(if: $a) { beds }',
      'ward @include(if: $a) { floor }',
      'bed { number }',
    ];
    for (const order of [
      [clinic, ward, bed],
      [bed, ward, clinic],
      [ward, clinic, bed],
    ]) {
      for (const a of [true, false]) {
        const { data, reads } = await execute(source(order), { i: { value: id }, a }, options);
        const hidden = a ? { clinic: { beds: 5 }, ward: { floor: 2 } } : {};
        expect(data.resident.health, order.join(' ')).toEqual({ ...hidden, bed: { number: 7 } });
        expect(reads).toHaveLength(4);
      }
    }
  });
});

describe('conditions and identifiers that are null although they have a default', () => {
  const id = citizenId(1);
  const tables = { PoliceRecord: [{ gmsfhm: id, xbdm: '1' }] };

  it.each(['@include(if: $v)', '@skip(if: $v)'])('%s: neither shown nor read', async (directive) => {
    const source = `query($v: Boolean = true) { resident(identifier: {value: "${id}"}) { police { sex ${directive} } } }`;
    const { reads, text, unknown } = await execute(source, { v: null }, { decisions: all, tables });
    expect([reads, unknown]).toEqual([[], []]);
    expect(text).not.toContain('MALE');
  });

  it('an identifier: refused in the caller’s terms', async () => {
    const source = `query($i: ResidentIdentifier = {value: "${id}"}) { resident(identifier: $i) { police { sex } } }`;
    const given = await execute(source, {}, { decisions: all, tables });
    expect(given.data.resident.police).toEqual({ sex: 'MALE' });
    const refused = await execute(source, { i: null }, { decisions: all, tables });
    expect([codes(refused), refused.reads, refused.unknown]).toEqual([['VARIABLE_INVALID'], [], []]);
  });

  it('a list of identifiers, or one in it: refused in the caller’s terms', async () => {
    for (const [source, variables] of [
      [
        `query($is: [ResidentIdentifier!] = []) { residents(identifiers: $is) { police { sex } } }`,
        { is: null },
      ],
      [
        `query($i: ResidentIdentifier = {value: "${id}"}) { residents(identifiers: [$i]) { police { sex } } }`,
        { i: null },
      ],
      [`query($v: String = "${id}") { resident(identifier: {value: $v}) { police { sex } } }`, { v: null }],
    ] as [string, Record<string, unknown>][]) {
      const refused = await execute(source, variables, { decisions: all, tables });
      expect([codes(refused), refused.reads, refused.unknown], source).toEqual([
        ['VARIABLE_INVALID'],
        [],
        [],
      ]);
    }
  });
});

describe('bounds', () => {
  const ids = citizenIds(100);

  it.each<[what: string, pageSize: number, limits: RunOptions['limits'], allowed: number]>([
    ['the agreement’s page', 10, {}, 10],
    ['the hub’s limit', 1000, { maxIdentifiers: 50 }, 50],
    ['the hub’s limit, without an agreement', 0, { maxIdentifiers: 50 }, 50],
  ])(
    'more residents than %s allows are refused before anybody is asked',
    async (_, pageSize, limits, allowed) => {
      const policy = createTablePolicy(all, { pageSize });
      const source = 'query($is: [ResidentIdentifier!]!) { residents(identifiers: $is) { name } }';
      const options: RunOptions = { policy, ...(limits ? { limits } : {}) };
      const refused = await execute(source, { is: identifiers(ids.slice(0, allowed + 1)) }, options);
      expect([codes(refused), refused.errors[0]?.extensions?.['allowed'], refused.reads]).toEqual([
        ['TOO_MANY_IDENTIFIERS'],
        allowed,
        [],
      ]);
      expect(codes(await execute(source, { is: identifiers(ids.slice(0, allowed)) }, options))).toEqual([]);
    },
  );

  it('each owner bounds the requests that read its own fields, and no others', async () => {
    const sizes: Readonly<Record<string, number>> = { Police: 3, CivilAffairs: 5 };
    const policy: FieldPolicy = {
      ...createTablePolicy(permitAllBut(hubGraph, { 'CivilAffairsRecord.maritalStatus': deny })),
      pageSize: (_, field) => Object.entries(sizes).find(([prefix]) => field.startsWith(prefix))?.[1] ?? 0,
    };
    const allowed = async (selection: string) => {
      const source = `query($is: [ResidentIdentifier!]!) { residents(identifiers: $is) { ${selection} } }`;
      const { errors } = await execute(
        source,
        { is: identifiers(ids) },
        { policy, limits: { maxIdentifiers: 50 } },
      );
      return errors[0]?.extensions?.['allowed'];
    };
    expect(await allowed('civilAffairs { name }')).toBe(5);
    expect(await allowed('police { name } civilAffairs { name }')).toBe(3);
    expect(await allowed('name civilAffairs { name }')).toBe(3);
    expect(await allowed('police { __typename }')).toBe(3);
    // What is denied is not read, and what no agreement bounds is bounded by the hub.
    expect(await allowed('civilAffairs { maritalStatus }')).toBe(50);
    expect(await allowed('justice { name }')).toBe(50);
  });

  it('reads of departments are counted over all roots, before anybody is asked', async () => {
    const lists = (count: number) =>
      Array.from({ length: count }, (_, n) => `a${n}: mediationCases(first: ${n + 1}) { dispute }`).join(' ');
    const source = (count: number) =>
      `query($i: ResidentIdentifier!) { x: resident(identifier: $i) { justice { ${lists(count)} } } y: resident(identifier: $i) { name } }`;
    const run = (count: number) =>
      execute(source(count), { i: { value: ids[0] } }, { decisions: all, limits: { maxReads: 6 } });
    const refused = await run(6);
    expect([codes(refused), refused.errors[0]?.extensions?.['limit'], refused.reads]).toEqual([
      ['OPERATION_LIMIT_EXCEEDED'],
      'maxReads',
      [],
    ]);
    expect(codes(await run(5))).toEqual([]);
  });

  it('residents of several root fields count together', async () => {
    const source =
      'query($a: [ResidentIdentifier!]!) { x: residents(identifiers: $a) { name } y: residents(identifiers: [{value: "1"}]) { name } }';
    const policy = createTablePolicy(all, { pageSize: 4 });
    expect(codes(await execute(source, { a: identifiers(ids.slice(0, 4)) }, { policy }))).toEqual([
      'TOO_MANY_IDENTIFIERS',
    ]);
  });

  it('cost is what the answer can hold: every alias and every use of a fragment counts', async () => {
    const aliases = Array.from({ length: 40 }, (_, n) => `a${n}: police { ...P }`).join(' ');
    const source = `query($is: [ResidentIdentifier!]!) { residents(identifiers: $is) { ${aliases} } } fragment P on PoliceRecord { ${Array.from({ length: 20 }, (_, n) => `b${n}: sex`).join(' ')} }`;
    const options: RunOptions = { decisions: all, limits: { maxCost: 10_000 } };
    const refused = await execute(source, { is: identifiers(ids) }, options);
    expect([codes(refused), refused.errors[0]?.extensions?.['limit'], refused.reads]).toEqual([
      ['OPERATION_LIMIT_EXCEEDED'],
      'maxCost',
      [],
    ]);
    expect(codes(await execute(source, { is: identifiers(ids.slice(0, 10)) }, options))).toEqual([]);
  });

  it('cost of several roots is added, each by its own residents', async () => {
    const source = `query($is: [ResidentIdentifier!]!) { many: residents(identifiers: $is) { id } one: resident(identifier: {value: "${ids[0]}"}) { ${Array.from({ length: 50 }, (_, n) => `b${n}: sex`).join(' ')} } }`;
    expect(
      codes(await execute(source, { is: identifiers(ids) }, { decisions: all, limits: { maxCost: 150 } })),
    ).toEqual([]);
    expect(
      codes(await execute(source, { is: identifiers(ids) }, { decisions: all, limits: { maxCost: 149 } })),
    ).toEqual(['OPERATION_LIMIT_EXCEEDED']);
  });

  it('nobody is asked for an operation that cannot be executed', async () => {
    const error = new HubError('INTERNAL');
    const { createGeneration } = await import('../../src/request/generation.ts');
    const { defaultHubLimits } = await import('../../src/config.ts');
    const generation = {
      ...createGeneration(hubGraph, defaultHubLimits),
      compile: () => {
        throw error;
      },
    };
    const { reads, errors } = await execute(
      on('name'),
      { i: { value: ids[0] } },
      { decisions: all, generation },
    );
    expect([reads, errors.map(({ extensions }) => extensions?.['code'])]).toEqual([[], ['INTERNAL']]);
  });
});
