import { describe, expect, it } from 'vitest';
import type { RowRule } from '../../src/policies/agreement.ts';
import { hubGraph } from '../support/hub-graph.ts';
import type { RecordedRequest } from '../support/recording-connector.ts';
import { citizenId, citizenIds, identifiers } from '../support/residents.ts';
import { execute, type RunOptions } from '../support/run-operation.ts';
import { sampleTables } from '../support/sample-tables.ts';
import { inRegion, permitAllBut, permitIf } from '../support/table-policy.ts';

const ids = citizenIds(4);
const tables = sampleTables(ids);
const all = permitAllBut(hubGraph, {});
const header = 'query($is: [ResidentIdentifier!]!)';

function run(selection: string, options: RunOptions = {}, residents = ids) {
  return execute(
    `${header} { residents(identifiers: $is) { ${selection} } }`,
    { is: identifiers(residents) },
    { tables, decisions: all, ...options },
  );
}

/** `PoliceRecord(xm,xbdm)` per read, sorted. */
function told(reads: readonly RecordedRequest[]): string[] {
  return reads.map(({ request }) => `${request.entity}(${request.columns.join(',')})`).sort();
}

describe('a list of residents is one read per record type', () => {
  const selection = `name maritalStatus police { name sex } civilAffairs { name } socialSecurity { status } justice { legalAidCount }`;

  it('whatever its length', async () => {
    const residents = citizenIds(1000);
    const { reads, data } = await run(selection, { tables: sampleTables(residents) }, residents);
    expect(data.residents).toHaveLength(1000);
    expect(told(reads)).toEqual([
      'CivilAffairsRecord(marital.code,realName)',
      'JusticeRecord(legalAid.count)',
      'PoliceRecord(xm,xbdm)',
      'SocialSecurityRecord(aac031)',
    ]);
    for (const { request } of reads) expect(request.keys).toHaveLength(1000);
  });

  it('and one gate read more, where a rule needs it', async () => {
    const residents = citizenIds(1000);
    const decisions = permitAllBut(hubGraph, {
      'CivilAffairsRecord.name': permitIf(inRegion),
      'SocialSecurityRecord.status': permitIf(inRegion),
      'JusticeRecord.legalAidCount': permitIf(inRegion),
    });
    const { reads, story } = await run(
      'civilAffairs { name } socialSecurity { status } justice { legalAidCount }',
      { decisions, tables: sampleTables(residents), subject: { region: '330106' } },
      residents,
    );
    expect(told(reads)).toEqual([
      'CivilAffairsRecord(realName)',
      'JusticeRecord(legalAid.count)',
      'PoliceRecord(qhdm)',
      'SocialSecurityRecord(aac031)',
    ]);
    expect(story.reads.map(({ role }) => role).sort()).toEqual(['data', 'data', 'data', 'gate']);
    const gate = reads.find(({ request }) => request.entity === 'PoliceRecord');
    const asked = reads.find(({ request }) => request.entity === 'JusticeRecord');
    expect(gate?.request.keys).toHaveLength(1000);
    // Every fourth is not registered, and of the others every second is of another district.
    expect(asked?.request.keys).toHaveLength(375);
  });

  it('with the gate column on a read of the same record that is made anyway', async () => {
    const decisions = permitAllBut(hubGraph, { 'CivilAffairsRecord.name': permitIf(inRegion) });
    const { reads } = await run('police { sex } civilAffairs { name }', {
      decisions,
      subject: { region: '330106' },
    });
    expect(told(reads)).toEqual(['CivilAffairsRecord(realName)', 'PoliceRecord(xbdm,qhdm)']);
  });

  it('with the key column on a read of the same record that is made anyway, and shown nowhere', async () => {
    const { reads, text } = await run('police { sex household { memberCount } }');
    expect(told(reads)).toEqual(['PoliceHousehold(rs)', 'PoliceRecord(xbdm,hh)']);
    expect(text).not.toContain('H0');
  });

  it('a gate read is made where only a guarded read could carry its column', async () => {
    const decisions = permitAllBut(hubGraph, { 'CivilAffairsRecord.name': permitIf(inRegion) });
    const source =
      'query($is: [ResidentIdentifier!]!, $v: Boolean!) { residents(identifiers: $is) { police @include(if: $v) { sex } civilAffairs { name } } }';
    for (const v of [true, false]) {
      const { reads, data } = await execute(
        source,
        { is: identifiers(ids), v },
        { tables, decisions, subject: { region: '330106' } },
      );
      expect(told(reads)).toEqual([
        'CivilAffairsRecord(realName)',
        v ? 'PoliceRecord(xbdm,qhdm)' : 'PoliceRecord(qhdm)',
      ]);
      expect(data.residents[0].civilAffairs).toEqual({ name: '居民0' });
    }
  });
});

