import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { groupRows } from '../../examples/departments/group-rows.ts';
import { fixedCount } from '../../examples/population/fixed-residents.ts';
import type { Person } from '../../examples/population/person.ts';
import { createPopulation, type Population } from '../../examples/population/population.ts';
import { isCitizenId } from '../../src/resident/citizen-id.ts';
import { parseIdentifier } from '../../src/resident/identifier.ts';

const population = createPopulation();
const { people, couples, police, civilAffairs, socialSecurity, justice, facts } = population;
const citizens = people.filter(({ identifier }) => identifier.type === 'CITIZEN_ID');
const personOf = new Map(people.map((person) => [person.id, person]));

describe('the population', () => {
  it('is the same for the same options, and another for another seed', () => {
    const once = hashOf(createPopulation({ residents: 1_000 }));
    expect(hashOf(createPopulation({ residents: 1_000, seed: 20_260_101 }))).toBe(once);
    expect(hashOf(createPopulation({ residents: 1_000, seed: 7 }))).not.toBe(once);
  });

  it('keeps the documented residents and their records, whatever its size', () => {
    const small = createPopulation({ residents: 60 });
    expect(small.people).toHaveLength(60);
    expect(small.facts.fixed).toEqual(facts.fixed);
    const { everywhere } = facts.fixed;
    const records = ({ police, civilAffairs, socialSecurity, justice }: Population) => [
      police.t_czrk.find(({ gmsfhm }) => gmsfhm === everywhere.value),
      police.t_xzcf.filter(({ gmsfhm }) => gmsfhm === everywhere.value),
      civilAffairs.persons.find(({ idCard }) => idCard === everywhere.value),
      civilAffairs.marriages.filter(({ idCard }) => idCard === everywhere.value),
      socialSecurity.insured.find(({ aac002 }) => aac002 === everywhere.value),
      socialSecurity.contributions(everywhere.value),
      justice.persons.find(({ idNumber }) => idNumber === everywhere.value),
      justice.mediations.filter(({ idNumber }) => idNumber === everywhere.value),
    ];
    expect(records(small)).toEqual(records(population));
    expect(createPopulation({ residents: 60, seed: 7 }).facts.fixed).toEqual(facts.fixed);
  });

  it('is made in less than a second', () => {
    const before = process.cpuUsage();
    createPopulation();
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(1_500);
  });

  it.each([0, fixedCount - 1, 1_000_001, 2.5, Number.NaN])('refuses %s residents', (residents) => {
    expect(() => createPopulation({ residents })).toThrow(TypeError);
  });

  it('gives everybody an identifier of their own, valid and in agreement with birth date and sex', () => {
    expect(new Set(people.map(({ id }) => id)).size).toBe(people.length);
    const wrong = citizens.filter(
      ({ id, birthDate, sex }) =>
        !isCitizenId(id) || id.slice(6, 14) !== birthDate || Number(id[16]) % 2 !== (sex === '1' ? 1 : 0),
    );
    expect(wrong).toEqual([]);
    expect(
      people.filter(({ identifier }) => parseIdentifier(identifier)?.value !== identifier.value),
    ).toEqual([]);
    expect(parseIdentifier(facts.nobody)).toEqual(facts.nobody);
    expect(personOf.has(facts.nobody.value)).toBe(false);
  });

  it('allots sequence codes from 900, and 996 to 999 to people of a hundred years and more', () => {
    const wrong = citizens.filter(({ id, birthDate }) => {
      const [first, last] = birthDate <= '19260630' ? [996, 999] : [900, 995];
      const sequence = Number(id.slice(14, 17));
      return sequence < first || sequence > last;
    });
    expect(wrong).toEqual([]);
    expect(citizens.filter(({ birthDate }) => birthDate <= '19260630').length).toBeGreaterThan(2);
  });

  it('has the ages of a city district', () => {
    const years = people.map(({ birthDate }) => Number(birthDate.slice(0, 4)));
    expect(Math.min(...years)).toBe(1925);
    expect(Math.max(...years)).toBe(2026);
    expect(shareOf(({ birthDate }) => birthDate > '20080630')).toBeGreaterThan(0.12);
    expect(shareOf(({ birthDate }) => birthDate > '20120630')).toBeGreaterThan(0.08);
    expect(shareOf(({ birthDate }) => birthDate <= '19660630')).toBeGreaterThan(0.17);
    expect(shareOf(({ birthDate }) => birthDate <= '19660630')).toBeLessThan(0.3);
    expect(shareOf(({ birthDate }) => birthDate <= '19460630')).toBeLessThan(0.08);
  });

  it('has common, compound and minority names', () => {
    const surnames = ['王', '李', '张', '刘', '陈'];
    const common = shareOf(({ name }) => surnames.includes(name.slice(0, 1)));
    expect(common).toBeGreaterThan(0.2);
    expect(common).toBeLessThan(0.4);
    expect(people.filter(({ name }) => name.startsWith('欧阳')).length).toBeGreaterThan(3);
    expect(people.filter(({ name }) => name.includes('·')).length).toBeGreaterThan(3);
    expect(new Set(people.map(({ ethnicity }) => ethnicity)).size).toBeGreaterThan(8);
  });

  it('lives in committees of twelve digits, nearly all of the one district', () => {
    const address = /^浙江省杭州市.+区.+(街道|镇).+号/;
    const wrong = people.filter(
      ({ household }) => !/^3301\d{8}$/.test(household.division) || !address.test(household.address),
    );
    expect(wrong).toEqual([]);
    expect(shareOf(({ household }) => household.division.startsWith('330106'))).toBeGreaterThan(0.95);
    expect(new Set(people.map(({ household }) => household.division.slice(0, 9))).size).toBeGreaterThan(12);
  });
});

