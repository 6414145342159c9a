import { describe, expect, it } from 'vitest';
import { HubError } from '../../src/errors.ts';
import type { RowRule } from '../../src/policies/agreement.ts';
import { healthGraph } from '../support/health-fixture.ts';
import { hubGraph } from '../support/hub-graph.ts';
import type { StoredRow, Tables } from '../support/recording-connector.ts';
import { citizenIds, identifiers } from '../support/residents.ts';
import { comparable, execute, type Run, type RunOptions } from '../support/run-operation.ts';
import { inRegion, permitAllBut, permitIf } from '../support/table-policy.ts';

const [inside = '', outside = '', unknown = ''] = citizenIds(3);

function police(id: string, row: StoredRow): StoredRow {
  return { gmsfhm: id, xm: '某人', csrq: '19900506', qhdm: '330106001001', hh: 'H1', ...row };
}

function civil(id: string): StoredRow {
  return { idCard: id, realName: `民政${id.slice(-4)}`, assistance: { kind: 'A' } };
}

const tables: Tables = {
  PoliceRecord: [police(inside, {}), police(outside, { qhdm: '510104001001' })],
  CivilAffairsRecord: [inside, outside].map(civil),
  CivilAffairsMarriage: [inside, outside].map((id) => ({
    idCard: id,
    regDate: '2015-05-20',
    spouse: { name: '配偶' },
  })),
};

const scoped = permitAllBut(hubGraph, {
  'CivilAffairsRecord.name': permitIf(inRegion),
  'CivilAffairsMarriage.spouseName': permitIf(inRegion),
  'PoliceRecord.name': permitIf(inRegion),
});

function run(
  selection: string,
  options: RunOptions = {},
  ids: readonly string[] = [inside, outside, unknown],
): Promise<Run> {
  const source = `query($is: [ResidentIdentifier!]!) { residents(identifiers: $is) { ${selection} } }`;
  return execute(
    source,
    { is: identifiers(ids) },
    { tables, decisions: scoped, subject: { region: '330106' }, ...options },
  );
}

const unavailable = new HubError('SOURCE_UNAVAILABLE');

