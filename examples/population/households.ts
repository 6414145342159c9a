import { asOf, asOfYear, type Day, dayIn, yearOf, yearsBetween } from './calendar.ts';
import type { IdAllotment } from './citizen-ids.ts';
import { type Committee, createAddress, type Divisions, farCounties, otherCounties } from './divisions.ts';
import { createEthnicity, createName, createSurname, type Sex, surnameOf } from './names.ts';
import type { Couple, Household, Person, Registration } from './person.ts';
import type { Random } from './random.ts';
import { district } from './street-table.ts';

export interface Parts {
  readonly random: Random;
  readonly divisions: Divisions;
  readonly ids: IdAllotment;
}

/** A household in the making: the first member is the head. */
interface Build extends Parts {
  readonly household: Household & { readonly members: Person[] };
  readonly registration: Registration;
  readonly ethnicity: string;
  readonly couples: Couple[];
}

type Kind = keyof typeof kinds;

/** How often each kind of household occurs, and the most members it can have. */
const kinds = {
  single: { weight: 20, size: 1, fill: fillSingle },
  couple: { weight: 15, size: 2, fill: fillCouple },
  nuclear: { weight: 30, size: 4, fill: fillNuclear },
  threeGenerations: { weight: 14, size: 6, fill: fillThreeGenerations },
  singleParent: { weight: 4, size: 2, fill: fillSingleParent },
  oldCouple: { weight: 10, size: 2, fill: fillOldCouple },
  oldSingle: { weight: 5, size: 1, fill: fillOldSingle },
  collective: { weight: 0.7, size: 24, fill: fillCollective },
  centenarian: { weight: 0.25, size: 2, fill: fillCentenarian },
} as const satisfies Record<string, { weight: number; size: number; fill: (build: Build) => void }>;

// The keys of a literal object are its Kind; Object.entries only promises strings.
const weights = Object.entries(kinds).map(([kind, { weight }]) => [kind as Kind, weight] as const);

/** Exactly `count` people in households, and who is married to whom. */
export function createHouseholds(
  count: number,
  parts: Parts,
): { readonly people: readonly Person[]; readonly couples: readonly Couple[] } {
  const people: Person[] = [];
  const couples: Couple[] = [];
  for (let serial = 2; people.length < count; serial++) {
    const drawn = parts.random.pickWeighted(weights);
    const kind = kinds[drawn].size > count - people.length ? 'single' : drawn;
    const build = startHousehold(kind, serial, couples, parts);
    kinds[kind].fill(build);
    people.push(...build.household.members);
  }
  return { people, couples };
}

function startHousehold(kind: Kind, serial: number, couples: Couple[], parts: Parts): Build {
  const { random, divisions } = parts;
  const canFloat = kind === 'single' || kind === 'couple' || kind === 'nuclear';
  const registration = canFloat && random.isChosen(0.14) ? 'FLOATING' : registrationOf(kind, random);
  const isElsewhere = registration === 'FAMILY' && random.isChosen(0.03);
  const committee = random.pick(isElsewhere ? divisions.elsewhere : divisions.committees);
  const number = householdNumber(committee, serial);
  const isNumbered = registration === 'FAMILY' || registration === 'COLLECTIVE';
  const household = {
    ...(isNumbered ? { number } : {}),
    division: committee.code,
    address: createAddress(committee, random),
    members: [],
  };
  return { ...parts, household, registration, ethnicity: createEthnicity(random), couples };
}

function registrationOf(kind: Kind, random: Random): Registration {
  if (kind === 'collective') return 'COLLECTIVE';
  return kind === 'single' && random.isChosen(0.03) ? 'UNSETTLED' : 'FAMILY';
}

/** 户号: three digits of the street, six of the household. */
function householdNumber(committee: Committee, serial: number): string {
  return `${committee.code.slice(6, 9)}${String(serial).padStart(6, '0')}`;
}

function fillSingle(build: Build): void {
  addPerson(build, { sex: anySex(build), age: build.random.integer(22, 79) });
}

function fillCouple(build: Build): void {
  addCouple(build, build.random.integer(24, 74), 0);
}

function fillNuclear(build: Build): void {
  const age = build.random.integer(27, 57);
  const couple = addCouple(build, age, 1);
  addChildren(build, couple, age);
}

