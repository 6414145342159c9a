import { describe, expect, it } from 'vitest';
import { hubGraph } from '../support/hub-graph.ts';
import { homes, placeTables } from '../support/place-tables.ts';
import type { RecordedRequest } from '../support/recording-connector.ts';
import { citizenIds } from '../support/residents.ts';
import { codes, execute, type RunOptions } from '../support/run-operation.ts';
import { deny, inRegion, permit, permitAllBut, permitIf } from '../support/table-policy.ts';

const ids = citizenIds(6);
const tables = placeTables(homes(ids, 3));
const all = permitAllBut(hubGraph, {});

function run(source: string, options: RunOptions = {}, variables = {}) {
  return execute(source, variables, { tables, decisions: all, ...options });
}

function told(reads: readonly RecordedRequest[]): string[] {
  return reads.map(({ request }) => `${request.entity}(${request.columns.join(',')})`).sort();
}

describe('a household', () => {
  const source = '{ household(number: "002000000") { number address members { name maritalStatus } } }';

  it('has the members that are registered in it, each over the departments that hold something', async () => {
    const { data, errors, reads } = await run(source);
    expect(errors).toEqual([]);
    expect(data.household).toMatchObject({ number: '002000000', address: '保俶路88号1幢0室' });
    expect(data.household.members).toHaveLength(3);
    expect(data.household.members).toContainEqual({ name: '居民0', maritalStatus: 'UNMARRIED' });
    expect(told(reads)).toEqual([
      'CivilAffairsRecord(marital.code)',
      'PoliceHouseholdRecord(hh,hjdz)',
      'PoliceHouseholdRecord.members(gmsfhm)',
      'PoliceRecord(xm)',
    ]);
  });

  it('puts every member on the record, though nobody named them', async () => {
    const { story } = await run(source);
    expect(story.residents.map(({ value }) => value).sort()).toEqual(ids.slice(0, 3).sort());
  });

  it('is reached from a resident by a column of a record that is read anyway', async () => {
    const { data, reads } = await run(
      'query($v: String!) { resident(identifier: { value: $v }) { name household { address } } }',
      {},
      { v: ids[0] },
    );
    expect(data.resident).toEqual({ name: '居民0', household: { address: '保俶路88号1幢0室' } });
    expect(told(reads)).toEqual(['PoliceHouseholdRecord(hjdz)', 'PoliceRecord(xm,hh)']);
  });

  it('of nobody is the same as one whose number is not known', async () => {
    const { data, errors } = await run('{ household(number: "999999999") { number members { name } } }');
    expect(errors).toEqual([]);
    expect(data.household).toEqual({ number: null, members: [] });
  });
});

