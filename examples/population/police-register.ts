import { asOf, type Day, dayIn, pad, yearOf, yearsBetween } from './calendar.ts';
import type { Divisions } from './divisions.ts';
import type { FactBook } from './facts.ts';
import { createFloatingRows, type FloatingRow } from './floating-register.ts';
import type { FixedName, Household, Person, Registration } from './person.ts';
import {
  type BuildingRow,
  buildingRows,
  type DwellingRow,
  dwellingRows,
  type ResidenceRow,
  residenceRows,
} from './place-rows.ts';
import type { Places } from './places.ts';
import type { Random } from './random.ts';
import { type KeyHabit, storeKey } from './stored-keys.ts';

/** 常住人口: columns as `schema/sources/police-population.graphql` maps them. */
export interface PopulationRow {
  readonly gmsfhm: string;
  readonly xm: string;
  readonly xbdm: string;
  readonly csrq: string;
  readonly mzdm: string;
  readonly hklb: string;
  readonly hh: string | null;
  readonly qhdm: string;
  readonly hjdz: string;
  readonly lxdh: string | null;
  readonly zdrybs: string;
  readonly gxsj: string;
}

/** 户口簿. */
export interface HouseholdRow {
  readonly hh: string;
  readonly hzxm: string;
  readonly rs: number;
  readonly hjdz: string;
  readonly qhdm: string;
  readonly fwbm: string | null;
}

/** 行政处罚. */
export interface PenaltyRow {
  readonly wsbh: string;
  readonly gmsfhm: string;
  readonly cfrq: string;
  readonly ay: string;
  /** 封存标志; nobody has said so for some old rows. */
  readonly fcbz: string | null;
}

export interface PoliceRegister {
  readonly t_czrk: readonly PopulationRow[];
  readonly t_hjh: readonly HouseholdRow[];
  readonly t_xzcf: readonly PenaltyRow[];
  readonly t_jzxx: readonly ResidenceRow[];
  readonly t_bzdz_fw: readonly DwellingRow[];
  readonly t_bzdz_ld: readonly BuildingRow[];
  readonly t_ldrk: readonly FloatingRow[];
}

const populationKeys: KeyHabit = {
  department: 'police',
  table: 't_czrk',
  forms: [
    { form: 'CITIZEN_15', share: 0.04, fixed: 'oldCard' },
    { form: 'LOWER_X', share: 0.4, fixed: 'lowerX' },
    { form: 'FULL_WIDTH', share: 0.003, fixed: 'fullWidth' },
  ],
};

const penaltyKeys: KeyHabit = {
  department: 'police',
  table: 't_xzcf',
  forms: [
    { form: 'LOWER_X', share: 0.4, fixed: 'lowerX' },
    { form: 'PADDED', share: 0.08, fixed: 'oldCard' },
  ],
};

const registrationCodes: Readonly<Partial<Record<Registration, string>>> = {
  FAMILY: '01',
  COLLECTIVE: '02',
  UNSETTLED: '03',
};

const causes = [
  '殴打他人',
  '赌博',
  '盗窃',
  '寻衅滋事',
  '扰乱单位秩序',
  '诈骗',
  '故意损毁财物',
  '非法侵入住宅',
];
/** Sealed since 2026-01-01, whoever it was. */
const minorCauses = ['制造噪声干扰他人正常生活', '饲养动物干扰他人正常生活', '高空抛物', '侮辱他人'];

const fixedPenalties: readonly (readonly [FixedName, Day, string, string])[] = [
  ['everywhere', '20190512', '殴打他人', '0'],
  ['everywhere', '20260214', '制造噪声干扰他人正常生活', '1'],
  ['sealedMinor', '20260318', '盗窃', '1'],
  ['lowerX', '20210907', '赌博', '0'],
  ['oldCard', '20170703', '赌博', '0'],
];

interface Parts {
  readonly divisions: Divisions;
  readonly random: Random;
  readonly facts: FactBook;
  readonly places: Places;
}

/** Everybody with a household registration in the city, and the floating population. */
export function createPoliceRegister(people: readonly Person[], parts: Parts): PoliceRegister {
  const registered = people.filter(({ registration }) => registrationCodes[registration]);
  return {
    t_czrk: registered.map((person) => populationRow(person, partsOf(person, 'population', parts))),
    t_hjh: householdRows(registered, parts.places),
    t_xzcf: penaltyRows(registered, parts),
    t_jzxx: residenceRows(people, parts.places, parts),
    t_bzdz_fw: dwellingRows(parts.places),
    t_bzdz_ld: buildingRows(parts.places),
    t_ldrk: createFloatingRows(people, parts),
  };
}

/** Chance of their own, so that nobody's rows depend on how many others there are. */
function partsOf(person: Person, table: string, parts: Parts): Parts {
  return { ...parts, random: parts.random.fork(`${table}/${person.id}`) };
}

function populationRow(person: Person, { random, facts }: Parts): PopulationRow {
  const { household, registration } = person;
  return {
    gmsfhm: storeKey(person, populationKeys, random, facts),
    xm: person.name,
    ...codes(person, random, facts),
    csrq: storedBirthDate(person, random, facts),
    hklb: registrationCodes[registration] ?? '',
    hh: registration === 'UNSETTLED' ? null : (household.number ?? null),
    qhdm: household.division,
    hjdz: household.address,
    lxdh: random.isChosen(0.1) ? null : phoneNumber(random),
    zdrybs: person.fixed ? '0' : random.isChosen(0.003) ? '1' : '0',
    gxsj: updateTime(random),
  };
}

