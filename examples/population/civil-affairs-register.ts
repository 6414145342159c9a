import { asOf, type Day, dashed, pad, yearOf, yearsBetween } from './calendar.ts';
import type { FactBook } from './facts.ts';
import { misspell } from './names.ts';
import type { Couple, Person } from './person.ts';
import type { Places } from './places.ts';
import type { Random } from './random.ts';
import { type KeyHabit, storeKey } from './stored-keys.ts';

/** As `schema/sources/civil-affairs.graphql` maps it. */
export interface CivilPerson {
  readonly idCard: string;
  readonly realName: string;
  readonly marital: { readonly code: string };
  /** Yuan cents. */
  readonly assistance: { readonly kind: string; readonly amount: number } | null;
  /** Milliseconds since the epoch. */
  readonly updatedAt: number;
}

export interface MarriageRow {
  readonly idCard: string;
  readonly bizType: string;
  readonly regDate: string;
  readonly regOrgan: string;
  readonly certNo: string;
  readonly spouse: { readonly name: string; readonly idCard: string };
}

/** 网格楼栋. */
export interface GridBuilding {
  readonly buildingCode: string;
  readonly gridCode: string;
  readonly elderlyCanteen: boolean;
}

/** 网格. */
export interface GridRow {
  readonly gridCode: string;
  readonly name: string;
  readonly divisionCode: string;
}

export interface CivilAffairsRegister {
  readonly buildings: readonly GridBuilding[];
  readonly grids: readonly GridRow[];
  readonly persons: readonly CivilPerson[];
  readonly marriages: readonly MarriageRow[];
}

const personKeys: KeyHabit = {
  department: 'civil-affairs',
  table: 'persons',
  forms: [{ form: 'LOWER_X', share: 0.5, fixed: 'lowerX' }],
};

const marriageKeys: KeyHabit = { ...personKeys, table: 'marriages' };

/** Marriages before this year are on paper only: no row does not mean unmarried. */
const firstElectronicYear = 1986;

const organs = [
  ['330106', '杭州市西湖区民政局婚姻登记处', 12],
  ['330102', '杭州市上城区民政局婚姻登记处', 2],
  ['330110', '杭州市余杭区民政局婚姻登记处', 2],
  ['330681', '诸暨市民政局婚姻登记处', 1],
] as const;

interface Parts {
  readonly random: Random;
  readonly facts: FactBook;
  readonly places: Places;
}

/** Most adults, and whoever is or was in a registered marriage. */
export function createCivilAffairsRegister(
  people: readonly Person[],
  couples: readonly Couple[],
  parts: Parts,
): CivilAffairsRegister {
  const couplesOf = indexCouples(couples);
  const persons = people.flatMap((person) => {
    // Chance of their own, so that nobody's rows depend on how many others there are.
    const random = parts.random.fork(person.id);
    const own = couplesOf.get(person) ?? [];
    return isKnown(person, own, random) ? [civilPerson(person, own, { ...parts, random })] : [];
  });
  const marriages = couples.flatMap((couple, index) => {
    const random = parts.random.fork(`${couple.wife.id}/${couple.marriedOn}`);
    return marriageRows(couple, index + 1, { ...parts, random });
  });
  return { persons, marriages, ...gridRows(parts) };
}

function gridRows({ places, random }: Parts): Pick<CivilAffairsRegister, 'buildings' | 'grids'> {
  return {
    buildings: places.buildings.map(({ code, gridCode }) => ({
      buildingCode: code,
      gridCode,
      elderlyCanteen: random.fork(`canteen/${gridCode}`).isChosen(0.4),
    })),
    grids: places.grids.map(({ code, name, division }) => ({ gridCode: code, name, divisionCode: division })),
  };
}

function indexCouples(couples: readonly Couple[]): ReadonlyMap<Person, readonly Couple[]> {
  const index = new Map<Person, Couple[]>();
  for (const couple of couples) {
    for (const person of [couple.husband, couple.wife]) {
      index.set(person, [...(index.get(person) ?? []), couple]);
    }
  }
  return index;
}

function isKnown(person: Person, couples: readonly Couple[], random: Random): boolean {
  if (person.fixed === 'unsettled' || person.registration === 'NONE') return false;
  if (person.fixed || couples.length > 0) return yearsBetween(person.birthDate, asOf) >= 18;
  if (yearsBetween(person.birthDate, asOf) < 20) return random.isChosen(0.04);
  return random.isChosen(person.registration === 'FLOATING' ? 0.4 : 0.93);
}

