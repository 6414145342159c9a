import { asOf, type Day, dashed, dayIn, pad, yearOf, yearsBetween } from './calendar.ts';
import type { Divisions } from './divisions.ts';
import type { FactBook } from './facts.ts';
import { misspell } from './names.ts';
import type { FixedName, Person } from './person.ts';
import type { Random } from './random.ts';
import { type KeyHabit, storeKey } from './stored-keys.ts';

/** As `schema/sources/justice.graphql` maps it. */
export interface JusticePerson {
  readonly idType: string;
  readonly idNumber: string;
  readonly fullName: string;
  readonly legalAid: { readonly count: number } | null;
  readonly updatedAt: string;
}

export interface CorrectionRow {
  readonly idNumber: string;
  readonly category: string;
  readonly startDate: string;
  readonly endDate: string;
  readonly office: { readonly name: string };
  /** `Y` or `N`. */
  readonly sealed: string;
}

/** One row for each party of a case. */
export interface MediationRow {
  readonly idNumber: string;
  readonly caseNo: string;
  readonly disputeKind: string;
  readonly acceptedOn: string;
  readonly result: string;
  readonly parties: readonly { readonly name: string; readonly role: string }[];
}

export interface JusticeRegister {
  readonly persons: readonly JusticePerson[];
  readonly corrections: readonly CorrectionRow[];
  readonly mediations: readonly MediationRow[];
}

const personKeys: KeyHabit = {
  department: 'justice',
  table: 'Person',
  forms: [{ form: 'LOWER_X', share: 0.3, fixed: 'lowerX' }],
};
const correctionKeys: KeyHabit = { ...personKeys, table: 'corrections' };
const mediationKeys: KeyHabit = { ...personKeys, table: 'mediations' };

const idTypes: Readonly<Record<Person['identifier']['type'], string>> = {
  CITIZEN_ID: '111',
  PASSPORT: '414',
  RESIDENCE_PERMIT_HMT: '516',
  PERMANENT_RESIDENCE_ID: '553',
};

const disputes = [
  '邻里纠纷',
  '婚姻家庭纠纷',
  '物业纠纷',
  '劳动争议',
  '房屋租赁纠纷',
  '道路交通事故纠纷',
  '消费纠纷',
];

const aidOfFixed: Readonly<Partial<Record<FixedName, number>>> = {
  everywhere: 2,
  divorcedMother: 1,
  sealedMinor: 1,
  lowerX: 0,
  floating: 1,
  passportOnly: 1,
  hongKong: 0,
  permanentResident: 3,
};

interface Parts {
  readonly divisions: Divisions;
  readonly random: Random;
  readonly facts: FactBook;
}

/** The few who had legal aid, a mediation or a correction. */
export function createJusticeRegister(people: readonly Person[], parts: Parts): JusticeRegister {
  const corrected = people.flatMap((person) =>
    correctionsOf(person, partsOf(`correction/${person.id}`, parts)),
  );
  const cases = createCases(people, partsOf('cases', parts));
  const involved = new Set([
    ...corrected.map(({ person }) => person),
    ...cases.flatMap(({ parties }) => parties),
  ]);
  const persons = people.flatMap((person) => {
    const own = partsOf(person.id, parts);
    return involved.has(person) || needsAid(person, own) ? [justicePerson(person, own)] : [];
  });
  const mediations = cases.flatMap((mediation, index) =>
    mediationRows(mediation, index + 1, partsOf(`case/${index}`, parts)),
  );
  return { persons, corrections: corrected.map(({ row }) => row), mediations };
}

/** Chance of their own, so that nobody's rows depend on how many others there are. */
function partsOf(label: string, parts: Parts): Parts {
  return { ...parts, random: parts.random.fork(label) };
}

function needsAid({ birthDate, fixed }: Person, { random }: Parts): boolean {
  if (fixed) return fixed in aidOfFixed;
  return yearsBetween(birthDate, asOf) >= 14 && random.isChosen(0.05);
}

function justicePerson(person: Person, { random, facts }: Parts): JusticePerson {
  const { identifier, fixed } = person;
  const count = fixed ? aidOfFixed[fixed] : random.pick([0, 1, 1, 2]);
  const time = Date.UTC(
    2026,
    random.integer(0, 5),
    random.integer(1, 28),
    random.integer(0, 9),
    random.integer(0, 59),
  );
  return {
    idType: idTypes[identifier.type],
    idNumber: storeKey(person, personKeys, random, facts),
    fullName: storedName(person, random, facts),
    legalAid: count === undefined ? null : { count },
    updatedAt: new Date(time).toISOString(),
  };
}