describe('households', () => {
  it('have one head and as many members as registered rows name them', () => {
    const rows = new Map(police.t_hjh.map((row) => [row.hh, row]));
    const members = new Map<string, number>();
    for (const { hh } of police.t_czrk) if (hh) members.set(hh, (members.get(hh) ?? 0) + 1);
    expect(new Set(rows.keys())).toEqual(new Set(members.keys()));
    expect(police.t_hjh.filter(({ hh, rs }) => rs !== members.get(hh))).toEqual([]);
    const heads = new Map(people.map(({ household }) => [household.number, household.members[0]?.name]));
    expect(police.t_hjh.filter(({ hh, hzxm }) => hzxm !== heads.get(hh))).toEqual([]);
  });

  it('leave the floating population out of the police register', () => {
    const floating = people.filter(({ registration }) => registration === 'FLOATING');
    expect(floating.length).toBeGreaterThan(300);
    const missing = new Set(facts.missing.police);
    expect(floating.every(({ id }) => missing.has(id))).toBe(true);
  });
});

describe('marriages', () => {
  it('are between two adults of the population, who are never married twice at once', () => {
    const wrong = couples.filter(
      ({ husband, wife, marriedOn, divorcedOn }) =>
        personOf.get(husband.id) !== husband ||
        personOf.get(wife.id) !== wife ||
        yearOf(marriedOn) - yearOf(husband.birthDate) < 22 ||
        yearOf(marriedOn) - yearOf(wife.birthDate) < 20 ||
        (divorcedOn !== undefined && divorcedOn <= marriedOn),
    );
    expect(wrong).toEqual([]);
    for (const own of [
      ...groupRows(couples, ({ husband }) => husband.id).values(),
      ...groupRows(couples, ({ wife }) => wife.id).values(),
    ]) {
      const sorted = own.toSorted((a, b) => (a.marriedOn < b.marriedOn ? -1 : 1));
      for (const [index, { divorcedOn }] of sorted.slice(0, -1).entries()) {
        expect(divorcedOn !== undefined && divorcedOn < (sorted[index + 1]?.marriedOn ?? '')).toBe(true);
      }
    }
  });

  it('stand in the register once for each of the two, under one certificate', () => {
    const canonical = canonicalIds('civil-affairs', 'marriages');
    const pairs = [...groupRows(civilAffairs.marriages, ({ certNo }) => certNo).values()];
    const wrong = pairs.filter(
      ([one, other, ...more]) =>
        more.length > 0 ||
        canonical(one?.idCard ?? '') !== other?.spouse.idCard ||
        canonical(other?.idCard ?? '') !== one?.spouse.idCard,
    );
    expect(pairs.length).toBeGreaterThan(1_000);
    expect(wrong).toEqual([]);
  });
});

