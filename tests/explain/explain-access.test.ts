import { describe, expect, it } from 'vitest';
import { firstQuery } from '../../examples/demo-welcome.ts';
import type { Agreement } from '../../src/policies/agreement.ts';
import { compileDemo, demoCallers, demoPolicy, demoSubject } from '../support/demo-policy.ts';
import { askAs, type DemoAsk, explain, explainOne } from '../support/explaining.ts';
import { hubGraph } from '../support/hub-graph.ts';
import { citizenId, citizenIds } from '../support/residents.ts';
import { codes, type Run } from '../support/run-operation.ts';

const mediation = { client: 'mediation-center', purpose: 'dispute-mediation', caseReference: '2026-TJ-0001' };
const hotline = { client: 'hotline-12345', purpose: 'hotline-service' };
const street = { client: 'street-platform', purpose: 'grassroots-governance' };
const correction = {
  client: 'correction-desk',
  purpose: 'correction-supervision',
  caseReference: '2026-JZ-2',
};
const id = citizenId(1);

const I = 'query($i: ResidentIdentifier!)';
const operations = [
  firstQuery(id).query,
  `${I} { resident(identifier: $i) { id name n: name birthDate age sections { department ... on PoliceRecord { phone } } } }`,
  `${I} { resident(identifier: $i) { police { household { memberCount } penalties { cause } } justice { asOf mediationCases(caseNumber: "1") { result parties { name } } } } }`,
  `${I} { resident(identifier: $i) { civilAffairs { assistance { kind monthlyYuan } } socialSecurity { __typename contributions(insurance: PENSION) { month } } } }`,
  `${I} { resident(identifier: $i) { livesAlone household { number members { name civilAffairs { assistance { kind } } dwelling { building { name grid { name } } } } } } }`,
  '{ accessRecords { nodes { index } } explainField(field: "Resident.name") { effect } }',
];
const variables = (source: string) =>
  source.includes('$id') ? { id } : source.includes('$i') ? { i: { value: id } } : {};

/** Each client for its own purposes, and one for all. */
const callers = demoCallers.filter(
  ({ client, purpose }) => client === 'hotline-12345' || demoSubject(client).purposes.includes(purpose),
);

/** One field's explanation. */
const fieldOf = (run: Run, coordinate: string) =>
  run.data.explainAccess.fields.find((field: { coordinate: string }) => field.coordinate === coordinate);