function storedName(person: Person, random: Random, facts: FactBook): string {
  const { id, name, fixed } = person;
  const stored = !fixed && random.isChosen(0.01) ? misspell(name) : undefined;
  if (stored === undefined) return name;
  facts.contradictions.push({
    department: 'justice',
    table: 'Person',
    id,
    element: 'Resident.name',
    stored,
    expected: name,
  });
  return stored;
}

interface Corrected {
  readonly person: Person;
  readonly row: CorrectionRow;
}

function correctionsOf(person: Person, parts: Parts): Corrected[] {
  const { birthDate, fixed, identifier } = person;
  if (fixed === 'everywhere') return [correction(person, '02', '20190820', parts)];
  if (fixed === 'sealedMinor') return [correction(person, '02', '20260401', parts)];
  const age = yearsBetween(birthDate, asOf);
  if (fixed || identifier.type !== 'CITIZEN_ID' || age < 16 || age > 75) return [];
  if (!parts.random.isChosen(age < 22 ? 0.012 : 0.006)) return [];
  const { random } = parts;
  const first = Math.min(Math.max(2014, yearOf(birthDate) + 17), 2026);
  const start = dayIn(random.integer(first, 2026), random);
  return [correction(person, random.pick(['01', '02', '02', '02', '03', '04']), start, parts)];
}

function correction(
  person: Person,
  drawn: string,
  start: Day,
  { divisions, random, facts }: Parts,
): Corrected {
  const isJuvenile = yearsBetween(person.birthDate, start) < 18;
  const end = `${yearOf(start) + random.integer(1, 3)}${start.slice(4) === '0229' ? '0228' : start.slice(4)}`;
  const street = divisions.committee(person.household.division).street.slice(9);
  const place = { department: 'justice', table: 'corrections', id: person.id } as const;
  const category = person.fixed || !random.isChosen(0.03) ? drawn : '09';
  if (category === '09') facts.unknownCodes.push({ ...place, column: 'category', stored: category });
  if (isJuvenile) facts.sealed.push({ ...place, reason: 'juvenile', trace: dashed(start) });
  const row = {
    idNumber: storeKey(person, correctionKeys, random, facts),
    category,
    startDate: dashed(start),
    endDate: dashed(end),
    office: { name: `${street}司法所` },
    sealed: isJuvenile ? 'Y' : 'N',
  };
  return { person, row };
}

interface Mediation {
  readonly dispute: string;
  readonly day: Day;
  readonly result: string;
  /** The first one applied (申请人). */
  readonly parties: readonly Person[];
}

function createCases(people: readonly Person[], { random }: Parts): Mediation[] {
  const adults = people.filter(
    ({ birthDate, identifier }) => yearsBetween(birthDate, asOf) >= 18 && identifier.type === 'CITIZEN_ID',
  );
  const everywhere = adults.find(({ fixed }) => fixed === 'everywhere');
  const floating = adults.find(({ fixed }) => fixed === 'floating');
  const fixed =
    everywhere && floating
      ? [{ dispute: '邻里纠纷', day: '20250916', result: 'S', parties: [everywhere, floating] }]
      : [];
  const others = adults.filter((person) => !person.fixed);
  const count = others.length < 3 ? 0 : Math.floor(people.length * 0.012);
  const drawn = Array.from({ length: count }, () => ({
    dispute: random.pick(disputes),
    day: dayIn(random.integer(2021, 2026), random),
    result: random.pick(['S', 'S', 'S', 'F', 'P']),
    parties: [
      ...new Set([
        random.pick(others),
        random.pick(others),
        ...(random.isChosen(0.2) ? [random.pick(others)] : []),
      ]),
    ],
  }));
  return [...fixed, ...drawn];
}

function mediationRows(
  { dispute, day, result, parties }: Mediation,
  serial: number,
  parts: Parts,
): MediationRow[] {
  const { divisions, random, facts } = parts;
  const [applicant] = parties;
  if (!applicant) return [];
  const street = divisions.committee(applicant.household.division).street.slice(9, 11);
  const shown = parties.map((person, index) => ({
    name: person.name,
    role: index === 0 ? '申请人' : '被申请人',
  }));
  return parties.map((person) => ({
    idNumber: storeKey(person, mediationKeys, random, facts),
    caseNo: `（${yearOf(day)}）杭${street}民调字第${pad(serial, 4)}号`,
    disputeKind: dispute,
    acceptedOn: dashed(day),
    result,
    parties: shown,
  }));
}
