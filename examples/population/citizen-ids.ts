import { citizenCheckCharacter } from '../../src/resident/citizen-id.ts';
import type { Day } from './calendar.ts';
import type { Sex } from './names.ts';
import type { Random } from './random.ts';

/**
 * Sequence codes of synthetic ids. Police stations allot them from 001 upward, in blocks; the last ordinary ones are the
 * least likely to have been given to anybody. That is a precaution and no proof: see `examples/README.md`.
 */
const firstSequence = 900;
const lastSequence = 995;
/** GB 11643 keeps 996–999 for people of a hundred years and more. */
const firstCentenarianSequence = 996;

/** Gives each person an id that nobody else of the population has. */
export interface IdAllotment {
  allot(person: {
    readonly county: string;
    readonly birthDate: Day;
    readonly sex: Sex;
    readonly isCentenarian: boolean;
  }): string;
}

/** `taken`: ids that must not be allotted. */
export function createIdAllotment(taken: Iterable<string>, random: Random): IdAllotment {
  const used = new Set(taken);
  const allot: IdAllotment['allot'] = ({ county, birthDate, sex, isCentenarian }) => {
    for (const sequence of sequencesOf(sex, isCentenarian, random)) {
      const id = completeId(`${county}${birthDate}${sequence}`);
      if (used.has(id)) continue;
      used.add(id);
      return id;
    }
    throw new TypeError('more people of one birthday and county than there are sequence codes');
  };
  return { allot };
}

/** Adds the check character to 17 digits. */
export function completeId(digits: string): string {
  return `${digits}${citizenCheckCharacter(digits)}`;
}

/** Odd for men, even for women, from a random one round to itself. */
function* sequencesOf(sex: Sex, isCentenarian: boolean, random: Random): Generator<number> {
  const first = isCentenarian ? firstCentenarianSequence : firstSequence;
  const count = isCentenarian ? 2 : (lastSequence - firstSequence + 1) / 2;
  const start = random.integer(0, count - 1);
  const parity = sex === '1' ? 1 : 0;
  for (let step = 0; step < count; step++) yield first + 2 * ((start + step) % count) + parity;
}