describe('an explained operation', () => {
  it.each(callers)(
    'has the decisions that the record of $client for $purpose holds, and reads nothing',
    async (caller) => {
      for (const operation of operations) {
        const executed = await askAs(caller, operation, variables(operation));
        for (const given of [variables(operation), undefined]) {
          const explained = await explain(caller, operation, given);
          expect(codes(explained), explained.text).toEqual([]);
          const { fields } = explained.data.explainAccess;
          const told = fields.map(({ coordinate, effect, rule }: Record<string, string>) => ({
            coordinate,
            effect,
            rule,
          }));
          // Refused filters are told apart.
          const selected = executed.story.decisions.filter(
            ({ coordinate }) => !coordinate.endsWith('#filter'),
          );
          expect(told).toEqual(selected);
          expect(explained.reads).toEqual([]);
          expect(explained.unknown).toEqual([]);
        }
      }
    },
  );

  it('tells every read that such a request makes, and which departments are asked', async () => {
    for (const caller of [mediation, street, correction, hotline]) {
      for (const operation of operations) {
        const executed = await askAs(caller, operation, variables(operation));
        const { reads, departments } = (await explain(caller, operation)).data.explainAccess;
        const told = reads.map(
          ({ source, entity, role }: Record<string, string>) => `${source} ${entity} ${role}`,
        );
        for (const { source, entity, role } of executed.story.reads) {
          expect(told).toContain(`${source} ${entity} ${role.toUpperCase()}`);
        }
        const asked = new Set(reads.map(({ department }: Record<string, string>) => department));
        expect(new Set(departments.map(({ department }: Record<string, string>) => department))).toEqual(
          asked,
        );
      }
    }
  });

  it('is itself on record, as what it is: a look at the caller’s own access, at no resident', async () => {
    const { query, variables: given } = firstQuery(id);
    const { story } = await explain(mediation, query, given);
    expect(story.decisions).toEqual([
      { coordinate: 'Query.explainAccess', effect: 'PERMIT', rule: 'hub:own-access' },
    ]);
    expect(story.residents).toEqual([]);
    expect(story.reads).toEqual([]);
  });

  it('says whether a gate is read first, in which round each read stands, and how many residents fit', async () => {
    const source = `${I} { resident(identifier: $i) { justice { mediationCases { result } } } }`;
    const gated = (await explain(street, source)).data.explainAccess;
    expect(gated).toMatchObject({ needsGate: true, maxResidents: 1000, purposeTitle: '基层治理' });
    expect(
      gated.reads.map(({ role, round, department }: Record<string, unknown>) => [department, role, round]),
    ).toEqual(
      expect.arrayContaining([
        ['police', 'GATE', 1],
        ['justice', 'DATA', 2],
      ]),
    );
    const plain = (await explain(mediation, source)).data.explainAccess;
    expect(plain).toMatchObject({
      needsGate: false,
      maxResidents: 100,
      departments: [{ department: 'justice', reads: 1 }],
    });
  });

  it('tells the agreement, the mask with an example, the rows in words, and the date until which it holds', async () => {
    const run = await explain(street, `${I} { resident(identifier: $i) { police { phone } } }`);
    expect(run.data.explainAccess.validUntil).toBe('2028-12-31T16:00:00.000Z');
    const phone = fieldOf(run, 'PoliceRecord.phone');
    expect(phone).toMatchObject({
      title: '联系电话',
      departmentTitle: '公安',
      effect: 'PERMIT_IF',
      mask: { mask: 'PHONE', example: '138****1234' },
      agreements: [
        { id: 'AGR-2026-0008', provider: 'police', legalBasis: expect.stringMatching(/809/), pageSize: 1000 },
      ],
    });
    expect(phone.condition).toMatch(
      /^行政区划代码开头为令牌中的辖区，且出生日期不晚于 18 年前的今天 Resident\.divisionCode begins with/,
    );
    expect(phone.explanation).toMatch(/^仅当.*时脱敏提供：.*其他人一律答为无记录。 Given masked/);
  });

  it('with variables leaves out what they leave out, and is held to the limits of the request', async () => {
    const source = `query($is: [ResidentIdentifier!]!, $v: Boolean!) { residents(identifiers: $is) { name police @include(if: $v) { phone } } }`;
    const is = citizenIds(2).map((value) => ({ value }));
    const without = await explain(mediation, source, { is, v: false });
    expect(
      without.data.explainAccess.fields.map(({ coordinate }: { coordinate: string }) => coordinate),
    ).toEqual(['Resident.name']);
    expect(without.data.explainAccess.reads).toMatchObject([{ columns: 1 }]);
    expect((await explain(mediation, source)).data.explainAccess.fields).toHaveLength(2);
    const many = citizenIds(101).map((value) => ({ value }));
    for (const [given, code] of [
      [{ is: many, v: true }, 'TOO_MANY_IDENTIFIERS'],
      [{ is, v: id }, 'VARIABLE_INVALID'],
      [{ v: true }, 'VARIABLE_INVALID'],
      [[is], 'VARIABLE_INVALID'],
    ] as const) {
      const run = await explain(mediation, source, given as Record<string, unknown>);
      expect(codes(run)).toEqual([code]);
      expect(run.data.explainAccess).toBeNull();
      expect(run.text).not.toContain(id);
    }
  });
});

describe('an explained hop', () => {
  const source = `${I} { resident(identifier: $i) { household { members { name } } } }`;

  it('is told with its owner, its rule in words, and the rounds of reads that lead beyond it', async () => {
    const run = await explain(street, source);
    expect(fieldOf(run, 'Household.members')).toMatchObject({
      field: 'PoliceHouseholdRecord.members',
      title: '户内人员',
      department: 'police',
      effect: 'PERMIT_IF',
      condition: expect.stringMatching(/辖区/),
    });
    const { reads } = run.data.explainAccess;
    expect(reads.map(({ entity, role, round }: Record<string, unknown>) => [entity, role, round])).toEqual([
      ['PoliceRecord', 'DATA', 1],
      ['PoliceHouseholdRecord.members', 'DATA', 2],
      ['PoliceRecord', 'GATE', 3],
      ['PoliceRecord', 'DATA', 4],
    ]);
  });

  it('that no agreement opens says to whom to apply', async () => {
    const denied = fieldOf(await explain(hotline, source), 'Resident.household');
    expect(denied).toMatchObject({ effect: 'DENY', reason: 'NO_AGREEMENT', department: 'police' });
    expect(denied.remedies.map(({ code }: { code: string }) => code)).toEqual(['APPLY']);
    expect(denied.howToApply).toMatch(/公安申请/);
  });
});

