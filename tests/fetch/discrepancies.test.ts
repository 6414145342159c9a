import { describe, expect, it } from 'vitest';
import { HubError } from '../../src/errors.ts';
import { hubGraph } from '../support/hub-graph.ts';
import type { RecordedRequest, Tables } from '../support/recording-connector.ts';
import { citizenId, citizenIds, identifiers } from '../support/residents.ts';
import { codes, comparable, execute, type Run, type RunOptions } from '../support/run-operation.ts';
import { policeRow, sampleTables } from '../support/sample-tables.ts';
import {
  type DecisionTable,
  deny,
  inRegion,
  masked,
  permit,
  permitAllBut,
  permitIf,
} from '../support/table-policy.ts';

const id = citizenId(1);
const said = '{ element statements { department source field value } }';

/** What four registers hold of one resident, who is registered in the caller's region. */
function held(names: Readonly<Record<'police' | 'civil' | 'social' | 'justice', string | null>>): Tables {
  return {
    PoliceRecord: [{ ...policeRow(id, 0), xm: names.police }],
    CivilAffairsRecord: [{ idCard: id, realName: names.civil, marital: { code: '10' } }],
    SocialSecurityRecord: [{ aac002: id, aac003: names.social }],
    JusticeRecord: [{ idType: '111', idNumber: id, fullName: names.justice }],
  };
}

const disagreeing = held({ police: '林晓芸', civil: '林晓芸', social: '林小芸', justice: null });

function ask(options: RunOptions = {}, selection = `discrepancies ${said}`): Promise<Run> {
  const source = `query($v: String!) { resident(identifier: { value: $v }) { ${selection} } }`;
  const decisions = permitAllBut(hubGraph, {});
  return execute(
    source,
    { v: id },
    { tables: disagreeing, decisions, subject: { region: '3301' }, ...options },
  );
}

async function valuesBy(options: RunOptions): Promise<unknown> {
  const { data } = await ask(options);
  return data.resident.discrepancies?.map(({ element, statements }: Shown) => [
    element,
    statements.map(({ value }) => value),
  ]);
}

interface Shown {
  readonly element: string;
  readonly statements: readonly { readonly value: string }[];
}

function told(reads: readonly RecordedRequest[]): string[] {
  return reads.map(({ request }) => `${request.entity}(${request.columns.join(',')})`).sort();
}

const nameOnly: DecisionTable = {
  'PoliceRecord.name': permit,
  'CivilAffairsRecord.name': permit,
  'SocialSecurityRecord.name': permit,
};

