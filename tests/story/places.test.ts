import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPopulation } from '../../examples/population/population.ts';
import { type DepartmentName, startHub, type TestHub } from './hub.ts';

const residents = 400;
const { places, people } = createPopulation({ residents });
const tower = '330106002051L0001';

let hub: TestHub;
beforeAll(async () => {
  hub = await startHub({ residents });
});
beforeEach(() => {
  for (const department of Object.values(hub.departments)) department.resetReads();
});
afterAll(() => hub.close());

/** What a department itself counted: one entry for each read of a table or endpoint. */
function counted(name: DepartmentName): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { what } of hub.departments[name].reads()) counts[what] = (counts[what] ?? 0) + 1;
  return counts;
}

describe('人到户: a household with its members over three departments', () => {
  const query = `query($v: String!) { resident(identifier: { value: $v }) {
    name household { address members { id name maritalStatus socialSecurity { employer } } } } }`;
  const ask = () => hub.ask({ query, variables: { v: hub.facts.fixed.everywhere.value } });

  it('shows everybody who is registered in it', async () => {
    const { body } = await ask();
    expect(body.errors).toBeUndefined();
    const { household } = body.data.resident;
    expect(household.address).toContain('保俶路88号3幢2单元501室');
    expect(household.members.map(({ name }: { name: string }) => name).sort()).toEqual(
      ['林晓芸', '沈国强', '沈沐宸'].sort(),
    );
  });

  it('is a fixed number of reads of each department', async () => {
    await ask();
    expect(counted('police')).toEqual({ t_czrk: 3, t_hjh: 1 });
    expect(counted('civil-affairs')).toEqual({ '/api/v1/persons/batch': 1 });
    expect(Object.values(counted('social-security'))).toEqual([1]);
    expect(counted('justice')).toEqual({});
  });

  it('is on record with everybody whom it reached, and without any number', async () => {
    const { text } = await ask();
    for (const name of ['everywhere', 'spouse', 'child'] as const) {
      expect(text).not.toContain(hub.facts.fixed[name].value);
    }
    const audit = await hub.ask({
      client: 'audit-office',
      query:
        '{ accessRecords(first: 1, where: { client: "mediation-center" }) { nodes { subjects decisions { coordinate effect } } } }',
    });
    const [record] = audit.body.data.accessRecords.nodes;
    expect(record.subjects).toHaveLength(3);
    expect(record.decisions).toContainEqual({ coordinate: 'Household.members', effect: 'PERMIT' });
  });

  it('gives references that work in the next query of the same client, and of no other', async () => {
    const { body } = await ask();
    const spouse = body.data.resident.household.members.find(
      ({ name }: { name: string }) => name === '林晓芸',
    );
    const again = 'query($v: String!) { resident(identifier: { type: RESIDENT_ID, value: $v }) { name id } }';
    const own = await hub.ask({ query: again, variables: { v: spouse.id } });
    expect(own.body.data.resident).toEqual({ name: '林晓芸', id: spouse.id });
    const other = await hub.ask({ client: 'street-platform', query: again, variables: { v: spouse.id } });
    expect(other.body.data.resident).toBeNull();
  });

  it('gives references of one kind that open nothing of another', async () => {
    const own = 'query($v: String!) { resident(identifier: { value: $v }) { id household { id } } }';
    const { body } = await hub.ask({ query: own, variables: { v: hub.facts.fixed.everywhere.value } });
    const { id, household } = body.data.resident;
    const both = `query($h: ID!, $r: ID!, $v: String!) { household(id: $h) { memberCount: police { memberCount } }
      other: household(id: $r) { id } resident(identifier: { type: RESIDENT_ID, value: $v }) { id } }`;
    const opened = await hub.ask({ query: both, variables: { h: household.id, r: id, v: household.id } });
    expect(opened.body.data).toEqual({
      household: { memberCount: { memberCount: 3 } },
      other: null,
      resident: null,
    });
  });
});

describe('户入楼, 楼上图: a building with 500 dwellings', () => {
  const query = `query($code: ID!) { building(code: $code) { name floors location { longitude latitude } grid { name }
    dwellings { floor roomNumber residents { name } } } }`;
  const ask = () => hub.ask({ client: 'street-platform', query, variables: { code: tower } });

  it('shows every dwelling in order, and who of the street lives there', async () => {
    const { body } = await ask();
    expect(body.errors).toBeUndefined();
    const { building } = body.data;
    expect(building.dwellings).toHaveLength(500);
    expect(building.location).toEqual({ longitude: expect.any(Number), latitude: expect.any(Number) });
    expect(building.grid.name).toBe('上保社区第1网格');
    const floors = building.dwellings.map(({ floor }: { floor: number }) => floor);
    expect(floors).toEqual([...floors].sort((a, b) => a - b));
    const named = building.dwellings.flatMap(
      ({ residents: some }: { residents: { name: string }[] }) => some,
    );
    expect(named.map(({ name }: { name: string }) => name)).toContain('沈国强');
    // 周立群 rents a flat here and is registered in another street: to this caller he is not there.
    expect(named.map(({ name }: { name: string }) => name)).not.toContain('周立群');
    const shown = people.filter(
      (person) =>
        places.dwellingOf(person)?.building.code === tower &&
        person.household.division.startsWith('330106002') &&
        (person.registration === 'FAMILY' || person.registration === 'COLLECTIVE'),
    );
    expect(named).toHaveLength(shown.length);
  });

  it('is a fixed number of reads, whatever it holds', async () => {
    await ask();
    // The building's division is looked at before its dwellings are asked for, the people's before they are named.
    expect(counted('police')).toEqual({ t_bzdz_ld: 2, t_bzdz_fw: 2, t_jzxx: 1, t_czrk: 2 });
    // So is the grid's.
    expect(counted('civil-affairs')).toEqual({ '/api/v1/buildings/batch': 1, '/api/v1/grids/batch': 2 });
  });

  it('of another street is not there at all', async () => {
    const far = places.buildings.find(({ division }) => division.startsWith('330106004'));
    const { body } = await hub.ask({ client: 'street-platform', query, variables: { code: far?.code } });
    expect(body.data.building).toEqual({
      name: null,
      floors: null,
      location: null,
      grid: null,
      dwellings: [],
    });
    expect(counted('police')).toEqual({ t_bzdz_ld: expect.any(Number) });
  });

  it('is nothing to a client whose agreements know no such way', async () => {
    const { body } = await hub.ask({ client: 'one-stop-hall', query, variables: { code: tower } });
    expect(body.data.building.dwellings).toBeNull();
    expect(counted('police')).toEqual({});
    expect(
      body.errors.map(({ extensions }: { extensions: { coordinate: string } }) => extensions.coordinate),
    ).toContain('Building.dwellings');
  });
});