describe('what would change a decision', () => {
  const suspend = (status: Agreement['status']) => changed({ status });
  const changed = (terms: Partial<Agreement>, agreementId = 'AGR-2026-0012') =>
    compileDemo((all) => all.map((one) => (one.id === agreementId ? { ...one, ...terms } : one)));
  const consumer = (terms: Partial<Agreement['consumer']>, agreementId = 'AGR-2026-0012') =>
    compileDemo((all) =>
      all.map((one) => (one.id === agreementId ? { ...one, consumer: { ...one.consumer, ...terms } } : one)),
    );
  const name = 'PoliceRecord.name';

  it.each<[string, DemoAsk, string, string, string[], RegExp]>([
    ['nothing: the law', hotline, 'PoliceRecord.watchFlag', 'DENY', ['NOT_SHARED_BY_LAW'], /居民身份证法/],
    ['an agreement with the owner', hotline, 'PoliceRecord.sex', 'DENY', ['APPLY'], /公安申请/],
    [
      'an end of the suspension',
      { ...hotline, demo: suspend('SUSPENDED') },
      name,
      'DENY',
      ['AGREEMENT_SUSPENDED'],
      /AGR-2026-0012 已中止/,
    ],
    [
      'nothing more: revoked',
      { ...hotline, demo: suspend('REVOKED') },
      name,
      'DENY',
      ['AGREEMENT_REVOKED'],
      /已撤销/,
    ],
    [
      'a renewal',
      { ...hotline, demo: changed({ validUntil: '2026-02-01T00:00:00+08:00' }) },
      name,
      'DENY',
      ['AGREEMENT_EXPIRED'],
      /2026-02-01/,
    ],
    [
      'time',
      { ...hotline, demo: changed({ validFrom: '2026-05-01T00:00:00+08:00' }) },
      name,
      'DENY',
      ['AGREEMENT_NOT_YET_VALID'],
      /2026-05-01/,
    ],
    [
      'a token for the other purpose',
      { ...hotline, purpose: 'one-stop-service' },
      name,
      'DENY',
      ['OTHER_PURPOSE'],
      /hotline-service/,
    ],
    [
      'a purpose that the token lacks',
      { ...hotline, purpose: 'one-stop-service', changes: { purposes: ['one-stop-service'] } },
      name,
      'DENY',
      ['PURPOSE_NOT_IN_TOKEN'],
      /令牌不含/,
    ],
    [
      'a role',
      { ...hotline, demo: consumer({ roles: ['supervisor'] }) },
      name,
      'DENY',
      ['ROLE_NEEDED'],
      /supervisor/,
    ],
    [
      'an officer',
      { ...hotline, demo: consumer({ officerRequired: true }) },
      name,
      'DENY',
      ['OFFICER_NEEDED'],
      /经办人/,
    ],
    [
      'tomorrow',
      { ...hotline, demo: changed({ quota: { requestsPerDay: 0 } }) },
      name,
      'DENY',
      ['QUOTA_EXCEEDED'],
      /次日零时/,
    ],
    [
      'a region in the token',
      { ...street, changes: { region: '' } },
      name,
      'PERMIT_IF',
      ['REGION_NEEDED'],
      /没有辖区/,
    ],
    [
      'reading instead of verifying',
      { client: 'one-stop-hall', purpose: 'one-stop-service' },
      'SocialSecurityRecord.employer',
      'DENY',
      ['VERIFY_ONLY'],
      /verifyResident/,
    ],
    [
      'two things',
      { ...hotline, demo: consumer({ roles: ['supervisor'], officerRequired: true }) },
      name,
      'DENY',
      ['ROLE_NEEDED', 'OFFICER_NEEDED'],
      /./,
    ],
    ['a role of the hub', hotline, 'Query.accessRecords', 'DENY', ['ROLE_NEEDED'], /auditor/],
    ['nothing: it is given', mediation, name, 'PERMIT', [], /^$/],
  ])('is %s', async (_what, ask, coordinate, effect, remedies, words) => {
    const { data, errors } = await explainOne(ask, coordinate);
    expect(errors).toEqual([]);
    const { explainField } = data;
    expect([explainField.effect, explainField.remedies.map(({ code }: { code: string }) => code)]).toEqual([
      effect,
      remedies,
    ]);
    expect(
      explainField.remedies.map(({ explanation }: { explanation: string }) => explanation).join('\n'),
    ).toMatch(words);
    const isOpen =
      effect === 'PERMIT' || coordinate === 'PoliceRecord.watchFlag' || coordinate.startsWith('Query.');
    expect(explainField.howToApply === null).toBe(isOpen);
  });
});

