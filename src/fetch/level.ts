import type { BoundLevel, BoundRelation } from '../plan/bound-plan.ts';
import type { RelationSelection } from '../plan/plan.ts';
import type { EntityKey } from '../resident/entity-key.ts';
import { createStepRunner, type StepRunner } from './run-steps.ts';
import type { Failure, StepContext, StepRows } from './step-state.ts';

/** The distinct entities to which a root or a relation leads, and the reads about them. */
export interface Level {
  readonly bound: BoundLevel;
  /** Distinct; everything else of the level goes by position in it. */
  readonly keys: readonly EntityKey[];
  /** How often each of them stands in the answer. */
  readonly counts: readonly number[];
  readonly runner: StepRunner;
  /** Everything that is shown of them, by step. */
  readonly results: Promise<readonly (StepRows | undefined)[]>;
  /** Where the relations lead, once they were followed. */
  readonly ways: Map<RelationSelection, Way>;
}

export interface Way {
  /** Positions in the next level, by position of the parent. */
  readonly children: readonly (readonly number[])[];
  /** Parents of whom it is not known where they lead. */
  readonly failures: ReadonlyMap<number, Failure>;
  readonly level: Level;
}

/** Data steps start at once; what they need is started by them. */
export function openLevel(
  bound: BoundLevel,
  { keys, counts }: Pick<Level, 'keys' | 'counts'>,
  context: StepContext,
): Level {
  const runner = createStepRunner(bound.steps, keys, context);
  const results = runActive(bound, runner);
  // Whoever opened it may be refused before the results are looked at; they are awaited, and their failure heard, in assembleLevel.
  results.catch(() => undefined);
  return { bound, keys, counts, runner, results, ways: new Map() };
}

/** By index of the step. */
function runActive({ steps }: BoundLevel, runner: StepRunner): Promise<readonly (StepRows | undefined)[]> {
  return Promise.all(steps.map(({ isActive, step }) => (isActive ? runner.run(step.index) : undefined)));
}

/**
 * Follows the relations of all levels at one depth together before any of the next, so that what several paths ask of a department
 * is one read. A level that leads to nobody is opened too: it reads nothing.
 */
export async function followAll(
  levels: readonly Level[],
  follow: (level: Level, relation: BoundRelation) => Promise<() => Way>,
): Promise<void> {
  let depth = levels;
  while (depth.length > 0) {
    const ways = await Promise.all(
      depth.flatMap((level) =>
        level.bound.relations.map(async (relation) => ({
          level,
          relation,
          open: await follow(level, relation),
        })),
      ),
    );
    depth = ways.map(({ level, relation, open }) => {
      const way = open();
      level.ways.set(relation.relation, way);
      return way.level;
    });
  }
}