describe('what departments disagree on', () => {
  it('is told with every statement, its department, source and field, the authority’s first', async () => {
    const { data, errors } = await ask();
    expect(errors).toEqual([]);
    expect(data.resident.discrepancies).toEqual([
      {
        element: 'Resident.name',
        statements: [
          statement('公安', 'police-population', 'PoliceRecord.name', '林晓芸'),
          statement('民政', 'civil-affairs-registry', 'CivilAffairsRecord.name', '林晓芸'),
          statement('人社', 'social-security-insurance', 'SocialSecurityRecord.name', '林小芸'),
        ],
      },
    ]);
  });

  it('is nothing where all agree, or only somebody typed it otherwise', async () => {
    const same = held({
      police: 'ANNA Sample',
      civil: ' Anna sample ',
      social: 'ＡＮＮＡ　ＳＡＭＰＬＥ',
      justice: 'anna sample',
    });
    expect(await valuesBy({ tables: same })).toEqual([]);
  });

  it.each<[string, Tables]>([
    ['no record', { PoliceRecord: disagreeing['PoliceRecord'] ?? [] }],
    ['an empty column', held({ police: '林晓芸', civil: ' ', social: '', justice: null })],
    ['nobody known at all', {}],
  ])('%s states nothing', async (_, tables) => {
    const { data, errors } = await ask({ tables });
    expect([data.resident.discrepancies, errors]).toEqual([[], []]);
  });

  it('compares days as days and codes by what they mean; an unknown code states nothing', async () => {
    const permit = { gmsfhm: id, xm: '林晓芸', xbdm: '2', csrq: '19900507' };
    const police = { ...policeRow(id, 0), xm: '林晓芸' };
    const tables = (changes: object): Tables => ({
      PoliceRecord: [police],
      PoliceResidencePermit: [{ ...permit, ...changes }],
    });
    expect(await valuesBy({ tables: tables({}) })).toEqual([
      ['Resident.sex', ['MALE', 'FEMALE']],
      ['Resident.birthDate', ['1990-05-06', '1990-05-07']],
    ]);
    expect(await valuesBy({ tables: tables({ xbdm: 'X', csrq: '19900506' }) })).toEqual([]);
  });

  it('is told of each resident of a list apart, in reads that do not depend on how many there are', async () => {
    const ids = citizenIds(200);
    const source = `query($is: [ResidentIdentifier!]!) { residents(identifiers: $is) { discrepancies ${said} } }`;
    const tables = sampleTables(ids);
    const run = (some: readonly string[]) =>
      execute(source, { is: identifiers(some) }, { tables, decisions: nameOnly });
    const [one, all] = [await run(ids.slice(0, 1)), await run(ids)];
    expect(told(all.reads)).toEqual(told(one.reads));
    expect(one.data.residents[0].discrepancies).toEqual([]);
    expect(
      all.data.residents.filter((shown: { discrepancies: Shown[] }) => shown.discrepancies.length > 0).length,
    ).toBeGreaterThan(100);
  });

  it('asks the columns that are compared and no other, in the reads that are made anyway', async () => {
    const { reads } = await ask({ decisions: nameOnly });
    expect(told(reads)).toEqual([
      'CivilAffairsRecord(realName)',
      'PoliceRecord(xm)',
      'SocialSecurityRecord(aac003)',
    ]);
    const beside = await ask(
      { decisions: permitAllBut(hubGraph, {}) },
      `name civilAffairs { maritalStatus } discrepancies(elements: "Resident.name") { element statements { asOf } }`,
    );
    expect(told(beside.reads)).toEqual([
      'CivilAffairsRecord(marital.code,realName,updatedAt)',
      'JusticeRecord(fullName,updatedAt)',
      'PoliceRecord(xm,gxsj)',
      'PoliceResidencePermit(xm,gxsj)',
      'SocialSecurityRecord(aac003)',
    ]);
    expect(beside.data.resident.discrepancies[0].statements[0].asOf).toBe('2026-01-01T00:00:00.000Z');
  });

  it('leaves every decision that was used in the plan and on the record, and no other', async () => {
    const { story } = await ask({ decisions: { ...nameOnly, 'JusticeRecord.name': masked('NAME') } });
    expect(story.decisions.map(({ coordinate, effect, rule }) => [coordinate, effect, rule])).toEqual([
      ['Resident.discrepancies', 'PERMIT', 'hub:discrepancies'],
      ['PoliceRecord.name', 'PERMIT', 'test#permit'],
      ['CivilAffairsRecord.name', 'PERMIT', 'test#permit'],
      ['SocialSecurityRecord.name', 'PERMIT', 'test#permit'],
    ]);
  });
});

// The guarantee: a comparison never tells of a field what its owner does not show this caller.
describe('a field that the caller may not read clear', () => {
  it.each([
    ['denied', deny],
    ['masked', masked('NAME')],
    ['masked by row', permitIf(inRegion, 'NAME')],
    [
      'of a scope that nobody can apply',
      permitIf({ op: 'eq', attribute: 'PolicePenalty.cause', value: 'x' }),
    ],
  ])('%s, is not asked, and the answer is the same whatever it holds', async (_, decision) => {
    const decisions = { ...nameOnly, 'SocialSecurityRecord.name': decision };
    const answers = await Promise.all(
      ['林晓芸', '林小芸', null].map((social) =>
        ask({ decisions, tables: held({ police: '林晓芸', civil: '林晓芸', social, justice: null }) }),
      ),
    );
    const [first] = answers;
    expect(first?.data.resident.discrepancies).toEqual([]);
    for (const answer of answers) {
      expect(answer.reads.filter(({ request }) => request.entity === 'SocialSecurityRecord')).toEqual([]);
      expect(answer.errors).toEqual([]);
      expect(comparable(answer)).toBe(first && comparable(first));
      expect(JSON.stringify(answer.story.decisions)).not.toContain('SocialSecurity');
    }
  });

  it('leaves nothing to compare where one statement remains: that is a denial, told once, and asks nobody', async () => {
    const { data, errors, reads, story } = await ask({ decisions: { 'PoliceRecord.name': permit } });
    expect(data.resident.discrepancies).toBeNull();
    expect(errors.map(({ extensions }) => extensions)).toMatchObject([
      { code: 'FIELD_DENIED', coordinate: 'Resident.discrepancies', responsePath: 'resident.discrepancies' },
    ]);
    expect(reads).toEqual([]);
    expect(story.decisions).toMatchObject([{ coordinate: 'Resident.discrepancies', effect: 'DENY' }]);
  });

  it('by the row, states nothing of those out of scope', async () => {
    const decisions = { ...nameOnly, 'SocialSecurityRecord.name': permitIf(inRegion) };
    const inside = await ask({ decisions, subject: { region: '3301' } });
    expect(inside.data.resident.discrepancies).toHaveLength(1);
    const outside = await ask({ decisions, subject: { region: '5101' } });
    expect([outside.data.resident.discrepancies, outside.errors]).toEqual([[], []]);
    const asked = outside.reads.filter(({ request }) => request.entity === 'SocialSecurityRecord');
    expect(asked).toEqual([]);
  });
});