describe('a gate', () => {
  it('opens for residents who satisfy the rule; of the others nothing is asked', async () => {
    const { data, errors, reads } = await run('civilAffairs { name }');
    expect(errors).toEqual([]);
    expect(data.residents).toEqual([
      { civilAffairs: { name: `民政${inside.slice(-4)}` } },
      { civilAffairs: null },
      { civilAffairs: null },
    ]);
    const asked = reads.filter(({ source }) => source === 'civil-affairs-registry');
    expect(asked.map(({ request }) => request.keys)).toEqual([[[inside]]]);
  });

  it('is read for its own column alone', async () => {
    const { reads } = await run('civilAffairs { name }');
    expect(reads[0]?.request.columns).toEqual(['qhdm']);
    expect(reads[0]?.request.where).toBeUndefined();
  });

  it('that cannot be read closes: ACCESS_UNCHECKED for those residents, and nobody is asked', async () => {
    const behaviours = { 'police-population': { failure: unavailable } };
    const { data, errors, reads } = await run('civilAffairs { name }', { behaviours });
    expect(data.residents).toEqual([{ civilAffairs: null }, { civilAffairs: null }, { civilAffairs: null }]);
    expect(errors.map(({ extensions }) => extensions)).toEqual([
      {
        code: 'ACCESS_UNCHECKED',
        retryable: true,
        coordinate: 'Resident.civilAffairs',
        responsePath: 'residents.*.civilAffairs',
        count: 3,
      },
    ]);
    expect(reads.map(({ source }) => source)).toEqual(['police-population']);
  });

  it.each<[what: string, division: unknown]>([
    ['null', null],
    ['absent', undefined],
    ['empty', ''],
    ['blank', '   '],
    ['a list', ['330106001001']],
    ['an object', { code: '330106001001' }],
    ['true', true],
    ['another region', '510104'],
    ['shorter than the region', '3301'],
  ])('stays shut for an attribute that is %s', async (_, qhdm) => {
    const { data, reads } = await run(
      'civilAffairs { name } sections { ... on CivilAffairsRecord { name } }',
      { tables: { ...tables, PoliceRecord: [police(inside, { qhdm })] } },
      [inside],
    );
    expect(data.residents).toEqual([{ civilAffairs: null, sections: [] }]);
    expect(reads.map(({ source }) => source)).toEqual(['police-population']);
  });

  it.each<[what: string, rule: RowRule, row: StoredRow]>([
    [
      'a birth date that does not exist, below a bound',
      { op: 'range', attribute: 'Resident.birthDate', lte: { yearsAgo: 18 } },
      { csrq: '00000000' },
    ],
    [
      'a birth date that does not exist, above a bound',
      { op: 'range', attribute: 'Resident.birthDate', gte: '1900-01-01' },
      { csrq: '99999999' },
    ],
    [
      'an unknown code',
      { op: 'in', attribute: 'PoliceRecord.registrationType', values: ['FAMILY', 'COLLECTIVE'] },
      { hklb: '77' },
    ],
    ['an age that cannot be told', { op: 'range', attribute: 'PoliceRecord.age', gte: 0 }, { csrq: '' }],
  ])('stays shut for %s', async (_, rule, row) => {
    const decisions = permitAllBut(hubGraph, {
      'CivilAffairsRecord.name': permitIf(rule),
      'PoliceRecord.sex': permitIf(rule),
    });
    const gated = permitAllBut(hubGraph, { 'PoliceRecord.sex': permitIf(rule) });
    for (const table of [decisions, gated]) {
      const { data } = await run(
        'police { sex }',
        { decisions: table, tables: { PoliceRecord: [police(inside, { xbdm: '1', ...row })] } },
        [inside],
      );
      expect(data.residents).toEqual([{ police: null }]);
    }
  });

  it('does not open without the region that the rule needs, and then nobody is asked at all', async () => {
    for (const subject of [{}, { region: '' }]) {
      const { data, errors, reads } = await run('name civilAffairs { name marriages { spouseName } }', {
        subject,
      });
      expect(data.residents).toEqual(
        [inside, outside, unknown].map(() => ({ name: null, civilAffairs: null })),
      );
      expect(errors).toEqual([]);
      expect(reads).toEqual([]);
    }
  });

  it('does not open for a case that is not named, and asks nobody', async () => {
    const rule: RowRule = {
      op: 'eq',
      attribute: 'JusticeMediationCase.caseNumber',
      value: { subject: 'case' },
    };
    const { data, reads } = await run('justice { mediationCases { dispute } }', {
      decisions: permitAllBut(hubGraph, { 'JusticeMediationCase.dispute': permitIf(rule) }),
    });
    expect(data.residents[0]).toEqual({ justice: null });
    expect(reads).toEqual([]);
  });

  it('stays shut, as for a person without a record, where the source keeps two records of the person', async () => {
    // One of the two is in the region. Which of them is the person's is not for the hub to guess, and a fault would tell that there are two.
    const two = [police(inside, {}), police(inside, { xm: '另一人', qhdm: '510104001001' })];
    const doubled = { ...tables, PoliceRecord: two };
    const both = await run('civilAffairs { name }', { tables: doubled }, [inside]);
    const none = await run('civilAffairs { name }', {}, [unknown]);
    expect(comparable(both)).toBe(comparable(none));
    expect(both.reads.map(({ source }) => source)).toEqual(['police-population']);
    expect(both.findings).toContainEqual({ requestId: both.story.requestId, findings: { ambiguousRow: 1 } });
  });

  it('of several rules: all of a rule must hold, one of an or', async () => {
    const adult: RowRule = { op: 'range', attribute: 'Resident.birthDate', lte: { yearsAgo: 18 } };
    const minors = {
      ...tables,
      PoliceRecord: [police(inside, { csrq: '20200101' }), police(outside, { qhdm: '510104001001' })],
    };
    const run2 = (when: RowRule) =>
      run(
        'civilAffairs { name }',
        { tables: minors, decisions: permitAllBut(hubGraph, { 'CivilAffairsRecord.name': permitIf(when) }) },
        [inside, outside],
      );
    const shown = async (when: RowRule) =>
      (await run2(when)).data.residents.map(
        ({ civilAffairs }: { civilAffairs: unknown }) => civilAffairs !== null,
      );
    expect(await shown({ op: 'and', rules: [inRegion, adult] })).toEqual([false, false]);
    expect(await shown({ op: 'or', rules: [inRegion, adult] })).toEqual([true, true]);
    expect(await shown(adult)).toEqual([false, true]);
  });

  it('on another department’s field needs that owner’s word', async () => {
    const rule: RowRule = { op: 'eq', attribute: 'PoliceRecord.registrationType', value: 'FAMILY' };
    const { data, errors, reads } = await run(
      'civilAffairs { name }',
      { decisions: permitAllBut(hubGraph, { 'CivilAffairsRecord.name': permitIf(rule) }) },
      [inside],
    );
    expect(data.residents).toEqual([{ civilAffairs: null }]);
    expect(errors.map(({ extensions }) => [extensions?.['code'], extensions?.['reason']])).toEqual([
      ['FIELD_DENIED', 'UNSUPPORTED_SCOPE'],
    ]);
    expect(reads).toEqual([]);
  });

  it('on a list or an unknown field is a denial, not a crash', async () => {
    for (const attribute of [
      'PolicePenalty.cause',
      'JusticeParty.role',
      'Nothing.atAll',
      'Resident.police',
      'PoliceRecord',
      '__proto__',
      'PoliceRecord.asOf',
    ]) {
      for (const rule of [
        { op: 'eq', attribute, value: 'x' },
        { op: 'or', rules: [inRegion, { op: 'eq', attribute, value: 'x' }] },
      ] as RowRule[]) {
        const { errors, unknown: unforeseen } = await run(
          'civilAffairs { name }',
          { decisions: permitAllBut(hubGraph, { 'CivilAffairsRecord.name': permitIf(rule) }) },
          [inside],
        );
        expect(unforeseen).toEqual([]);
        expect(
          errors.map(({ extensions }) => extensions?.['reason']),
          attribute,
        ).toEqual(['UNSUPPORTED_SCOPE']);
      }
    }
  });

  it('that only one of two lists of a type can apply is a denial in both, not a crash', async () => {
    // A decision is made for a field, wherever it is selected.
    const rule: RowRule = { op: 'eq', attribute: 'HealthVisit.ward', value: 'A' };
    const decisions = permitAllBut(healthGraph, { 'HealthVisit.day': permitIf(rule) });
    for (const list of ['visits', 'earlierVisits']) {
      const { errors, unknown: unforeseen } = await run(
        `health { ${list} { day } }`,
        { graph: healthGraph, decisions },
        [inside],
      );
      expect(unforeseen).toEqual([]);
      expect(errors.map(({ extensions }) => extensions?.['reason'])).toEqual(['UNSUPPORTED_SCOPE']);
    }
  });

  it('of one field stays shut where a filter names the same field first', async () => {
    // The filter's decision must not become the field's, unchecked.
    const rule: RowRule = { op: 'eq', attribute: 'CivilAffairsRecord.name', value: 'x' };
    const decisions = permitAllBut(hubGraph, { 'JusticeMediationCase.caseNumber': permitIf(rule) });
    const {
      errors,
      unknown: unforeseen,
      reads,
    } = await run(
      'justice { a: mediationCases(caseNumber: "C1") { dispute } b: mediationCases { caseNumber } }',
      { decisions },
      [inside],
    );
    expect(unforeseen).toEqual([]);
    expect(errors.map(({ extensions }) => extensions?.['code']).sort()).toEqual([
      'FIELD_DENIED',
      'FILTER_NOT_AVAILABLE',
    ]);
    expect(reads).toEqual([]);
  });
});