describe('the facts', () => {
  it('name residents of whom a department has no record', () => {
    for (const department of ['police', 'civil-affairs', 'social-security', 'justice'] as const) {
      expect(facts.missing[department].length).toBeGreaterThan(500);
      expect(facts.missing[department].length).toBeLessThan(people.length);
    }
    const { everywhere, passportOnly, floating } = facts.fixed;
    for (const missing of Object.values(facts.missing)) expect(missing).not.toContain(everywhere.value);
    expect(facts.missing.police).toContain(floating.value);
    expect(facts.missing.justice).not.toContain(passportOnly.value);
    for (const department of ['police', 'civil-affairs', 'social-security'] as const) {
      expect(facts.missing[department]).toContain(passportOnly.value);
    }
  });

  it('list every key that is not stored in canonical form', () => {
    const wrong = facts.dirtyKeys.filter(
      ({ department, table, id, stored }) =>
        stored === id ||
        parseIdentifier({ type: 'CITIZEN_ID', value: stored })?.value !== id ||
        !keysOf(department, table).has(stored),
    );
    expect(wrong).toEqual([]);
    const listed = new Set(facts.dirtyKeys.map(({ table, stored }) => `${table}/${stored}`));
    const unlisted = police.t_czrk.filter(
      ({ gmsfhm }) => !personOf.has(gmsfhm) && !listed.has(`t_czrk/${gmsfhm}`),
    );
    expect(unlisted).toEqual([]);
    const forms = new Set(
      facts.dirtyKeys.filter(({ department }) => department === 'police').map(({ form }) => form),
    );
    expect(forms).toEqual(new Set(['CITIZEN_15', 'LOWER_X', 'FULL_WIDTH', 'PADDED']));
  });

  it('list what departments believe that the authority does not', () => {
    expect(facts.contradictions.length).toBeGreaterThan(50);
    for (const { id, element, stored, expected } of facts.contradictions) {
      expect(stored).not.toBe(expected);
      if (element === 'Resident.name') expect(personOf.get(id)?.name).toBe(expected);
    }
    const { spouse, minorityName, divorcedMother } = facts.fixed;
    expect(contradicted(spouse.value)).toEqual([['social-security', 'Resident.name', '林小芸']]);
    expect(contradicted(minorityName.value)).toEqual([
      ['civil-affairs', 'Resident.name', '阿卜杜热合曼．买买提'],
    ]);
    expect(contradicted(divorcedMother.value)).toEqual([['civil-affairs', 'Resident.maritalStatus', '20']]);
  });

  it('list names that differ and nothing less', () => {
    const canonical = canonicalIds('social-security', 'insured');
    const differing = socialSecurity.insured.filter(
      ({ aac002, aac003 }) => personOf.get(canonical(aac002))?.name !== aac003,
    );
    const listed = facts.contradictions.filter(
      ({ table, element }) => table === 'insured' && element === 'Resident.name',
    );
    expect(differing).toHaveLength(listed.length);
  });

  it('list codes that no table has, and days that no calendar has', () => {
    expect(new Set(facts.unknownCodes.map(({ column }) => column))).toEqual(
      new Set(['xbdm', 'mzdm', 'marital.code', 'assistance.kind', 'aac031', 'category']),
    );
    for (const { stored } of facts.wrongDates) expect(stored).toMatch(/^(\d{4}0230|00000000|0000-00-00)$/);
    expect(facts.wrongDates.filter(({ table }) => table === 't_czrk').map(({ id }) => id)).toContain(
      facts.fixed.wrongDate.value,
    );
  });

  it('list every sealed row: of juveniles, of minor offences since 2026, and those of which nobody said', () => {
    const sealed = police.t_xzcf.filter(({ fcbz }) => fcbz !== '0');
    expect(
      facts.sealed
        .filter(({ table }) => table === 't_xzcf')
        .map(({ trace }) => trace)
        .toSorted(),
    ).toEqual(sealed.map(({ wsbh }) => wsbh).toSorted());
    expect(new Set(facts.sealed.map(({ reason }) => reason))).toEqual(
      new Set(['juvenile', 'public-order', 'unknown']),
    );
    expect(facts.sealed.filter(({ table }) => table === 'corrections')).toHaveLength(
      justice.corrections.filter(({ sealed }) => sealed === 'Y').length,
    );
    const ofMinor = facts.sealed.filter(({ id }) => id === facts.fixed.sealedMinor.value);
    expect(ofMinor.map(({ department }) => department).toSorted()).toEqual(['justice', 'police']);
  });
});