describe('a department that does not answer', () => {
  it('states nothing, and its outage is told once for its record; the others are compared', async () => {
    const behaviours = { 'civil-affairs-registry': { failure: new HubError('SOURCE_UNAVAILABLE') } };
    const { data, errors } = await ask({ behaviours });
    expect(data.resident.discrepancies[0].statements.map(({ value }: { value: string }) => value)).toEqual([
      '林晓芸',
      '林小芸',
    ]);
    expect(errors.map(({ extensions }) => extensions)).toMatchObject([
      {
        code: 'SOURCE_UNAVAILABLE',
        coordinate: 'Resident.civilAffairs',
        department: 'civil-affairs',
        responsePath: 'resident.discrepancies',
        count: 1,
      },
    ]);
  });
});

describe('elements', () => {
  const tables: Tables = {
    ...disagreeing,
    PoliceResidencePermit: [{ gmsfhm: id, xm: '林晓芸', xbdm: '2', csrq: '19900506' }],
  };
  const asked = (
    argument: string,
    header: string,
    variables: object,
    decisions = permitAllBut(hubGraph, {}),
  ) =>
    execute(
      `query($v: String!${header}) { resident(identifier: { value: $v }) { discrepancies(elements: ${argument}) ${said} } }`,
      { v: id, ...variables },
      { tables, decisions },
    );
  const list = ', $e: [String!]';

  it.each([
    ['["Resident.sex"]', '', {}],
    ['"Resident.sex"', '', {}],
    ['$e', list, { e: ['Resident.sex'] }],
    ['$e', list, { e: 'Resident.sex' }],
    ['$e', `${list} = ["Resident.sex"]`, {}],
    ['[$e]', ', $e: String!', { e: 'Resident.sex' }],
  ])(
    '%s%s narrows what is compared, and what is asked and decided with it',
    async (argument, header, variables) => {
      const { data, reads, story } = await asked(argument, header, variables);
      expect(data.resident.discrepancies.map(({ element }: Shown) => element)).toEqual(['Resident.sex']);
      expect(told(reads)).toEqual(['PoliceRecord(xbdm)', 'PoliceResidencePermit(xbdm)']);
      expect(story.decisions.map(({ coordinate }) => coordinate)).toEqual([
        'Resident.discrepancies',
        'PoliceRecord.sex',
        'PoliceResidencePermit.sex',
      ]);
    },
  );

  it.each([
    ['null', '', {}],
    ['$e', list, {}],
    ['$e', list, { e: null }],
  ])('%s%s names none in particular, and so all', async (argument, header, variables) => {
    const { data } = await asked(argument, header, variables);
    expect(data.resident.discrepancies.map(({ element }: Shown) => element)).toEqual([
      'Resident.name',
      'Resident.sex',
    ]);
  });

  it.each([
    ['["Resident.sex"]', '', {}],
    ['$e', list, { e: ['Resident.sex'] }],
    ['[]', '', {}],
    ['$e', list, { e: [] }],
    ['[$e]', ', $e: String!', { e: 'Resident.sex' }],
  ])(
    '%s%s of which nothing may be compared is denied, as a literal and as a variable',
    async (argument, header, variables) => {
      const result = await asked(argument, header, variables, nameOnly);
      expect([result.data.resident.discrepancies, codes(result), result.reads]).toEqual([
        null,
        ['FIELD_DENIED'],
        [],
      ]);
      expect(result.story.decisions).toMatchObject([
        { coordinate: 'Resident.discrepancies', effect: 'DENY' },
      ]);
    },
  );

  it.each([
    ['["Resident.shoeSize"]', '', {}],
    ['["name"]', '', {}],
    ['$e', list, { e: ['Resident.ethnicity'] }],
    ['$e', list, { e: Array.from({ length: 33 }, () => 'Resident.sex') }],
  ])(
    '%s%s that stand for nothing, or too many, are refused without a read, whoever asks',
    async (argument, header, variables) => {
      for (const decisions of [permitAllBut(hubGraph, {}), {}]) {
        const result = await asked(argument, header, variables, decisions);
        expect([codes(result), result.reads]).toEqual([['VARIABLE_INVALID'], []]);
      }
    },
  );

  it('of two selections are answered apart', async () => {
    const { data } = await ask(
      { tables },
      'a: discrepancies(elements: "Resident.sex") { element } b: discrepancies(elements: "Resident.name") { element }',
    );
    expect(data.resident).toEqual({ a: [{ element: 'Resident.sex' }], b: [{ element: 'Resident.name' }] });
  });
});

function statement(department: string, source: string, field: string, value: string): object {
  return { department, source, field, value };
}