describe('paths that ask the same are joined', () => {
  it('100 aliases of one resident', async () => {
    const aliases = Array.from(
      { length: 100 },
      (_, n) => `a${n}: resident(identifier: {value: "${ids[0]}"}) { police { name } }`,
    );
    const { reads, data } = await execute(
      `{ ${aliases.join(' ')} }`,
      {},
      { tables, decisions: all, limits: { maxRootFields: 200 } },
    );
    expect(told(reads)).toEqual(['PoliceRecord(xm)']);
    expect(reads[0]?.request.keys).toEqual([[ids[0]]]);
    expect(new Set(Object.values(data).map((value) => JSON.stringify(value))).size).toBe(1);
  });

  it('aliases of several residents with equal selections', async () => {
    const aliases = ids.map(
      (id, n) =>
        `a${n}: resident(identifier: {value: "${id}"}) { police { name } justice { mediationCases { dispute } } }`,
    );
    const { reads, data } = await execute(`{ ${aliases.join(' ')} }`, {}, { tables, decisions: all });
    expect(told(reads)).toEqual(['JusticeMediationCase(disputeKind,acceptedOn)', 'PoliceRecord(xm)']);
    expect(reads.map(({ request }) => request.keys.length)).toEqual([4, 4]);
    expect(
      Object.values(data)
        .map((value) => JSON.stringify(value))
        .filter((value) => value.includes('居民')).length,
    ).toBe(3);
    expect(data.a0.police.name).toBe('居民0');
    expect(data.a1.police.name).toBe('居民1');
  });

  it('aliases behind a gate and behind a key', async () => {
    const decisions = permitAllBut(hubGraph, { 'CivilAffairsRecord.name': permitIf(inRegion) });
    const aliases = ids.map(
      (id, n) =>
        `a${n}: resident(identifier: {value: "${id}"}) { civilAffairs { name } police { household { headName } } }`,
    );
    const { reads } = await execute(
      `{ ${aliases.join(' ')} }`,
      {},
      { tables, decisions, subject: { region: '330106' } },
    );
    expect(told(reads)).toEqual([
      'CivilAffairsRecord(realName)',
      'PoliceHousehold(hzxm)',
      'PoliceRecord(qhdm,hh)',
    ]);
  });

  it('the same resident named in several ways', async () => {
    const [id = ''] = ids;
    const { reads, data } = await run('police { name }', {}, [
      id,
      ` ${id} `,
      id.replace(/\d/g, (digit) => String.fromCharCode(0xff10 + Number(digit))),
    ]);
    expect(reads.map(({ request }) => request.keys)).toEqual([[[id]]]);
    expect(data.residents).toEqual(Array.from({ length: 3 }, () => ({ police: { name: '居民0' } })));
  });

  it('elements, the section and the list of sections', async () => {
    const { reads } = await run('name sex police { birthDate } sections { ... on PoliceRecord { address } }');
    expect(told(reads)).toEqual(['PoliceRecord(xm,xbdm,csrq,hjdz)']);
  });

  it('fields made of one stored column', async () => {
    const { reads, data } = await run('age birthDate police { age birthDate }');
    expect(told(reads)).toEqual(['PoliceRecord(csrq)']);
    expect(data.residents[0]).toEqual({
      age: 35,
      birthDate: '1990-05-06',
      police: { age: 35, birthDate: '1990-05-06' },
    });
  });

  it('lists with the same arguments; lists with others are reads of their own', async () => {
    const { reads, data } = await run(
      'justice { a: mediationCases(first: 1) { caseNumber } b: mediationCases(first: 1) { dispute } c: mediationCases(first: 2) { caseNumber } }',
    );
    expect(told(reads)).toEqual([
      'JusticeMediationCase(caseNo,acceptedOn)',
      'JusticeMediationCase(caseNo,disputeKind,acceptedOn)',
    ]);
    expect(reads.map(({ request }) => request.maxRowsPerKey).sort()).toEqual([2, 3]);
    expect(data.residents[0].justice).toEqual({
      a: [{ caseNumber: 'C3' }],
      b: [{ dispute: '邻里' }],
      c: [{ caseNumber: 'C3' }, { caseNumber: 'C2' }],
    });
  });
});

