import type {
  DiscrepancySelection,
  EntitySelection,
  Leaf,
  RelationSelection,
  TallySelection,
  ValueSelection,
} from '../plan/plan.ts';
import { assembleDiscrepancies } from './assemble-discrepancies.ts';
import { compileRecord } from './assemble-record.ts';
import { type Assemble, type Assembly, type Fill, placeOf, resultOf, type Shown } from './assembly.ts';
import { isAlone } from './is-alone.ts';
import { ofLastSource } from './shape-leaf.ts';

/** The view of one entity of the level, from the rows of all steps. */
export function compileEntity(assembly: Assembly): Assemble<Shown> {
  const { selection } = assembly.level.bound;
  const fills = fillsOf(assembly, selection);
  return (entity) => {
    const shown: Shown = { __typename: selection.entity };
    for (const fill of fills) fill(shown, entity);
    return shown;
  };
}

function fillsOf(assembly: Assembly, selection: EntitySelection): readonly Fill[] {
  const { isActive } = assembly;
  const fills: Fill[] = [...keyFills(assembly), ...elementFills(assembly, selection.elements)];
  const add = (property: string, assemble: Assemble<unknown>) => {
    fills.push((shown, entity) => {
      shown[property] = assemble(entity);
    });
  };
  for (const value of selection.values) {
    if (isActive(value.guards)) add(value.property, compileValue(assembly, value));
  }
  for (const record of selection.records) {
    if (isActive(record.guards)) add(record.property, compileRecord(assembly, record));
  }
  if (selection.sections && isActive(selection.sectionsGuards)) {
    add('sections', compileSections(assembly, selection.sections));
  }
  for (const tally of selection.tallies) {
    if (isActive(tally.guards)) add(tally.property, compileTally(assembly, tally));
  }
  for (const relation of selection.relations) {
    if (isActive(relation.guards)) add(relation.property, compileRelation(assembly, relation));
  }
  for (const discrepancies of selection.discrepancies) {
    if (isActive(discrepancies.guards))
      add(discrepancies.property, compileDiscrepancies(assembly, discrepancies));
  }
  return fills;
}

function keyFills({ level, isActive, conceal }: Assembly): readonly Fill[] {
  const { id, publicKey, publicKeyName } = level.bound.selection;
  const keyOf = (entity: number) => {
    const key = level.keys[entity];
    if (!key) throw new TypeError(`no entity at position ${entity}`);
    return key;
  };
  const fills: Fill[] = [];
  if (isActive(id)) {
    fills.push((shown, entity) => {
      shown['id'] = conceal(keyOf(entity));
    });
  }
  if (publicKeyName !== undefined && isActive(publicKey)) {
    fills.push((shown, entity) => {
      shown[publicKeyName] = keyOf(entity).value;
    });
  }
  return fills;
}

function elementFills(assembly: Assembly, leaves: readonly Leaf[]): readonly Fill[] {
  return leaves
    .filter(({ guards }) => assembly.isActive(guards))
    .map((leaf): Fill => {
      const { rows, failures } = resultOf(assembly, leaf.step);
      const shapeOf = ofLastSource((source) => assembly.shapers.of(leaf, source));
      return (shown, entity) => {
        const failure = failures.size > 0 ? failures.get(entity) : undefined;
        if (failure) assembly.problems.add(placeOf(leaf), failure);
        const row = rows[entity]?.[0];
        shown[leaf.property] = row ? shapeOf(row.source)(row.values[leaf.column]) : null;
      };
    });
}

/** Null where nothing of it is known. */
function compileValue(assembly: Assembly, value: ValueSelection): Assemble<Shown | null> {
  const fills = elementFills(assembly, value.leaves);
  return (entity) => {
    const shown: Shown = {};
    for (const fill of fills) fill(shown, entity);
    if (Object.values(shown).every((part) => part === null)) return null;
    return { __typename: value.typeName, ...shown };
  };
}

function compileSections(
  assembly: Assembly,
  sections: NonNullable<EntitySelection['sections']>,
): Assemble<unknown[]> {
  const records = sections
    .filter(({ guards }) => assembly.isActive(guards))
    .map((record) => compileRecord(assembly, record));
  return (entity) => records.map((record) => record(entity)).filter((record) => record !== null);
}

/** Null where it is not known; what could not be read is told besides. */
function compileTally(assembly: Assembly, tally: TallySelection): Assemble<boolean | null> {
  const { rows, failures } = resultOf(assembly, tally.step);
  return (entity) => {
    const failure = failures.get(entity);
    if (!failure) return isAlone(tally, assembly.level.keys[entity], rows[entity] ?? []);
    assembly.problems.add(tally, failure);
    return null;
  };
}

/** Nobody, and nobody whom the caller may know of, are the same; what could not be read is null and told. */
function compileRelation(assembly: Assembly, relation: RelationSelection): Assemble<unknown> {
  const way = assembly.level.ways.get(relation);
  const beyond = assembly.beyond.get(relation);
  return (entity) => {
    const failure = way?.failures.get(entity);
    if (failure) assembly.problems.add(relation, failure);
    if (!way || failure) return null;
    const children = (way.children[entity] ?? []).map((child) => beyond?.[child] ?? null);
    return relation.rows === 'MANY' ? children : (children[0] ?? null);
  };
}

function compileDiscrepancies(
  assembly: Assembly,
  discrepancies: DiscrepancySelection,
): Assemble<readonly Shown[] | null> {
  return (entity) => assembleDiscrepancies(assembly, discrepancies, entity);
}