describe('reads do not depend on how many there are', () => {
  const source = `{ building(code: "B1") { name location { longitude latitude } dwellings {
    roomNumber residents { name maritalStatus household { address } } } grid { name } } }`;

  it('a building with 500 dwellings is one read per record type and level', async () => {
    const people = citizenIds(1000);
    const small = await run(source);
    const large = await run(source, { tables: placeTables(homes(people, 2)) });
    expect(large.errors).toEqual([]);
    expect(large.data.building.dwellings).toHaveLength(500);
    expect(large.data.building.location).toEqual({ longitude: 120.1397, latitude: 30.2712 });
    expect(large.data.building.grid).toEqual({ name: '上保第一网格' });
    expect(told(large.reads)).toEqual(told(small.reads));
    expect(told(large.reads)).toEqual([
      'CivilAffairsBuilding(gridCode)',
      'CivilAffairsGrid(name)',
      'CivilAffairsRecord(marital.code)',
      'PoliceBuilding(mc,jd,wd)',
      'PoliceBuilding.dwellings(fwbm)',
      'PoliceDwelling(sh)',
      'PoliceDwelling.residents(gmsfhm)',
      'PoliceHouseholdRecord(hjdz)',
      'PoliceRecord(xm,hh)',
    ]);
  });

  it('nor on how many a search finds: each level below its people is one read per record type', async () => {
    const search = `query($f: Int) { searchResidents(first: $f) { nodes { name household { address members { maritalStatus } } dwelling { roomNumber } } } }`;
    const decisions = {
      ...all,
      'Resident.police#search': permit,
      'PoliceRecord.residencePermit#search': permit,
    };
    const people = { tables: placeTables(homes(citizenIds(60), 3)), decisions };
    const few = await run(search, people, { f: 2 });
    const many = await run(search, people, { f: 50 });
    expect([few, many].map(({ data }) => data.searchResidents.nodes.length)).toEqual([2, 50]);
    expect(many.data.searchResidents.nodes[0].household.members).toHaveLength(3);
    expect(told(many.reads)).toEqual(told(few.reads));
    expect(many.reads).toHaveLength(new Set(told(many.reads)).size);
    expect(many.lists).toHaveLength(2);
    // The same people in the same order, whenever it is asked.
    const again = await run(search, people, { f: 50 });
    expect(again.data).toEqual(many.data);
  });

  it('two ways to the same people are one read of each record type', async () => {
    const { reads, data } = await run(
      'query($v: String!) { resident(identifier: { value: $v }) { household { members { name } } dwelling { residents { name } } } }',
      {},
      { v: ids[0] },
    );
    expect(data.resident.household.members).toHaveLength(3);
    expect(data.resident.dwelling.residents).toHaveLength(3);
    const people = reads.filter(({ request }) => request.columns.includes('xm'));
    expect(people).toHaveLength(1);
    expect(people[0]?.request.keys).toHaveLength(3);
  });

  it('comes in the order of the contract, and first takes the first of it', async () => {
    const { data } = await run('{ building(code: "B1") { dwellings(first: 1) { floor } } }');
    expect(data.building.dwellings).toEqual([{ floor: 1 }]);
  });
});

describe('a hop is a decision of its own', () => {
  const source = '{ household(number: "002000000") { address members { name household { address } } } }';

  it('without which neither the way nor what lies beyond is read', async () => {
    const decisions = permitAllBut(hubGraph, { 'PoliceHouseholdRecord.members': deny });
    const { data, errors, reads } = await run(source, { decisions });
    expect(data.household).toEqual({ address: '保俶路88号1幢0室', members: null });
    expect(errors[0]?.extensions).toMatchObject({ code: 'FIELD_DENIED', coordinate: 'Household.members' });
    expect(told(reads)).toEqual(['PoliceHouseholdRecord(hjdz)']);
  });

  it('and the way back is decided again', async () => {
    const decisions = permitAllBut(hubGraph, { 'PoliceRecord.registeredHousehold': deny });
    const { data, reads } = await run(source, { decisions });
    expect(data.household.members).toHaveLength(3);
    expect(data.household.members[0].household).toBeNull();
    expect(told(reads)).toEqual([
      'PoliceHouseholdRecord(hjdz)',
      'PoliceHouseholdRecord.members(gmsfhm)',
      'PoliceRecord(xm)',
    ]);
  });

  it('shows no key that the caller may not see, though the hub follows it', async () => {
    const decisions = permitAllBut(hubGraph, {
      'PoliceRecord.citizenId': deny,
      'PoliceHouseholdRecord.number': deny,
      'PoliceRecord.householdNumber': deny,
    });
    const { text, data } = await run(
      '{ household(number: "002000000") { id number members { id citizenId household { id number } } } }',
      { decisions },
    );
    expect(data.household.members).toHaveLength(3);
    for (const id of ids) expect(text).not.toContain(id);
    expect(text).not.toContain('002000000');
  });
});

