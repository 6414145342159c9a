import type { EntitySelection, RelationSelection } from '../plan/plan.ts';
import { compileEntity } from './assemble-entity.ts';
import type { Assemble, Assembly, Composition, Shown } from './assembly.ts';
import type { Level } from './level.ts';

/** What all levels of a request have in common. */
export type LevelParts = Omit<Assembly, 'level' | 'results' | 'beyond'> & {
  readonly composition: Composition;
  /** Conditions vary from request to request. */
  readonly hasGuards: boolean;
  /** Hears of the record types of which somebody could not be asked for, because a gate could not be read. */
  readonly onUnchecked: (typeName: string) => void;
};

/** The views of all entities of a level, those beyond first. One entity is one object, however many lead to it. */
export async function assembleLevel(level: Level, parts: LevelParts): Promise<readonly Shown[]> {
  const results = await level.results;
  for (const [index, result] of results.entries()) {
    const typeName = level.bound.steps[index]?.step.connect.typeName;
    if (typeName === undefined || !result || result.failures.size === 0) continue;
    if ([...result.failures.values()].includes('ACCESS_UNCHECKED')) parts.onUnchecked(typeName);
  }
  const beyond = new Map<RelationSelection, readonly Shown[]>();
  for (const [relation, way] of level.ways) beyond.set(relation, await assembleLevel(way.level, parts));
  const { today, problems, notes, notesOf, onTruncated, conceal } = parts;
  const assembly = { level, results, today, problems, notes, notesOf, onTruncated, conceal, beyond };
  const assemble = assemblerOf(parts, level.bound.selection);
  return level.keys.map((_, position) => assemble(assembly, position));
}

/** By what is selected: a plan is kept as long as it is in use, and its departments are those of its graph. */
const assemblers = new WeakMap<EntitySelection, Assemble<Shown>>();

function assemblerOf({ composition, hasGuards }: LevelParts, selection: EntitySelection): Assemble<Shown> {
  if (hasGuards) return compileEntity(composition, selection);
  const known = assemblers.get(selection);
  if (known) return known;
  const made = compileEntity(composition, selection);
  assemblers.set(selection, made);
  return made;
}
