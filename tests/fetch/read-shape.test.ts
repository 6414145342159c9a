import { describe, expect, it } from 'vitest';
import type { Connect } from '../../src/contract/graph.ts';
import { shapeOf } from '../../src/fetch/read-shape.ts';
import type { BoundStep } from '../../src/plan/bound-plan.ts';

const connect: Connect = {
  source: 'cases',
  target: { kind: 'sql', table: 'cases' },
  key: [{ from: { kind: 'citizenId' }, column: 'id', forms: [] }],
  where: [],
  order: [],
  maxRows: 1000,
};

const step = {
  connect: { typeName: 'Case', rows: 'MANY' },
  columns: [{ names: { cases: 'dispute' } }],
  order: new Map(),
};

/** The step of a plan with its own list of columns, with everything that a shape is made of. */
function stepOf(columns: readonly number[], first: number): BoundStep {
  return { step, columns, first } as unknown as BoundStep;
}

describe('equal shapes of plans in use', () => {
  it('are one value, however many others callers ask meanwhile', () => {
    const kept = shapeOf(stepOf([0], 1), connect).shape;
    const columns = [0];
    for (let first = 2; first < 400; first++) shapeOf(stepOf(columns, first), connect);
    expect(shapeOf(stepOf(columns, 1), connect).shape).toBe(kept);
    expect(shapeOf(stepOf([0], 2), connect).shape).not.toBe(kept);
  });

  it('are made anew from the oldest on', () => {
    const columns = [0];
    const made = Array.from({ length: 101 }, (_, first) => shapeOf(stepOf(columns, first), connect));
    expect(shapeOf(stepOf(columns, 50), connect)).toBe(made[50]);
    expect(shapeOf(stepOf(columns, 0), connect)).not.toBe(made[0]);
  });
});
