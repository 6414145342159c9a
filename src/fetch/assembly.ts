import type { Guards, Leaf, RecordPart, RelationSelection } from '../plan/plan.ts';
import type { EntityKey } from '../resident/entity-key.ts';
import type { DecodeNotes } from './decode-value.ts';
import type { Level } from './level.ts';
import type { ProblemNotes } from './problems.ts';
import { shapeAsOf } from './shape-leaf.ts';
import type { FetchedRow, StepRows } from './step-state.ts';

/** What the answer is made of: plain objects by field name, masked, without keys or hidden columns. */
export type Shown = { [property: string]: unknown };

/** What is known before any row: how views are put together is compiled of it, once for a plan where no condition varies. */
export interface Composition {
  readonly isActive: (guards: Guards) => boolean;
  /** Department name → its title. */
  readonly departments: ReadonlyMap<string, string>;
}

/** What the views of one level are put together from, in one request. */
export interface Assembly {
  readonly level: Level;
  /** By index of the step; absent where it did not run. */
  readonly results: readonly (StepRows | undefined)[];
  /** Today in China Standard Time, YYYY-MM-DD. */
  readonly today: string;
  readonly problems: ProblemNotes;
  readonly notes: DecodeNotes;
  /** Hears of stored values that cannot be shown, for the leaf that they are of. Asked for anew before each value. */
  readonly notesOf: (leaf: Leaf) => DecodeNotes;
  readonly onTruncated: (coordinate: string) => void;
  readonly conceal: (key: EntityKey) => string;
  /** The entities to which a relation leads, by position in their level. */
  readonly beyond: ReadonlyMap<RelationSelection, readonly Shown[]>;
}

/** Puts one part of an entity's view in. */
export type Fill = (shown: Shown, assembly: Assembly, entity: number) => void;

/** One part of an entity's view. */
export type Assemble<Part> = (assembly: Assembly, entity: number) => Part;

const noRows: StepRows = { rows: [], failures: new Map(), ambiguous: new Set() };

export function resultOf({ results }: Assembly, step: number): StepRows {
  return results[step] ?? noRows;
}

/** Where problems of a leaf are told. */
export function placeOf({ coordinate, responsePaths, field }: Leaf): Parameters<ProblemNotes['add']>[0] {
  return { coordinate, responsePaths, department: field.department };
}

/** A row's own update time, as its contract says where that stands. */
export function asOf(
  { level, today, notes }: Assembly,
  { step, asOf: position }: Pick<RecordPart, 'step' | 'asOf'>,
  { source, values }: FetchedRow,
): unknown {
  if (position === undefined) return null;
  const connects = level.bound.steps[step]?.step.connect.connects ?? [];
  const mapping = connects.find((connect) => connect.source === source)?.asOf;
  const raw = values[position];
  return mapping && raw !== undefined ? shapeAsOf(mapping, today)(raw, notes) : null;
}
