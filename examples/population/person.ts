import type { ResidentIdentifier } from '../../src/resident/identifier.ts';
import type { Day } from './calendar.ts';
import type { Sex } from './names.ts';

/** Somebody who lives in the district, as things are; what each department believes stands in its register. */
export interface Person {
  readonly identifier: ResidentIdentifier;
  /** `identifier.value`: for nearly everybody the 公民身份号码 in canonical form. */
  readonly id: string;
  readonly name: string;
  readonly sex: Sex;
  readonly birthDate: Day;
  /** GB/T 3304. */
  readonly ethnicity: string;
  readonly registration: Registration;
  readonly household: Household;
  /** One of the documented residents at the front of the population. */
  readonly fixed?: FixedName;
}

export type Registration =
  | 'FAMILY'
  | 'COLLECTIVE'
  /** 未落常住户口: in the police's register, but without a household. */
  | 'UNSETTLED'
  /** 流动人口: registered in another province, unknown to this police's register. */
  | 'FLOATING'
  /** Foreigners and residents of Hong Kong, Macao and Taiwan: no household registration. */
  | 'NONE';

export interface Household {
  /** 户号; absent where it is no registered household. */
  readonly number?: string;
  /** 12 digits. */
  readonly division: string;
  readonly address: string;
  /** The first one is the head (户主). */
  readonly members: readonly Person[];
}

/** A marriage between two people of the population, and how it ended. */
export interface Couple {
  readonly husband: Person;
  readonly wife: Person;
  readonly marriedOn: Day;
  readonly divorcedOn?: Day;
}

/** The documented residents: the same in a population of every size and seed. `examples/README.md` lists them. */
export type FixedName =
  | 'everywhere'
  | 'spouse'
  | 'child'
  | 'divorcedMother'
  | 'sealedMinor'
  | 'lowerX'
  | 'oldCard'
  | 'centenarian'
  | 'outsider'
  | 'fullWidth'
  | 'wrongDate'
  | 'unknownCode'
  | 'minorityName'
  | 'unsettled'
  | 'floating'
  | 'passportOnly'
  | 'hongKong'
  | 'permanentResident';