/** No subscriber has a number that begins with 10: carriers keep these for themselves. */
function phoneNumber(random: Random): string {
  return `10${pad(random.integer(0, 999_999_999), 9)}`;
}

function codes(
  person: Person,
  random: Random,
  facts: FactBook,
): { readonly xbdm: string; readonly mzdm: string } {
  const wrong = person.fixed === 'unknownCode' ? 'xbdm' : person.fixed ? undefined : wrongColumn(random);
  const stored = {
    xbdm: wrong === 'xbdm' ? '3' : person.sex,
    mzdm: wrong === 'mzdm' ? '77' : person.ethnicity,
  };
  if (wrong) {
    facts.unknownCodes.push({
      department: 'police',
      table: 't_czrk',
      id: person.id,
      column: wrong,
      stored: stored[wrong],
    });
  }
  return stored;
}

function wrongColumn(random: Random): 'xbdm' | 'mzdm' | undefined {
  if (!random.isChosen(0.001)) return undefined;
  return random.isChosen(0.5) ? 'xbdm' : 'mzdm';
}

/** Now and then a day that no calendar has. */
function storedBirthDate(person: Person, random: Random, facts: FactBook): string {
  const isWrong = person.fixed ? person.fixed === 'wrongDate' : random.isChosen(0.001);
  if (!isWrong) return person.birthDate;
  const stored = person.fixed || random.isChosen(0.5) ? `${person.birthDate.slice(0, 4)}0230` : '00000000';
  facts.wrongDates.push({ department: 'police', table: 't_czrk', id: person.id, column: 'csrq', stored });
  return stored;
}

function updateTime(random: Random): string {
  const time = [random.integer(8, 17), random.integer(0, 59), random.integer(0, 59)]
    .map((part) => pad(part))
    .join('');
  return `2026${pad(random.integer(1, 6))}${pad(random.integer(1, 28))}${time}`;
}

function householdRows(registered: readonly Person[], places: Places): HouseholdRow[] {
  const households = new Set<Household>(registered.map(({ household }) => household));
  return [...households].flatMap((household) => {
    const { number, members, address, division } = household;
    const [head] = members.filter(({ registration }) => registration !== 'UNSETTLED');
    if (number === undefined || !head) return [];
    const fwbm = places.homeOf(household)?.code ?? null;
    return [
      { hh: number, hzxm: head.name, rs: membersOf(members).length, hjdz: address, qhdm: division, fwbm },
    ];
  });
}

function membersOf(members: readonly Person[]): readonly Person[] {
  return members.filter(({ registration }) => registration === 'FAMILY' || registration === 'COLLECTIVE');
}

function penaltyRows(registered: readonly Person[], parts: Parts): PenaltyRow[] {
  const serial = { next: 100 };
  return registered.flatMap((person) => {
    const own = partsOf(person, 'penalties', parts);
    const penalties = person.fixed ? penaltiesOfFixed(person.fixed) : drawPenalties(person, own.random);
    return penalties.map((penalty) => penaltyRow(person, penalty, serial, own));
  });
}

function penaltiesOfFixed(fixed: FixedName): Penalty[] {
  return fixedPenalties
    .filter(([name]) => name === fixed)
    .map(([, day, cause, seal]) => ({ day, cause, seal }));
}

interface Penalty {
  readonly day: Day;
  readonly cause: string;
  readonly seal: string | null;
}

function drawPenalties(person: Person, random: Random): Penalty[] {
  const age = yearsBetween(person.birthDate, asOf);
  if (age < 14 || age > 75 || !random.isChosen(age < 18 ? 0.03 : 0.015)) return [];
  const firstYear = Math.max(2016, yearOf(person.birthDate) + 15);
  const count = random.isChosen(0.2) ? 2 : 1;
  return Array.from({ length: count }, () => {
    const day = dayIn(random.integer(Math.min(firstYear, 2026), 2026), random);
    const cause = random.pick(day >= '20260101' && random.isChosen(0.6) ? minorCauses : causes);
    return { day, cause, seal: sealOf(person, day, cause, random) };
  });
}

function sealOf(person: Person, day: Day, cause: string, random: Random): string | null {
  if (yearsBetween(person.birthDate, day) < 18) return '1';
  if (day >= '20260101' && minorCauses.includes(cause)) return '1';
  return random.isChosen(0.03) ? null : '0';
}

function penaltyRow(person: Person, penalty: Penalty, serial: { next: number }, parts: Parts): PenaltyRow {
  const { divisions, random, facts } = parts;
  const { day, cause, seal } = penalty;
  const street = divisions.committee(person.household.division).street.slice(9, 11);
  const wsbh = `杭公（${street}）行罚决字〔${yearOf(day)}〕${pad(serial.next++, 5)}号`;
  if (seal !== '0') {
    const reason =
      seal === null ? 'unknown' : yearsBetween(person.birthDate, day) < 18 ? 'juvenile' : 'public-order';
    facts.sealed.push({ department: 'police', table: 't_xzcf', id: person.id, reason, trace: wsbh });
  }
  return { wsbh, gmsfhm: storeKey(person, penaltyKeys, random, facts), cfrq: day, ay: cause, fcbz: seal };
}