describe('nothing is asked that is not needed', () => {
  it('for what @include leaves out', async () => {
    const source =
      'query($is: [ResidentIdentifier!]!, $v: Boolean!) { residents(identifiers: $is) { police { sex name @include(if: $v) } justice @include(if: $v) { name } civilAffairs { ... @skip(if: true) { name } maritalStatus } } }';
    const { reads } = await execute(source, { is: identifiers(ids), v: false }, { tables, decisions: all });
    expect(told(reads)).toEqual(['CivilAffairsRecord(marital.code)', 'PoliceRecord(xbdm)']);
  });

  it('of a record whose fields are all left out, under whichever rule', async () => {
    const decisions = permitAllBut(hubGraph, {
      'CivilAffairsRecord.name': permitIf(inRegion),
      'CivilAffairsRecord.maritalStatus': permitIf({
        op: 'eq',
        attribute: 'PoliceRecord.sex',
        value: 'MALE',
      }),
      'PoliceRecord.sex': permitIf(inRegion),
    });
    const source =
      'query($is: [ResidentIdentifier!]!, $v: Boolean!) { residents(identifiers: $is) { civilAffairs { name @include(if: $v) assistance @skip(if: $v) { kind } } justice { mediationCases { dispute @include(if: $v) } } } }';
    const run = (v: boolean) =>
      execute(source, { is: identifiers(ids), v }, { tables, decisions, subject: { region: '330106' } });
    expect(told((await run(true)).reads)).toEqual([
      'CivilAffairsRecord(realName)',
      'JusticeMediationCase(disputeKind,acceptedOn)',
      'PoliceRecord(qhdm)',
    ]);
    expect(told((await run(false)).reads)).toEqual(['CivilAffairsRecord(assistance.kind)']);
  });

  it('for identifiers that are malformed, or of a type that the department does not keep', async () => {
    const { reads, data, errors } = await execute(
      `${header} { residents(identifiers: $is) { id police { name } justice { name } } }`,
      {
        is: [
          { value: 'nonsense' },
          { type: 'PASSPORT', value: 'E12345678' },
          { value: citizenId(1).replace(/.$/, 'A') },
        ],
      },
      { tables, decisions: all },
    );
    expect(told(reads)).toEqual(['JusticeRecord(fullName)']);
    expect(reads[0]?.request.keys).toEqual([['414', 'E12345678']]);
    expect(data.residents.map((resident: unknown) => resident === null)).toEqual([true, false, true]);
    expect(errors.map(({ extensions }) => extensions)).toEqual([
      {
        code: 'IDENTIFIER_MALFORMED',
        retryable: false,
        responsePath: 'residents.*',
        positions: [0, 2],
        count: 2,
      },
    ]);
  });

  it('when nothing but the reference and type names are selected', async () => {
    const { reads, data } = await run('id __typename');
    expect(reads).toEqual([]);
    expect(data.residents).toHaveLength(4);
  });

  it('of a list that is to show no row but whether there is one, whatever its rule', async () => {
    const selection =
      'socialSecurity { contributions(first: 0) { month } } justice { mediationCases(first: 0) { dispute acceptedOn } }';
    const inCase: RowRule = { op: 'eq', attribute: 'JusticeMediationCase.caseNumber', value: 'C3' };
    for (const decisions of [
      all,
      permitAllBut(hubGraph, { 'JusticeMediationCase.dispute': permitIf(inCase) }),
    ]) {
      const { reads, data } = await run(selection, { decisions });
      expect(told(reads)).toEqual([
        decisions === all ? 'JusticeMediationCase()' : 'JusticeMediationCase(caseNo)',
        'SocialSecurityContribution()',
      ]);
      expect(reads.map(({ request }) => request.maxRowsPerKey)).toEqual([1, 1]);
      expect(data.residents[0]).toEqual({
        socialSecurity: { contributions: [] },
        justice: { mediationCases: [] },
      });
    }
    const nobody = await run(selection, {}, [citizenId(900)]);
    expect(nobody.data.residents).toEqual([{ socialSecurity: null, justice: null }]);
  });

  it('when the list of residents is empty', async () => {
    const { reads, data, errors } = await run('name', {}, []);
    expect([reads, data, errors]).toEqual([[], { residents: [] }, []]);
  });
});