describe('less than the value', () => {
  it('is counted over the fields of departments, and said of each', async () => {
    const source = `${I} { resident(identifier: $i) { name birthDate police { name phone sex address watchFlag householdNumber } } }`;
    const { yesNo, fields } = (await explain(mediation, source)).data.explainAccess;
    expect(yesNo).toEqual({
      count: 5,
      of: 7,
      coordinates: [
        'Resident.name',
        'Resident.birthDate',
        'PoliceRecord.phone',
        'PoliceRecord.address',
        'PoliceRecord.householdNumber',
      ],
      explanation: '所选 7 个数据项中，有 5 项可以只要是/否答案。 5 of your 7 fields could be a yes/no.',
    });
    const birthDate = fields.find(
      ({ coordinate }: { coordinate: string }) => coordinate === 'Resident.birthDate',
    );
    expect(birthDate.lesser).toEqual([
      {
        kind: 'COARSER',
        coordinate: 'Resident.age',
        isGranted: true,
        explanation: expect.stringMatching(/^年龄/),
      },
      {
        kind: 'YES_NO',
        coordinate: 'Resident.isMinor',
        isGranted: true,
        explanation: expect.stringMatching(/^未成年/),
      },
    ]);
  });

  it('a verification that is agreed is one that may be used', async () => {
    const { data } = await explainOne(
      { client: 'one-stop-hall', purpose: 'one-stop-service' },
      'SocialSecurityRecord.employer',
    );
    expect(data.explainField.lesser).toMatchObject([{ kind: 'VERIFY', isGranted: true }]);
  });

  it.each<[string, DemoAsk, string, Record<string, unknown> | undefined, string | undefined]>([
    [
      'a citizen id in the query',
      hotline,
      '{ resident(identifier: { value: "x" }) { birthDate } }',
      undefined,
      '以公民身份号码查询',
    ],
    [
      'a variable that may be one',
      hotline,
      `${I} { resident(identifier: $i) { birthDate } }`,
      undefined,
      '若以公民身份号码查询',
    ],
    [
      'a variable that is one',
      hotline,
      `${I} { resident(identifier: $i) { police { birthDate } } }`,
      { i: { value: id } },
      '以公民身份号码查询',
    ],
    [
      'a passport',
      hotline,
      '{ resident(identifier: { type: PASSPORT, value: "x" }) { birthDate } }',
      undefined,
      undefined,
    ],
    [
      'a passport in a variable',
      hotline,
      `${I} { resident(identifier: $i) { birthDate } }`,
      { i: { type: 'PASSPORT', value: 'E12345678' } },
      undefined,
    ],
    [
      'a birth date that is given clear',
      mediation,
      '{ resident(identifier: { value: "x" }) { birthDate } }',
      undefined,
      undefined,
    ],
    ['no birth date', hotline, '{ resident(identifier: { value: "x" }) { name } }', undefined, undefined],
  ])('whether a masked birth date hides anything: %s', async (_what, ask, source, given, words) => {
    const { notices } = (await explain(ask, source, given)).data.explainAccess;
    expect(notices.map(({ code }: { code: string }) => code)).toEqual(
      words ? ['CITIZEN_ID_TELLS_BIRTH_DATE'] : [],
    );
    if (words) expect(notices[0].explanation.startsWith(words)).toBe(true);
  });

  it('a citizen id that is given clear makes a masked birth date worthless too', async () => {
    const demo = compileDemo((all) =>
      all.map((one) =>
        one.id === 'AGR-2026-0012'
          ? {
              ...one,
              grants: [
                { fields: ['PoliceRecord.citizenId'], operation: 'read' },
                { fields: ['PoliceRecord.birthDate'], operation: 'readMasked' },
              ],
            }
          : one,
      ),
    );
    const source = '{ resident(identifier: { type: PASSPORT, value: "x" }) { citizenId birthDate } }';
    const { notices } = (await explain({ ...hotline, demo }, source)).data.explainAccess;
    expect(notices).toMatchObject([
      { coordinates: ['Resident.birthDate'], explanation: expect.stringMatching(/^公民身份号码为明文/) },
    ]);
    const { data } = await explainOne({ ...hotline, demo }, 'PoliceRecord.birthDate');
    expect(data.explainField.notices).toHaveLength(1);
  });
});