describe('a rule on the row holds on every way', () => {
  const scoped = permitAllBut(hubGraph, {
    'PoliceHouseholdRecord.members': permitIf(inRegion),
    'PoliceRecord.name': permitIf(inRegion),
    'CivilAffairsRecord.name': permitIf(inRegion),
  });
  const source = '{ household(number: "002000000") { members { id name civilAffairs { name } } } }';
  const options = { decisions: scoped, subject: { region: '330106' } };

  it('who is out of scope is not there, and nobody else is asked about them', async () => {
    const { data, errors, reads } = await run(source, options);
    expect(errors).toEqual([]);
    // The second of the three is registered in another district.
    expect(data.household.members.map(({ name }: { name: string }) => name).sort()).toEqual([
      '居民0',
      '居民2',
    ]);
    const asked = reads.filter(({ request }) => request.columns.includes('realName'));
    expect(asked).toHaveLength(1);
    expect(asked[0]?.request.keys.flat().sort()).toEqual([ids[0], ids[2]].sort());
  });

  it('and the entry is one read, for all conditions beyond it', async () => {
    const { story, reads } = await run(source, options);
    expect(story.reads.map(({ role }) => role).sort()).toEqual(['data', 'data', 'data', 'gate']);
    expect(told(reads)).toEqual([
      'CivilAffairsRecord(realName)',
      'PoliceHouseholdRecord.members(gmsfhm)',
      'PoliceRecord(qhdm)',
      'PoliceRecord(xm,qhdm)',
    ]);
  });

  it('first takes the same ones in whatever order a source without a declared one says them', async () => {
    const home = { household: '002000000', dwelling: 'D0', members: citizenIds(9) };
    const stored = placeTables([home]);
    const turned = Object.fromEntries(
      Object.entries(stored).map(([type, rows]) => [type, rows.toReversed()]),
    );
    const members = async (given: typeof stored, first: number) => {
      const query = `{ household(number: "002000000") { members(first: ${first}) { id } } }`;
      return (await run(query, { tables: given })).data.household.members;
    };
    const everybody = await members(stored, 100);
    expect(everybody).toHaveLength(9);
    for (const first of [1, 2, 4]) {
      expect(await members(stored, first)).toEqual(everybody.slice(0, first));
      expect(await members(turned, first)).toEqual(everybody.slice(0, first));
    }
  });

  it('first counts those who are there', async () => {
    const { data } = await run('{ household(number: "002000000") { members(first: 2) { name } } }', options);
    expect(data.household.members.map(({ name }: { name: string }) => name).sort()).toEqual([
      '居民0',
      '居民2',
    ]);
  });

  it('nobody is asked about anybody where the rule can never hold', async () => {
    const { data, reads } = await run(source, { decisions: scoped });
    expect(data.household.members).toEqual([]);
    expect(reads).toEqual([]);
  });

  it('without the gate nobody knows who is there', async () => {
    const failing = {
      ...options,
      behaviours: { 'police-population': { failure: new Error('down'), failsFor: 'PoliceRecord' } },
    };
    const { data, errors, reads } = await run(source, failing);
    expect(data.household.members).toBeNull();
    expect(errors.map(({ extensions }) => extensions?.['coordinate'])).toEqual(['Household.members']);
    expect(reads.filter(({ source: name }) => name !== 'police-population')).toEqual([]);
  });

  it('a rule on the household shuts the way from it', async () => {
    const inStreet = {
      op: 'prefix',
      attribute: 'PoliceHouseholdRecord.divisionCode',
      value: { subject: 'region' },
    } as const;
    const decisions = permitAllBut(hubGraph, { 'PoliceHouseholdRecord.members': permitIf(inStreet) });
    const near = await run(source, { decisions, subject: { region: '330106002' } });
    expect(near.data.household.members).toHaveLength(3);
    const far = await run(source, { decisions, subject: { region: '330106004' } });
    expect(far.data.household.members).toEqual([]);
    expect(told(far.reads)).toEqual(['PoliceHouseholdRecord(qhdm)']);
  });

  it('a rule about another entity than the two ends is no permission', async () => {
    const elsewhere = { op: 'eq', attribute: 'PoliceBuilding.divisionCode', value: '330106002051' } as const;
    for (const field of ['PoliceHouseholdRecord.members', 'PoliceRecord.name'] as const) {
      const { errors } = await run(source, {
        decisions: permitAllBut(hubGraph, { [field]: permitIf(elsewhere) }),
      });
      expect(errors[0]?.extensions).toMatchObject({ code: 'FIELD_DENIED', reason: 'UNSUPPORTED_SCOPE' });
    }
  });
});