describe('contributions', () => {
  it('are counted as they are listed, by month and kind, for at most three years', () => {
    for (const { aac002 } of socialSecurity.insured.slice(0, 300)) {
      const rows = socialSecurity.contributions(aac002);
      expect(socialSecurity.contributionCount(aac002)).toBe(rows.length);
      expect(rows.length).toBeLessThanOrEqual(144);
      expect(new Set(rows.map(({ aae003, aae140 }) => `${aae003}/${aae140}`)).size).toBe(rows.length);
    }
    expect(socialSecurity.contributionCount(facts.fixed.everywhere.value)).toBe(144);
    expect(socialSecurity.contributionCount(facts.nobody.value)).toBe(0);
  });
});

describe('examples/README.md', () => {
  it('lists the documented residents as they are', async () => {
    const text = await readFile('examples/README.md', 'utf8');
    for (const person of people.slice(0, fixedCount)) {
      expect(text).toContain(`| \`${person.fixed}\` | ${person.name} | ${person.id} |`);
    }
    expect(text).toContain(facts.nobody.value);
  });
});

function hashOf({ people, police, civilAffairs, socialSecurity, justice, facts }: Population): string {
  const persons = people.map(({ id, name, household }) => [id, name, household.address]);
  const contributions = socialSecurity.insured
    .slice(0, 200)
    .map(({ aac002 }) => socialSecurity.contributions(aac002));
  const all = [persons, police, civilAffairs, socialSecurity.insured, contributions, justice, facts];
  return createHash('sha256').update(JSON.stringify(all)).digest('hex');
}

function shareOf(isCounted: (person: Person) => boolean): number {
  return people.filter(isCounted).length / people.length;
}

function yearOf(day: string): number {
  return Number(day.slice(0, 4));
}

function canonicalIds(department: string, table: string): (stored: string) => string {
  const known = facts.dirtyKeys.filter((key) => key.department === department && key.table === table);
  const ids = new Map(known.map(({ stored, id }) => [stored, id]));
  return (stored) => ids.get(stored) ?? stored;
}

function keysOf(department: string, table: string): ReadonlySet<string> {
  const keys: Readonly<Record<string, () => readonly string[]>> = {
    'police/t_czrk': () => police.t_czrk.map(({ gmsfhm }) => gmsfhm),
    'police/t_jzxx': () => police.t_jzxx.map(({ gmsfhm }) => gmsfhm),
    'police/t_xzcf': () => police.t_xzcf.map(({ gmsfhm }) => gmsfhm),
    'police/t_ldrk': () => police.t_ldrk.map(({ gmsfhm }) => gmsfhm),
    'civil-affairs/persons': () => civilAffairs.persons.map(({ idCard }) => idCard),
    'civil-affairs/marriages': () => civilAffairs.marriages.map(({ idCard }) => idCard),
    'social-security/insured': () => socialSecurity.insured.map(({ aac002 }) => aac002),
    'justice/Person': () => justice.persons.map(({ idNumber }) => idNumber),
    'justice/corrections': () => justice.corrections.map(({ idNumber }) => idNumber),
    'justice/mediations': () => justice.mediations.map(({ idNumber }) => idNumber),
  };
  const name = `${department}/${table}`;
  const known = keySets.get(name) ?? new Set(keys[name]?.());
  keySets.set(name, known);
  return known;
}

const keySets = new Map<string, ReadonlySet<string>>();

function contradicted(id: string) {
  return facts.contradictions
    .filter((one) => one.id === id)
    .map(({ department, element, stored }) => [department, element, stored]);
}
