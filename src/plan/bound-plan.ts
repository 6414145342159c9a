import type { BoundRule } from '../policies/row-rule.ts';
import type { EntityKey } from '../resident/entity-key.ts';
import type { ResidentIdentifier } from '../resident/identifier.ts';
import type { BoundSearch } from './bind-search.ts';
import type { OperationLimits } from './limits.ts';
import type {
  EntityRoot,
  EntitySelection,
  Entry,
  Guards,
  Plan,
  PlannedDecision,
  PlannedDenial,
  RelationSelection,
  Step,
  StepFilter,
} from './plan.ts';

/** A plan with the request's variables put in: ready to be fetched. */
export interface BoundPlan {
  readonly plan: Plan;
  readonly isActive: (guards: Guards) => boolean;
  readonly decisions: readonly PlannedDecision[];
  readonly denials: readonly PlannedDenial[];
  readonly roots: readonly BoundRoot[];
  /** Distinct residents over all roots. */
  readonly residents: readonly ResidentIdentifier[];
  readonly limits: Pick<OperationLimits, 'maxReached' | 'maxCost'>;
}

export interface BoundRoot extends BoundLevel {
  readonly root: EntityRoot;
  readonly named: NamedEntities;
  /** Identifiers that the request gives for it, malformed ones too; of a search, as many as a page may hold. */
  readonly asked: number;
  /** Where residents are found: nobody is named then. */
  readonly search?: BoundSearch;
}

/** The entities that a request names by their keys: each once, and where they stand. */
export interface NamedEntities {
  readonly keys: readonly EntityKey[];
  /** How often each of them is named. */
  readonly counts: readonly number[];
  /** Position in `keys`, aligned to the request; -1 where malformed, or where a representation is of another type. */
  readonly places: readonly number[];
}

/** What is read and shown of the entities that a root or a relation leads to. */
export interface BoundLevel {
  readonly selection: EntitySelection;
  readonly steps: readonly BoundStep[];
  readonly relations: readonly BoundRelation[];
}

export interface BoundRelation {
  readonly relation: RelationSelection;
  readonly first: number | undefined;
  readonly entry: BoundEntry | undefined;
  readonly child: BoundLevel;
}

export interface BoundEntry {
  readonly entry: Entry;
  readonly rules: readonly (BoundRule | 'NEVER')[];
  readonly steps: readonly BoundStep[];
}

/** The row rules of a step with the request's terms put in. */
export interface BoundRules {
  readonly pushed: BoundRule | undefined;
  readonly gates: readonly BoundRule[];
}

export interface BoundStep {
  readonly step: Step;
  /** Asked for by something that is shown. Steps that only others need run when those do. */
  readonly isActive: boolean;
  /** Positions of the columns to ask, ascending. */
  readonly columns: readonly number[];
  /** NEVER: one of them has a term that this request cannot bind (no region in the token), so nobody is asked, not even by a gate. */
  readonly rules: BoundRules | 'NEVER';
  readonly filters: readonly {
    readonly field: StepFilter['field'];
    readonly value: string | number | boolean;
  }[];
  readonly first: number | undefined;
  /** Rows of one key that may be shown. */
  readonly mostRows: number;
}

/** The reads of a level and of all beyond it. */
export function* stepsOf({ steps, relations }: BoundLevel): Iterable<BoundStep> {
  yield* steps;
  for (const { entry, child } of relations) {
    yield* entry?.steps ?? [];
    yield* stepsOf(child);
  }
}

export function entityKeyText({ type, value }: EntityKey): string {
  return `${type}:${value}`;
}