describe('what registers hold is not believed', () => {
  it('keys are followed in whatever form they are stored, one person once, and what is no key leads nowhere', async () => {
    const [first = '', second = ''] = ids;
    const rows = [` ${first} `, first, second.toLowerCase(), '11010119000101000', '', null].map((gmsfhm) => ({
      hh: '002000000',
      gmsfhm,
    }));
    const dirty = placeTables(homes(ids, 3), { 'PoliceHouseholdRecord.members': rows });
    const { data, story, unknown } = await run('{ household(number: "002000000") { members { name } } }', {
      tables: dirty,
    });
    expect(unknown).toEqual([]);
    expect(data.household.members).toHaveLength(2);
    expect(story.residents.map(({ value }) => value).sort()).toEqual([first, second].sort());
  });

  it('a member of whom there is no record is there, with nothing known', async () => {
    const lone = placeTables(homes(ids, 3), { PoliceRecord: [] });
    const { data, errors } = await run('{ household(number: "002000000") { members { name } } }', {
      tables: lone,
    });
    expect(errors).toEqual([]);
    expect(data.household.members).toEqual([{ name: null }, { name: null }, { name: null }]);
  });

  it('a way that cannot be read is null, and told', async () => {
    const { data, errors } = await run('{ household(number: "002000000") { address members { name } } }', {
      behaviours: {
        'police-population': { failure: new Error('down'), failsFor: 'PoliceHouseholdRecord.members' },
      },
    });
    expect(data.household).toEqual({ address: '保俶路88号1幢0室', members: null });
    expect(errors[0]?.extensions).toMatchObject({ code: 'SOURCE_FAULT', coordinate: 'Household.members' });
  });
});

describe('bounds', () => {
  it('relations are followed five deep, circles included', async () => {
    const circle = (hops: number): string =>
      hops === 0
        ? 'id'
        : hops % 2 === 0
          ? `household { ${circle(hops - 1)} }`
          : `members(first: 2) { ${circle(hops - 1)} }`;
    const five = await run(`{ household(number: "002000000") { ${circle(5)} } }`);
    expect(codes(five)).toEqual([]);
    const six = await run(
      `query($v: String!) { resident(identifier: { value: $v }) { ${circle(6)} } }`,
      {},
      { v: ids[0] },
    );
    expect(codes(six)).toEqual(['OPERATION_LIMIT_EXCEEDED']);
    expect(six.reads).toEqual([]);
  });

  it('what relations can lead to at most is paid for before anything is read', async () => {
    const wide = '{ grid(code: "G1") { buildings { dwellings { residents { name } } } } }';
    const refused = await run(wide);
    expect(codes(refused)).toEqual(['OPERATION_LIMIT_EXCEEDED']);
    expect(refused.reads).toEqual([]);
    const narrow =
      '{ grid(code: "G1") { buildings(first: 5) { dwellings(first: 100) { residents { name } } } } }';
    expect(codes(await run(narrow))).toEqual([]);
  });

  it('no more entities are reached than the limit says', async () => {
    const source = '{ household(number: "002000000") { members { name } } }';
    const refused = await run(source, { limits: { maxReached: 2 } });
    expect(codes(refused)).toEqual(['OPERATION_LIMIT_EXCEEDED']);
    expect(told(refused.reads)).toEqual(['PoliceHouseholdRecord.members(gmsfhm)']);
  });

  it('a list that is longer than the contract allows is cut, and said to be', async () => {
    const many = citizenIds(120);
    const { data, result } = await run('{ household(number: "002000000") { members { id } } }', {
      tables: placeTables(homes(many, 120)),
    });
    expect(data.household.members).toHaveLength(100);
    expect(result.extensions?.['truncated']).toEqual(['Household.members']);
  });
});

