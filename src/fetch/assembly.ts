import type { Guards, Leaf, RecordPart, RelationSelection } from '../plan/plan.ts';
import type { EntityKey } from '../resident/entity-key.ts';
import type { DecodeNotes } from './decode-value.ts';
import type { Level } from './level.ts';
import type { ProblemNotes } from './problems.ts';
import type { Shapers } from './shape-leaf.ts';
import type { FetchedRow, StepRows } from './step-state.ts';

/** What the answer is made of: plain objects by field name, masked, without keys or hidden columns. */
export type Shown = { [property: string]: unknown };

/** What the views of one level are put together from. */
export interface Assembly {
  readonly level: Level;
  readonly results: ReadonlyMap<number, StepRows>;
  readonly shapers: Shapers;
  readonly problems: ProblemNotes;
  readonly notes: DecodeNotes;
  readonly isActive: (guards: Guards) => boolean;
  readonly departments: ReadonlyMap<string, string>;
  readonly onTruncated: (coordinate: string) => void;
  readonly conceal: (key: EntityKey) => string;
  /** The entities to which a relation leads, by position in their level. */
  readonly beyond: ReadonlyMap<RelationSelection, readonly Shown[]>;
}

/** Puts one part of an entity's view in. Compiled once for a level: what depends on no row is decided before the first. */
export type Fill = (shown: Shown, entity: number) => void;

/** One part of an entity's view. */
export type Assemble<Part> = (entity: number) => Part;

const noRows: StepRows = { rows: [], failures: new Map(), ambiguous: new Set() };

export function resultOf({ results }: Assembly, step: number): StepRows {
  return results.get(step) ?? noRows;
}

/** Where problems of a leaf are told. */
export function placeOf({ coordinate, responsePaths, field }: Leaf): Parameters<ProblemNotes['add']>[0] {
  return { coordinate, responsePaths, department: field.department };
}

/** Reads a row's own update time, as its contract says where that stands. */
export function asOfReader(
  { level, shapers, notes }: Assembly,
  { step, asOf }: Pick<RecordPart, 'step' | 'asOf'>,
): (row: FetchedRow) => unknown {
  if (asOf === undefined) return () => null;
  const connects = level.bound.steps[step]?.step.connect.connects ?? [];
  const mappings = new Map(connects.map((connect) => [connect.source, connect.asOf]));
  return ({ source, values }) => {
    const mapping = mappings.get(source);
    const raw = values[asOf];
    return mapping && raw !== undefined ? shapers.asOf(mapping)(raw, notes) : null;
  };
}