describe('what the source applies itself', () => {
  it('is pushed down, and its column comes with the row', async () => {
    const { reads, data } = await run('police { name }');
    expect(reads.map(({ request }) => [request.columns, request.where])).toEqual([
      [['xm', 'qhdm'], { op: 'prefix', column: 'qhdm', value: '330106' }],
    ]);
    expect(data.residents).toEqual([{ police: { name: '某人' } }, { police: null }, { police: null }]);
  });

  it('is checked again: a source that ignores the filter shows nothing more', async () => {
    const honest = await run('name police { name } sections { ... on PoliceRecord { name } }');
    const careless = await run('name police { name } sections { ... on PoliceRecord { name } }', {
      behaviours: { 'police-population': { ignoresFilters: true } },
    });
    expect(comparable(careless)).toBe(comparable(honest));
    const unfiltered = (run: Run) =>
      run.findings.flatMap(({ findings }) => (findings as { unfilteredRow?: number })?.unfilteredRow ?? []);
    expect([unfiltered(honest), unfiltered(careless)]).toEqual([[], [1]]);
  });

  it('makes a row outside the scope as if it were not there, also beside one that lies within', async () => {
    const two = [police(inside, { xm: '甲' }), police(inside, { xm: '乙', qhdm: '510104001001' })];
    const { data, errors, text } = await run('police { name }', { tables: { PoliceRecord: two } }, [inside]);
    expect(data.residents).toEqual([{ police: { name: '甲' } }]);
    expect(errors).toEqual([]);
    expect(text).not.toContain('乙');
  });

  it('is no reason to guess: two rows within the scope are a fault, and so are two where the caller may see both', async () => {
    const within = [police(inside, { xm: '甲' }), police(inside, { xm: '乙' })];
    const across = [police(inside, { xm: '甲' }), police(inside, { xm: '乙', qhdm: '510104001001' })];
    for (const [rows, selection] of [
      [within, 'name'],
      [across, 'name sex'],
    ] as const) {
      const { data, errors } = await run(`police { ${selection} }`, { tables: { PoliceRecord: rows } }, [
        inside,
      ]);
      expect(data.residents).toEqual([{ police: null }]);
      expect(errors.map(({ extensions }) => [extensions?.['code'], extensions?.['count']])).toEqual([
        ['SOURCE_FAULT', 1],
      ]);
    }
  });

  it('shows only rows of the own case, whatever else the list holds', async () => {
    const rule: RowRule = {
      op: 'eq',
      attribute: 'JusticeMediationCase.caseNumber',
      value: { subject: 'case' },
    };
    const mediations = {
      JusticeMediationCase: ['C1', 'C2'].map((caseNo) => ({
        idNumber: inside,
        caseNo,
        disputeKind: `纠纷${caseNo}`,
        acceptedOn: '2025-01-01',
      })),
    };
    const decisions = permitAllBut(hubGraph, { 'JusticeMediationCase.dispute': permitIf(rule) });
    for (const ignoresFilters of [false, true]) {
      const { data, reads } = await run(
        'justice { mediationCases { dispute acceptedOn } }',
        {
          decisions,
          tables: mediations,
          caseReference: 'C2',
          behaviours: { 'justice-cases': { ignoresFilters } },
        },
        [inside, outside],
      );
      expect(data.residents).toEqual([
        { justice: { mediationCases: [{ dispute: '纠纷C2', acceptedOn: '2025-01-01' }] } },
        { justice: null },
      ]);
      expect(reads[0]?.request.where).toEqual({ op: 'eq', column: 'caseNo', value: 'C2' });
    }
  });

  it('a rule that only the hub can check is a gate on the record itself', async () => {
    const rule: RowRule = { op: 'range', attribute: 'PoliceRecord.age', gte: 18 };
    const { data, reads } = await run('police { name }', {
      decisions: permitAllBut(hubGraph, { 'PoliceRecord.name': permitIf(rule) }),
    });
    expect(reads.map(({ request }) => request.columns)).toEqual([['csrq'], ['xm']]);
    expect(data.residents.map(({ police: record }: { police: unknown }) => record !== null)).toEqual([
      true,
      true,
      false,
    ]);
  });

  it.each<[what: string, rule: RowRule]>([
    ['a flag', { op: 'eq', attribute: 'HealthRecord.vaccinated', value: true }],
    ['a number', { op: 'range', attribute: 'HealthRecord.weight', gte: 50 }],
    ['a beginning of a coded value', { op: 'prefix', attribute: 'HealthRecord.blood', value: 'A' }],
    ['an order of coded values', { op: 'range', attribute: 'HealthRecord.blood', gte: 'A', lt: 'B' }],
  ])('%s has no stored form that could be compared, so the hub compares', async (_, rule) => {
    const rows = [
      { id_type: 'CITIZEN_ID', id_no: inside, pno: 'P1', vacc: 'Y', weight: '70', blood: 'A2' },
      { id_type: 'CITIZEN_ID', id_no: outside, pno: 'P2', vacc: 'N', weight: '9', blood: 'B' },
    ];
    const { data, errors } = await run('health { patientNumber }', {
      graph: healthGraph,
      tables: { HealthRecord: rows },
      decisions: permitAllBut(healthGraph, { 'HealthRecord.patientNumber': permitIf(rule) }),
    });
    expect(errors).toEqual([]);
    expect(data.residents).toEqual([{ health: { patientNumber: 'P1' } }, { health: null }, { health: null }]);
  });

  it('a collapsed value is asked for by all its codes', async () => {
    const rule: RowRule = { op: 'eq', attribute: 'HealthRecord.blood', value: 'A' };
    const rows = [{ id_type: 'CITIZEN_ID', id_no: inside, pno: 'P1', blood: 'A2' }];
    const { data, reads } = await run(
      'health { patientNumber }',
      {
        graph: healthGraph,
        tables: { HealthRecord: rows },
        decisions: permitAllBut(healthGraph, { 'HealthRecord.patientNumber': permitIf(rule) }),
      },
      [inside],
    );
    expect(reads[0]?.request.where).toEqual({ op: 'in', column: 'blood', values: ['A1', 'A2'] });
    expect(data.residents).toEqual([{ health: { patientNumber: 'P1' } }]);
  });
});

