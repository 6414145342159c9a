import { asOf, asOfYear, dayIn, yearOf, yearsBetween } from './calendar.ts';
import type { Couple, Person } from './person.ts';
import type { Random } from './random.ts';

/** Earlier marriages: of people who live alone now, and of husbands who have married again. */
export function createDivorces(
  people: readonly Person[],
  couples: readonly Couple[],
  random: Random,
): readonly Couple[] {
  const married = new Set(couples.flatMap(({ husband, wife }) => [husband, wife]));
  const alone = people.filter((person) => isOfAge(person) && !married.has(person));
  const women = alone.filter(({ sex }) => sex === '2');
  const men = [
    ...alone.filter(({ sex }) => sex === '1' && random.isChosen(0.4)).map((man) => ({ man, before: asOf })),
    ...couples
      .filter(
        ({ husband, marriedOn }) =>
          yearOf(marriedOn) - yearOf(husband.birthDate) >= 28 && random.isChosen(0.5),
      )
      .map(({ husband, marriedOn }) => ({ man: husband, before: marriedOn })),
  ];
  return men.flatMap(({ man, before }) => divorceOf(man, before, women, random) ?? []);
}

function isOfAge({ birthDate, registration }: Person): boolean {
  const age = yearsBetween(birthDate, asOf);
  return registration === 'FAMILY' && age >= 30 && age <= 62;
}

/** Takes a woman of about the same age out of the list; undefined if there is none. */
function divorceOf(man: Person, before: string, women: Person[], random: Random): Couple | undefined {
  const born = yearOf(man.birthDate);
  const at = women.findIndex(({ birthDate }) => Math.abs(yearOf(birthDate) - born) <= 3);
  const latest = Math.min(yearOf(before) - 1, asOfYear - 1);
  const married = born + 24;
  if (at < 0 || latest <= married) return undefined;
  const [wife] = women.splice(at, 1);
  if (!wife) return undefined;
  const divorced = random.integer(married + 1, Math.min(latest, married + 20));
  return { husband: man, wife, marriedOn: dayIn(married, random), divorcedOn: dayIn(divorced, random) };
}
