import type { RelationSelection } from '../plan/plan.ts';
import { type Assembly, assembleEntity, type Shown } from './assemble.ts';
import { assembleDiscrepancies } from './assemble-discrepancies.ts';
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
    if (typeName !== undefined && [...failures.values()].includes('ACCESS_UNCHECKED')) {
      parts.onUnchecked(typeName);
    }
  }
  const beyond = new Map<RelationSelection, readonly Shown[]>();
  for (const [relation, way] of level.ways) beyond.set(relation, await assembleLevel(way.level, parts));
  const assembly: Assembly = { ...parts, level, results, beyond };
  return level.keys.map((_, position) => {
    const shown = assembleEntity(assembly, position);
    for (const discrepancies of level.bound.selection.discrepancies) {
      if (!parts.isActive(discrepancies.guards)) continue;
      shown[discrepancies.property] = assembleDiscrepancies(assembly, discrepancies, position);
    }
    return shown;
  });
}