describe('out of scope answers exactly as no record does', () => {
  // Do not reveal existence: the two answers are held equal, byte for byte.
  it.each([
    ['one field', 'civilAffairs { name }'],
    ['an element', 'name'],
    ['a pushed field', 'police { name }'],
    ['a list', 'civilAffairs { marriages { spouseName } }'],
    ['a list beside a field', 'civilAffairs { name marriages { spouseName } }'],
    [
      'the sections',
      'sections { __typename department source asOf readAt ... on CivilAffairsRecord { name marriages { spouseName } } ... on PoliceRecord { name } }',
    ],
    ['aliases and fragments', 'a: civilAffairs { ...C } b: civilAffairs { x: name } n: name'],
    ['type names', 'civilAffairs { __typename name }'],
  ])('%s', async (_, selection) => {
    const decisions = permitAllBut(hubGraph, {
      ...scoped,
      ...Object.fromEntries(
        [...hubGraph.fields.keys()]
          .filter((coordinate) => /^(Police|Civil)/.test(coordinate))
          .map((coordinate) => [coordinate, permitIf(inRegion)]),
      ),
    });
    const source = (id: string) =>
      `{ resident(identifier: {value: "${id}"}) { ${selection} } }${selection.includes('...C') ? ' fragment C on CivilAffairsRecord { name marriages { registeredOn } }' : ''}`;
    const ask = (id: string) => execute(source(id), {}, { tables, decisions, subject: { region: '330106' } });
    const [out, none, within] = await Promise.all([ask(outside), ask(unknown), ask(inside)]);
    expect(comparable(out)).toBe(comparable(none));
    expect(comparable(within)).not.toBe(comparable(none));
    expect(out.story.errors).toEqual(none.story.errors);
  });

  it('one rule on every field of a record says nothing of its existence either', async () => {
    const decisions = permitAllBut(
      hubGraph,
      Object.fromEntries(
        [...hubGraph.fields.keys()]
          .filter((coordinate) => coordinate.startsWith('CivilAffairs'))
          .map((coordinate) => [coordinate, permitIf(inRegion)]),
      ),
    );
    const ask = (id: string) =>
      execute(
        `{ resident(identifier: {value: "${id}"}) { civilAffairs { __typename department readAt } sections { department } } }`,
        {},
        {
          tables: { ...tables, PoliceRecord: [], CivilAffairsRecord: [civil(outside)] },
          decisions,
          subject: { region: '330106' },
        },
      );
    expect(comparable(await ask(outside))).toBe(comparable(await ask(unknown)));
  });
});
