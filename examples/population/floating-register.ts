import { asOf, dayIn, pad, yearOf } from './calendar.ts';
import type { FactBook } from './facts.ts';
import type { Person } from './person.ts';
import type { Random } from './random.ts';
import { type KeyHabit, storeKey } from './stored-keys.ts';

/** 流动人口居住登记: columns as `schema/sources/police-population.graphql` maps them. */
export interface FloatingRow {
  readonly djbh: string;
  readonly gmsfhm: string;
  readonly xm: string;
  readonly xbdm: string;
  readonly csrq: string;
  /** 居住证编号; whoever came lately has none yet. */
  readonly jzzbh: string | null;
  readonly hjdqh: string;
  readonly xzdqh: string;
  readonly xzdz: string;
  readonly jzsy: string;
  readonly djrq: string;
  readonly yxqz: string | null;
  readonly gxsj: string;
}

const keys: KeyHabit = {
  department: 'police',
  table: 't_ldrk',
  forms: [
    { form: 'CITIZEN_15', share: 0.02 },
    { form: 'LOWER_X', share: 0.5 },
    { form: 'PADDED', share: 0.1, fixed: 'floating' },
  ],
};

const reasons = ['01', '01', '01', '02', '03', '04', '99'];

/**
 * Everybody who lives here and is registered elsewhere, and some whose permit nobody took back when they were registered here: they
 * are in both registers.
 */
export function createFloatingRows(
  people: readonly Person[],
  { random, facts }: { readonly random: Random; readonly facts: FactBook },
): FloatingRow[] {
  return people.flatMap((person) => {
    const own = random.fork(`floating/${person.id}`);
    return isListed(person, own) ? [floatingRow(person, own, facts)] : [];
  });
}

function isListed({ registration, fixed }: Person, random: Random): boolean {
  if (registration === 'FLOATING' || fixed === 'minorityName') return true;
  return registration === 'FAMILY' && fixed === undefined && random.isChosen(0.01);
}

function floatingRow(person: Person, random: Random, facts: FactBook): FloatingRow {
  const { household, birthDate } = person;
  const earliest = Math.max(2012, yearOf(birthDate));
  const since = dayIn(random.integer(Math.min(earliest, yearOf(asOf) - 1), yearOf(asOf) - 1), random);
  const hasPermit = !random.isChosen(0.15);
  return {
    djbh: `${household.division.slice(0, 9)}${since}${pad(random.integer(0, 99_999_999), 8)}`,
    gmsfhm: storeKey(person, keys, random, facts),
    xm: person.name,
    xbdm: person.sex,
    csrq: birthDate,
    jzzbh: hasPermit
      ? `${household.division.slice(0, 6)}${pad(random.integer(0, 999_999_999_999), 12)}`
      : null,
    hjdqh: person.id.slice(0, 6),
    xzdqh: household.division,
    xzdz: household.address,
    jzsy: random.pick(reasons),
    djrq: since,
    yxqz: hasPermit ? `${yearOf(asOf) + 1}${since.slice(4, 6)}01` : null,
    gxsj: `${since}090000`,
  };
}
