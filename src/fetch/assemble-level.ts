import type { RelationSelection } from '../plan/plan.ts';
import { compileEntity } from './assemble-entity.ts';
import type { Assembly, Shown } from './assembly.ts';
import type { Level } from './level.ts';

/** What all levels of a request have in common. */
export type LevelParts = Omit<Assembly, 'level' | 'results' | 'beyond'> & {
  /** Hears of the record types of which somebody could not be asked for, because a gate could not be read. */
  readonly onUnchecked: (typeName: string) => void;
};

/** The views of all entities of a level, those beyond first. One entity is one object, however many lead to it. */
export async function assembleLevel(level: Level, parts: LevelParts): Promise<readonly Shown[]> {
  const results = await level.results;
  for (const [index, { failures }] of results) {
    const typeName = level.bound.steps[index]?.step.connect.typeName;
    if (typeName !== undefined && failures.size > 0 && [...failures.values()].includes('ACCESS_UNCHECKED')) {
      parts.onUnchecked(typeName);
    }
  }
  const beyond = new Map<RelationSelection, readonly Shown[]>();
  for (const [relation, way] of level.ways) beyond.set(relation, await assembleLevel(way.level, parts));
  const assemble = compileEntity({ ...parts, level, results, beyond });
  return level.keys.map((_, position) => assemble(position));
}
