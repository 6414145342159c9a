import {
  compoundSurnames,
  givenNames,
  kazakh,
  lookAlikes,
  minorities,
  mongolian,
  surnames,
  tibetan,
  uyghur,
} from './name-tables.ts';
import type { Random } from './random.ts';

/** GB/T 2261.1. */
export type Sex = '1' | '2';

export const han = '01';
/** U+00B7, between the parts of a name. */
export const middleDot = '·';
/** What other systems store for it. */
const otherDot = '．';

/** Words of which the name of a person of this people is made, where it has no surname. */
const peoplesWithoutSurnames: Readonly<Record<string, (sex: Sex, random: Random) => string>> = {
  '02': (_sex, random) => random.pick(mongolian),
  '04': (_sex, random) => random.pick(tibetan),
  '05': (sex, random) => joined(random, wordsOf(uyghur, sex), uyghur.male),
  '17': (sex, random) => joined(random, wordsOf(kazakh, sex), kazakh.male),
};

export function createSurname(random: Random): string {
  return random.pickWeighted(random.isChosen(0.004) ? compoundSurnames : surnames);
}

/** Two characters if those are known to be one surname, else the first. */
export function surnameOf(name: string): string {
  return compoundSurnames.find(([surname]) => name.startsWith(surname))?.[0] ?? name.slice(0, 1);
}

/** Code of GB/T 3304: Han for 96 of 100. */
export function createEthnicity(random: Random): string {
  return random.isChosen(0.04) ? random.pickWeighted(minorities) : han;
}

/** A full name as the police's register has it, in the fashion of the year of birth. */
export function createName(
  person: {
    readonly surname: string;
    readonly sex: Sex;
    readonly birthYear: number;
    readonly ethnicity: string;
  },
  random: Random,
): string {
  const ownForm = peoplesWithoutSurnames[person.ethnicity];
  if (ownForm) return ownForm(person.sex, random);
  const fashion = givenNames.find(({ before }) => person.birthYear < before) ?? givenNames[0];
  if (!fashion) throw new TypeError('the table of given names is empty');
  const { whole, first, second } = person.sex === '1' ? fashion.male : fashion.female;
  if (random.isChosen(0.3)) return `${person.surname}${random.pick(whole)}`;
  return `${person.surname}${random.pick(first)}${random.pick(second)}`;
}

/** Another spelling of a name, as clerks make it; undefined where none suggests itself. */
export function misspell(name: string): string | undefined {
  if (name.includes(middleDot)) return name.replace(middleDot, otherDot);
  const characters = [...name];
  const at = characters.findIndex((character, index) => index > 0 && Object.hasOwn(lookAlikes, character));
  if (at < 0) return undefined;
  return characters.map((character, index) => (index === at ? lookAlikes[character] : character)).join('');
}

function wordsOf(table: { readonly male: readonly string[]; readonly female: readonly string[] }, sex: Sex) {
  return sex === '1' ? table.male : table.female;
}

function joined(random: Random, given: readonly string[], father: readonly string[]): string {
  return `${random.pick(given)}${middleDot}${random.pick(father)}`;
}
