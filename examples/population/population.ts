import { createIdAllotment } from './citizen-ids.ts';
import { type CivilAffairsRegister, createCivilAffairsRegister } from './civil-affairs-register.ts';
import { createDivisions } from './divisions.ts';
import { createDivorces } from './divorces.ts';
import { createFactBook, type DepartmentName, type FactBook, type PopulationFacts } from './facts.ts';
import { createFixedResidents, fixedCount, nobody } from './fixed-residents.ts';
import { createHouseholds } from './households.ts';
import { createJusticeRegister, type JusticeRegister } from './justice-register.ts';
import type { Couple, Person } from './person.ts';
import { createPlaces, type Places } from './places.ts';
import { createPoliceRegister, type PoliceRegister } from './police-register.ts';
import { createRandom } from './random.ts';
import { createSocialSecurityRegister, type SocialSecurityRegister } from './social-security-register.ts';

/** A synthetic district: who lives there, and what four departments have on file, each in its own columns and codes. */
export interface Population {
  readonly people: readonly Person[];
  /** Marriages, ended ones included. */
  readonly couples: readonly Couple[];
  readonly places: Places;
  readonly police: PoliceRegister;
  readonly civilAffairs: CivilAffairsRegister;
  readonly socialSecurity: SocialSecurityRegister;
  readonly justice: JusticeRegister;
  readonly facts: PopulationFacts;
}

const defaultSeed = 20_260_101;
const maxResidents = 1_000_000;

/**
 * The same people for the same options, on every machine and day. The documented residents come first and are the same for
 * every size and seed. Nobody in it is real: see `examples/README.md`.
 */
export function createPopulation(
  options: { readonly residents?: number; readonly seed?: number } = {},
): Population {
  const { residents = 10_000, seed = defaultSeed } = options;
  if (!Number.isInteger(residents) || residents < fixedCount || residents > maxResidents) {
    throw new TypeError(`residents must be a whole number from ${fixedCount} to ${maxResidents}`);
  }
  const random = createRandom(seed);
  const divisions = createDivisions();
  const fixed = createFixedResidents(divisions);
  const ids = createIdAllotment([nobody.value, ...fixed.people.map(({ id }) => id)], random.fork('ids'));
  const drawn = createHouseholds(residents - fixedCount, {
    random: random.fork('households'),
    divisions,
    ids,
  });
  const people = [...fixed.people, ...drawn.people];
  const couples = [
    ...fixed.couples,
    ...drawn.couples,
    ...createDivorces(drawn.people, drawn.couples, random.fork('divorces')),
  ];
  const facts = createFactBook();
  const places = createPlaces(people, random.fork('places'));
  const registers = {
    police: createPoliceRegister(people, { divisions, random: random.fork('police'), facts, places }),
    civilAffairs: createCivilAffairsRegister(people, couples, {
      random: random.fork('civil-affairs'),
      facts,
      places,
    }),
    socialSecurity: createSocialSecurityRegister(people, { random: random.fork('social-security'), facts }),
    justice: createJusticeRegister(people, { divisions, random: random.fork('justice'), facts }),
  };
  return { people, couples, places, ...registers, facts: closeFacts(people, registers, facts) };
}

type Registers = Pick<Population, 'police' | 'civilAffairs' | 'socialSecurity' | 'justice'>;

function closeFacts(people: readonly Person[], registers: Registers, facts: FactBook): PopulationFacts {
  const known: Record<DepartmentName, readonly string[]> = {
    police: registers.police.t_czrk.map(({ gmsfhm }) => gmsfhm),
    'civil-affairs': registers.civilAffairs.persons.map(({ idCard }) => idCard),
    'social-security': registers.socialSecurity.insured.map(({ aac002 }) => aac002),
    justice: registers.justice.persons.map(({ idNumber }) => idNumber),
  };
  const canonical = new Map(facts.dirtyKeys.map(({ stored, id }) => [stored, id]));
  const missing = (department: DepartmentName) => {
    const ids = new Set(known[department].map((stored) => canonical.get(stored) ?? stored));
    return people.filter(({ id }) => !ids.has(id)).map(({ id }) => id);
  };
  return {
    ...facts,
    residents: people.length,
    fixed: fixedIdentifiers(people),
    nobody,
    missing: {
      police: missing('police'),
      'civil-affairs': missing('civil-affairs'),
      'social-security': missing('social-security'),
      justice: missing('justice'),
    },
  };
}

function fixedIdentifiers(people: readonly Person[]): PopulationFacts['fixed'] {
  const entries = people.flatMap(({ fixed, identifier }) => (fixed ? [[fixed, identifier] as const] : []));
  // Every fixed resident is in every population, so every name has its entry.
  return Object.fromEntries(entries) as PopulationFacts['fixed'];
}
