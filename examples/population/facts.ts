import type { KeyForm } from '../../src/connectors/connector.ts';
import type { ResidentIdentifier } from '../../src/resident/identifier.ts';
import type { FixedName } from './person.ts';

export type DepartmentName = 'police' | 'civil-affairs' | 'social-security' | 'justice';

/** Where in the departments' records a fact stands: the column as the contract file names it. */
interface Place {
  readonly department: DepartmentName;
  /** Table, or type of the answer. */
  readonly table: string;
  /** Canonical identifier of the resident. */
  readonly id: string;
}

/** A key that is not stored in canonical form. */
export interface DirtyKey extends Place {
  readonly form: KeyForm;
  readonly stored: string;
}

/** A department that believes something else than the authority for the element. */
export interface Contradiction extends Place {
  readonly element: 'Resident.name' | 'Resident.maritalStatus';
  /** As this department stores it. */
  readonly stored: string;
  /** As it should be. */
  readonly expected: string;
}

/** A value that no code table or calendar has. */
export interface BadValue extends Place {
  readonly column: string;
  readonly stored: string;
}

/** 封存: a row that must never leave its department. */
export interface SealedRow extends Place {
  readonly reason: 'juvenile' | 'public-order' | 'unknown';
  /** A text of the row by which a leak would be noticed. */
  readonly trace: string;
}

/** What a test may count on. */
export interface PopulationFacts {
  readonly residents: number;
  /** Documented in `examples/README.md`. */
  readonly fixed: Readonly<Record<FixedName, ResidentIdentifier>>;
  /** A valid id that no department knows. */
  readonly nobody: ResidentIdentifier;
  /** Residents of whom a department has no record. */
  readonly missing: Readonly<Record<DepartmentName, readonly string[]>>;
  readonly dirtyKeys: readonly DirtyKey[];
  readonly contradictions: readonly Contradiction[];
  readonly unknownCodes: readonly BadValue[];
  readonly wrongDates: readonly BadValue[];
  readonly sealed: readonly SealedRow[];
}

/** Collects facts while the registers are written, where they come about. */
export interface FactBook {
  readonly dirtyKeys: DirtyKey[];
  readonly contradictions: Contradiction[];
  readonly unknownCodes: BadValue[];
  readonly wrongDates: BadValue[];
  readonly sealed: SealedRow[];
}

export function createFactBook(): FactBook {
  return { dirtyKeys: [], contradictions: [], unknownCodes: [], wrongDates: [], sealed: [] };
}