describe('explanations reveal', () => {
  it('no agreement and no client but the caller’s own, whatever is asked for', async () => {
    const coordinates = [...hubGraph.fields.values()]
      .filter(({ kind }) => kind === 'column')
      .map((field) => field.coordinate);
    for (const caller of callers) {
      const all = coordinates.map(
        (coordinate, i) =>
          `f${i}: explainField(field: "${coordinate}") { rule remedies { explanation agreement } agreements { id title scene } howToApply explanation }`,
      );
      for (let i = 0; i < all.length; i += 20) {
        const { text } = await askAs(caller, `{ ${all.slice(i, i + 20).join(' ')} }`);
        const own = demoPolicy.agreements
          .filter(({ consumer }) => consumer.clients.includes(caller.client))
          .map((one) => one.id);
        const named = new Set(text.match(/AGR-\d+-\d+/g) ?? []);
        expect([...named].filter((agreementId) => !own.includes(agreementId))).toEqual([]);
        for (const { client } of demoCallers)
          if (client !== caller.client) expect(text).not.toContain(client);
      }
    }
  });

  it.each([
    'PoliceRecord.nothing',
    'Nobody.name',
    'Query.nothing',
    'Query.resident',
    '',
    '.',
    'Resident',
    '__proto__.name',
    'Resident.constructor',
    'Resident.toString',
    'PoliceRecord.household.number',
    `Resident.${id}`,
    'Query.__proto__',
  ])('nothing of what is not there: %s', async (name) => {
    const run = await explainOne(mediation, name);
    expect(codes(run)).toEqual(['GRAPHQL_VALIDATION_FAILED']);
    expect(run.data).toEqual({ explainField: null });
    expect(run.text).not.toContain(id);
    expect(run.unknown).toEqual([]);
  });

  it.each([
    ['a field that is not there', '{ resident(identifier: { value: "x" }) { nothing } }'],
    ['a syntax error', `{ resident(identifier: { value: "${id}" `],
    ['a mutation', 'mutation { drop }'],
    ['too deep', '{'.repeat(40)],
    [
      'introspection beside data',
      '{ __schema { types { name } } resident(identifier: { value: "x" }) { id } }',
    ],
    ['nothing', ''],
  ])('the errors of the request itself: %s', async (_what, operation) => {
    const executed = await askAs(mediation, operation);
    const explained = await explain(mediation, operation);
    expect(codes(explained)).toEqual(codes(executed));
    expect(explained.errors[0]?.message).toBe(executed.errors[0]?.message);
    expect(explained.text).not.toContain(id);
    expect(explained.unknown).toEqual([]);
  });

  it('an explanation of an explanation is one of a field', async () => {
    const inner = '{ explainAccess(operation: "{ __typename }") { operationHash } }';
    const { data } = await explain(hotline, inner);
    expect(data.explainAccess.fields).toMatchObject([
      { coordinate: 'Query.explainAccess', effect: 'PERMIT' },
    ]);
  });

  it('introspection is explained too', async () => {
    const { data } = await explain(hotline, '{ __schema { types { name } } }');
    expect(data.explainAccess.fields).toMatchObject([
      { coordinate: 'Query.__schema', rule: 'hub:own-access' },
    ]);
  });

  it('not without a bound: aliases and fragments cannot make one request explain very much', async () => {
    const columns = [...hubGraph.fields.values()].filter(({ kind }) => kind === 'column');
    const police = columns.filter(({ parentType }) => parentType === 'PoliceRecord').map(({ name }) => name);
    const operation = `{ resident(identifier: { value: "x" }) { name sex age birthDate address police { ${police.join(' ')} } } }`;
    const explanations = Array.from(
      { length: 12 },
      (_, i) => `e${i}: explainAccess(operation: $o) { fields { ...F } }`,
    );
    const aliases = Array.from({ length: 80 }, (_, i) => `a${i}: explanation`);
    const source = `query($o: String!) { ${explanations.join(' ')} } fragment F on FieldExplanation { ${aliases.join(' ')} }`;
    const limited = await askAs(mediation, source, { o: operation });
    expect(codes(limited)).toEqual([]);
    const more = await askAs(mediation, source.replaceAll('fields {', 'b: fields { coordinate } fields {'), {
      o: operation.replace(
        'police {',
        'civilAffairs { name maritalStatus } socialSecurity { status employer } justice { name } police { household { headName number address memberCount } penalties { cause decidedOn documentNumber } ',
      ),
    });
    expect(codes(more)).toContain('OPERATION_LIMIT_EXCEEDED');
  });
});
