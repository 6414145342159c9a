import type { KeyColumn, ReadShape } from '../connectors/connector.ts';
import type { Connect } from '../contract/graph.ts';
import type { BoundStep } from '../plan/bound-plan.ts';

/** A step at one of its sources: what is asked, and where the step's columns stand in the answer. */
export interface StepShape {
  readonly shape: ReadShape;
  /** By step column; -1 where it is not asked. Undefined where both are in the same order. */
  readonly places: readonly number[] | undefined;
}

/**
 * The same for all requests that ask the same columns of a step. Equal shapes are one value whatever plan they are of, so that reads are
 * joined, and connectors keep what they make of them, by identity.
 */
export function shapeOf(bound: BoundStep, connect: Connect): StepShape {
  const maxRowsPerKey = rowLimit(bound, connect);
  const ofColumns = shapesOf(bound.columns);
  const known = ofColumns.find((one) => one.connect === connect && one.maxRowsPerKey === maxRowsPerKey);
  if (known) return known.made;
  const made = makeShape(bound, connect, maxRowsPerKey);
  if (ofColumns.length >= maxShapes) ofColumns.shift();
  ofColumns.push({ connect, maxRowsPerKey, made });
  return made;
}

interface KnownShape {
  readonly connect: Connect;
  readonly maxRowsPerKey: number;
  readonly made: StepShape;
}

/** By the list of columns that a step asks, which is one value for all requests of a plan without conditions. */
const shapes = new WeakMap<readonly number[], KnownShape[]>();

/** Callers choose columns and limits, so there may be many; beyond these the oldest is made anew. */
const maxShapes = 100;

function shapesOf(columns: readonly number[]): KnownShape[] {
  const known = shapes.get(columns) ?? [];
  shapes.set(columns, known);
  return known;
}

function makeShape({ step, columns }: BoundStep, connect: Connect, maxRowsPerKey: number): StepShape {
  const names = columns.flatMap((position) => step.columns[position]?.names[connect.source] ?? []);
  const shape = oneOfEach(connect, {
    entity: step.connect.typeName,
    target: connect.target,
    keyColumns: connect.key.map(({ column, forms }): KeyColumn => ({ column, forms })),
    columns: [...new Set(names)],
    rows: step.connect.rows,
    order: step.order.get(connect.source) ?? [],
    maxRowsPerKey,
  });
  const active = new Set(columns);
  const places = step.columns.map((column, position) => {
    const name = column.names[connect.source];
    return active.has(position) && name !== undefined ? shape.columns.indexOf(name) : -1;
  });
  const isAligned = places.every((place, position) => place === position);
  return { shape, places: isAligned ? undefined : places };
}

/** One more than may be shown, so that ambiguity and truncation are seen. */
function rowLimit(bound: BoundStep, connect: Connect): number {
  if (bound.step.connect.rows === 'ONE') return 2;
  return Math.min(bound.first ?? connect.maxRows, connect.maxRows) + 1;
}

/** Shapes of one mapping, each standing for its equals as long as anybody holds it. */
type OneOfEach = Map<string, WeakRef<ReadShape>>;

const equals = new WeakMap<Connect, OneOfEach>();

const dropped = new FinalizationRegistry<{ readonly ofConnect: OneOfEach; readonly key: string }>(
  ({ ofConnect, key }) => {
    // An equal one may have come since.
    if (!ofConnect.get(key)?.deref()) ofConnect.delete(key);
  },
);

function oneOfEach(connect: Connect, shape: ReadShape): ReadShape {
  const ofConnect: OneOfEach = equals.get(connect) ?? new Map();
  equals.set(connect, ofConnect);
  const { entity, rows, columns, order, maxRowsPerKey } = shape;
  // Target and key columns are the mapping's own.
  const key = JSON.stringify([entity, rows, columns, order, maxRowsPerKey]);
  const known = ofConnect.get(key)?.deref();
  if (known) return known;
  ofConnect.set(key, new WeakRef(Object.freeze(shape)));
  dropped.register(shape, { ofConnect, key });
  return shape;
}