function fillThreeGenerations(build: Build): void {
  const { random } = build;
  const age = random.integer(27, 48);
  const couple = addCouple(build, age, 1);
  addChildren(build, couple, age);
  const grandparentAge = age + random.integer(23, 30);
  if (random.isChosen(0.6)) addCouple(build, grandparentAge, 1, surnameOf(couple.husband.name));
  else addPerson(build, { sex: '2', age: grandparentAge });
}

function fillSingleParent(build: Build): void {
  const age = build.random.integer(27, 57);
  const parent = addPerson(build, { sex: build.random.isChosen(0.75) ? '2' : '1', age });
  addPerson(build, { sex: anySex(build), age: childAge(build, age), surname: surnameOf(parent.name) });
}

function fillOldCouple(build: Build): void {
  addCouple(build, build.random.integer(60, 91), 0);
}

function fillOldSingle(build: Build): void {
  addPerson(build, { sex: build.random.isChosen(0.65) ? '2' : '1', age: build.random.integer(65, 97) });
}

/** 集体户 of a college or a company. */
function fillCollective(build: Build): void {
  const size = build.random.integer(6, 24);
  for (let count = 0; count < size; count++) {
    addPerson(build, {
      sex: anySex(build),
      age: build.random.integer(18, 31),
      ethnicity: createEthnicity(build.random),
    });
  }
}

function fillCentenarian(build: Build): void {
  const child = addPerson(build, { sex: anySex(build), age: build.random.integer(66, 76) });
  addPerson(build, { sex: '2', age: 101, surname: createSurname(build.random), ethnicity: child.ethnicity });
}

/** Husband first; he is up to five years the elder. `children`: whether they need time for some. */
function addCouple(build: Build, wifeAge: number, children: 0 | 1, surname?: string): Couple {
  const { random } = build;
  const husband = addPerson(build, {
    sex: '1',
    age: wifeAge + random.integer(0, 5),
    ...(surname ? { surname } : {}),
  });
  const wife = addPerson(build, { sex: '2', age: wifeAge });
  const earliest = Math.max(yearOf(husband.birthDate) + 23, yearOf(wife.birthDate) + 21);
  const latest = Math.min(asOfYear, earliest + (children ? 1 : 8));
  const couple = { husband, wife, marriedOn: dayIn(random.integer(earliest, latest), random) };
  build.couples.push(couple);
  return couple;
}

function addChildren(build: Build, couple: Couple, parentAge: number): void {
  const { random } = build;
  const parent = random.isChosen(0.93) ? couple.husband : couple.wife;
  const count = random.isChosen(0.25) ? 2 : 1;
  for (let child = 0; child < count; child++) {
    addPerson(build, {
      sex: anySex(build),
      age: childAge(build, parentAge),
      surname: surnameOf(parent.name),
    });
  }
}

/** Mothers are 24 to 34 when a child is born. */
function childAge(build: Build, parentAge: number): number {
  return Math.max(0, parentAge - build.random.integer(24, 34));
}

function addPerson(
  build: Build,
  wanted: { readonly sex: Sex; readonly age: number; readonly surname?: string; readonly ethnicity?: string },
): Person {
  const { random, household, registration } = build;
  const birthDate = birthDateOf(wanted.age, random);
  const { sex, ethnicity = build.ethnicity, surname = createSurname(random) } = wanted;
  const isCentenarian = yearsBetween(birthDate, asOf) >= 100;
  const id = build.ids.allot({ county: countyOf(build, wanted.age), birthDate, sex, isCentenarian });
  const name = createName({ surname, sex, birthYear: yearOf(birthDate), ethnicity }, random);
  const identifier = { type: 'CITIZEN_ID', value: id } as const;
  const person = { identifier, id, name, sex, birthDate, ethnicity, registration, household };
  household.members.push(person);
  return person;
}

/** The population has nobody older than those born in 1925. */
function birthDateOf(age: number, random: Random): Day {
  return dayIn(Math.max(1925, asOfYear - age), random);
}

/** Where the id was first issued: for children mostly here, for the floating population far away. */
function countyOf({ random, registration, ethnicity }: Build, age: number): string {
  if (registration === 'FLOATING') return random.pickWeighted(farCounties);
  if (ethnicity === '05') return '653101';
  if (ethnicity === '04') return '540102';
  if (ethnicity === '22') return '331127';
  return random.isChosen(age < 18 ? 0.95 : 0.6) ? district.code : random.pickWeighted(otherCounties);
}

function anySex({ random }: Build): Sex {
  return random.isChosen(0.512) ? '1' : '2';
}
