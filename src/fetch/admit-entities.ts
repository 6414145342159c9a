import type { BoundEntry } from '../plan/bound-plan.ts';
import type { EntityKey } from '../resident/entity-key.ts';
import { passesRule } from './passes-rule.ts';
import { createStepRunner } from './run-steps.ts';
import type { StepContext, StepRows } from './step-state.ts';

export interface Admission {
  /** Positions of those who pass all conditions. */
  readonly admitted: ReadonlySet<number>;
  /** Positions of those of whom it could not be read. They are not admitted. */
  readonly unchecked: ReadonlySet<number>;
}

/** THE line that lets an entity in by a relation: the columns of the entry's conditions alone are read, and nothing else before. */
export async function admitEntities(
  { entry, rules, steps }: BoundEntry,
  keys: readonly EntityKey[],
  context: StepContext,
): Promise<Admission> {
  const runner = createStepRunner(steps, keys, context);
  const looked = [...new Set([...entry.attributes.values()].map(({ step }) => step))];
  const read = await Promise.all(looked.map(async (index) => [index, await runner.run(index)] as const));
  const needed: ReadonlyMap<number, StepRows> = new Map(read);
  const view = { attributes: entry.attributes, needed, context };
  const admitted = new Set<number>();
  const unchecked = new Set<number>();
  for (const position of keys.keys()) {
    if (read.some(([, { failures }]) => failures.has(position))) unchecked.add(position);
    else if (rules.every((rule) => rule !== 'NEVER' && passesRule(view, rule, position)))
      admitted.add(position);
  }
  return { admitted, unchecked };
}