describe('aliases and variables', () => {
  it('two lists of other lengths stand side by side', async () => {
    const { data } = await run(
      'query($n: Int) { building(code: "B1") { a: dwellings(first: 1) { floor } b: dwellings(first: $n) { floor } } }',
      {},
      { n: 2 },
    );
    expect(data.building).toEqual({ a: [{ floor: 1 }], b: [{ floor: 1 }, { floor: 2 }] });
  });

  it('what is skipped is not followed', async () => {
    const { data, reads } = await run(
      'query($s: Boolean!) { household(number: "002000000") { address members @skip(if: $s) { name } } }',
      {},
      { s: true },
    );
    expect(data.household).toEqual({ address: '保俶路88号1幢0室' });
    expect(told(reads)).toEqual(['PoliceHouseholdRecord(hjdz)']);
  });

  it('exactly one key names a household or dwelling', async () => {
    for (const key of ['', '(number: "1", id: "x")', '(number: null)']) {
      const { errors } = await run(`{ household${key} { id } }`);
      expect(errors[0]?.extensions?.['code']).toBe('VARIABLE_INVALID');
    }
    const malformed = await run('{ household(id: "made-up") { id } dwelling(code: "a b/../c") { id } }');
    expect(codes(malformed)).toEqual(['IDENTIFIER_MALFORMED', 'IDENTIFIER_MALFORMED']);
    expect(malformed.data).toEqual({ household: null, dwelling: null });
  });
});

describe('livesAlone is its own answer, of rows that nobody sees', () => {
  const source = 'query($v: String!) { resident(identifier: { value: $v }) { livesAlone } }';
  const [first = '', second = ''] = ids;
  const ask = (livesIn: readonly { gmsfhm: string | null; fwbm: string }[], options: RunOptions = {}) =>
    run(
      source,
      {
        tables: placeTables(homes(ids, 3), { 'PoliceResidence.livesAlone': livesIn }),
        decisions: { 'PoliceResidence.livesAlone': permit },
        ...options,
      },
      { v: first },
    );
  const row = (gmsfhm: string | null) => ({ gmsfhm, fwbm: 'FW0000' });

  it.each([
    ['nobody else lives there', [row(first), row(` ${first}`)], true],
    ['somebody else does', [row(first), row(second)], false],
    ['the register has nobody there, which is no answer', [], null],
    ['it has somebody else alone', [row(second)], null],
    ['it has a row of nobody besides', [row(first), row(null)], null],
  ])('when %s', async (_, rows, expected) => {
    const { data, errors } = await ask(rows);
    expect(errors).toEqual([]);
    expect(data.resident).toEqual({ livesAlone: expected });
  });

  it('needs no permission for the dwelling nor for who else lives there, and gives neither', async () => {
    const { text, reads, story } = await ask([row(first), row(second)]);
    expect(told(reads)).toEqual(['PoliceResidence(fwbm)', 'PoliceResidence.livesAlone(gmsfhm)']);
    for (const hidden of [first, second, 'FW0000']) expect(text).not.toContain(hidden);
    expect(story.residents.map(({ value }) => value)).toEqual([first]);
  });

  it('is denied by itself, and then nothing is asked', async () => {
    const decisions = permitAllBut(hubGraph, { 'PoliceResidence.livesAlone': deny });
    const { data, errors, reads } = await ask([row(first)], { decisions });
    expect(data.resident).toEqual({ livesAlone: null });
    expect(errors[0]?.extensions).toMatchObject({ code: 'FIELD_DENIED', coordinate: 'Resident.livesAlone' });
    expect(reads).toEqual([]);
  });

  it('is unknown where it cannot be read, and that is told', async () => {
    const behaviours = {
      'police-population': { failure: new Error('down'), failsFor: 'PoliceResidence.livesAlone' },
    };
    const { data, errors } = await ask([row(first)], { behaviours });
    expect(data.resident).toEqual({ livesAlone: null });
    expect(errors[0]?.extensions).toMatchObject({ code: 'SOURCE_FAULT', coordinate: 'Resident.livesAlone' });
  });

  it('stands under the rule on the resident', async () => {
    const decisions = { 'PoliceResidence.livesAlone': permitIf(inRegion) };
    const near = await ask([row(first)], { decisions, subject: { region: '330106' } });
    expect(near.data.resident).toEqual({ livesAlone: true });
    const far = await ask([row(first)], { decisions, subject: { region: '330105' } });
    expect(far.data.resident).toEqual({ livesAlone: null });
    expect(far.reads.map(({ request }) => request.entity)).not.toContain('PoliceResidence.livesAlone');
  });
});