function civilPerson(person: Person, couples: readonly Couple[], { random, facts }: Parts): CivilPerson {
  return {
    idCard: storeKey(person, personKeys, random, facts),
    realName: storedName(person, random, facts),
    marital: { code: storedStatus(person, couples, random, facts) },
    assistance: assistanceOf(person, random, facts),
    updatedAt: Date.UTC(
      2026,
      random.integer(0, 5),
      random.integer(1, 28),
      random.integer(0, 9),
      random.integer(0, 59),
    ),
  };
}

function storedName(person: Person, random: Random, facts: FactBook): string {
  const { id, name, fixed } = person;
  const isWrong = fixed ? fixed === 'minorityName' : random.isChosen(0.006);
  const stored = isWrong ? misspell(name) : undefined;
  if (stored === undefined) return name;
  facts.contradictions.push({
    department: 'civil-affairs',
    table: 'persons',
    id,
    element: 'Resident.name',
    stored,
    expected: name,
  });
  return stored;
}

/** The code of GB/T 2261.2, which for some contradicts the department's own register of marriages. */
function storedStatus(person: Person, couples: readonly Couple[], random: Random, facts: FactBook): string {
  const { id, fixed } = person;
  const place = { department: 'civil-affairs', table: 'persons', id } as const;
  if (fixed ? fixed === 'unknownCode' : random.isChosen(0.001)) {
    facts.unknownCodes.push({ ...place, column: 'marital.code', stored: '99' });
    return '99';
  }
  const expected = statusOf(person, couples, random);
  const isStale = expected === '40' && (fixed ? fixed === 'divorcedMother' : random.isChosen(0.15));
  if (!isStale) return expected;
  facts.contradictions.push({ ...place, element: 'Resident.maritalStatus', stored: '20', expected });
  return '20';
}

function statusOf(person: Person, couples: readonly Couple[], random: Random): string {
  const current = couples.find(({ divorcedOn }) => divorcedOn === undefined);
  if (current) return couples.length > 1 ? '22' : random.isChosen(0.5) ? '20' : '21';
  if (couples.length > 0) return '40';
  const age = yearsBetween(person.birthDate, asOf);
  if (age >= 70) return '30';
  if (age < 45) return random.isChosen(0.02) ? '90' : '10';
  return random.pickWeighted([
    ['10', 4],
    ['30', 4],
    ['90', 2],
  ]);
}

function assistanceOf(person: Person, random: Random, facts: FactBook): CivilPerson['assistance'] {
  const { id, fixed } = person;
  if (fixed === 'everywhere') return { kind: 'N', amount: 0 };
  if (fixed === 'divorcedMother') return { kind: 'A', amount: 95_600 };
  if (fixed || !random.isChosen(0.05)) return null;
  if (random.isChosen(0.02)) {
    facts.unknownCodes.push({
      department: 'civil-affairs',
      table: 'persons',
      id,
      column: 'assistance.kind',
      stored: 'Z',
    });
    return { kind: 'Z', amount: 30_000 };
  }
  const kind = random.pick(['A', 'A', 'B', 'N']);
  return { kind, amount: kind === 'N' ? 0 : random.integer(400, 1_186) * 100 };
}

/** One row for each of the two: for the marriage, and for the divorce. */
function marriageRows(couple: Couple, serial: number, parts: Parts): MarriageRow[] {
  return [
    ...registrations(couple, couple.marriedOn, ['IA', 'J'], serial, parts),
    ...(couple.divorcedOn ? registrations(couple, couple.divorcedOn, ['IB', 'L'], serial, parts) : []),
  ];
}

function registrations(
  { husband, wife }: Couple,
  day: Day,
  [bizType, letter]: readonly [string, string],
  serial: number,
  { random, facts }: Parts,
): MarriageRow[] {
  if (yearOf(day) < firstElectronicYear) return [];
  const [code, regOrgan] = random.pickWeighted(
    organs.map(([code, name, weight]) => [[code, name], weight] as const),
  );
  const certNo = `${letter}${code}-${yearOf(day)}-${pad(serial, 6)}`;
  const isUndated = !husband.fixed && random.isChosen(0.001);
  const regDate = isUndated ? '0000-00-00' : dashed(day);
  return [[husband, wife] as const, [wife, husband] as const].map(([person, spouse]) => {
    const place = { department: 'civil-affairs', table: 'marriages', id: person.id } as const;
    if (isUndated) facts.wrongDates.push({ ...place, column: 'regDate', stored: regDate });
    const idCard = storeKey(person, marriageKeys, random, facts);
    return { idCard, bizType, regDate, regOrgan, certNo, spouse: { name: spouse.name, idCard: spouse.id } };
  });
}
