import type {
  DiscrepancySelection,
  EntitySelection,
  Leaf,
  RelationSelection,
  TallySelection,
  ValueSelection,
} from '../plan/plan.ts';
import { compileDiscrepancies } from './assemble-discrepancies.ts';
import { compileRecord } from './assemble-record.ts';
import { type Assemble, type Composition, type Fill, placeOf, resultOf, type Shown } from './assembly.ts';
import { isAlone } from './is-alone.ts';
import { compileShaper, ofSource } from './shape-leaf.ts';

/** The view of one entity of a level, from the rows of all its steps. */
export function compileEntity(composition: Composition, selection: EntitySelection): Assemble<Shown> {
  const fills = fillsOf(composition, selection);
  return (assembly, entity) => {
    const shown: Shown = { __typename: selection.entity };
    for (const fill of fills) fill(shown, assembly, entity);
    return shown;
  };
}

function fillsOf(composition: Composition, selection: EntitySelection): readonly Fill[] {
  return [
    ...keyFills(composition, selection),
    ...elementFills(composition, selection.elements),
    ...fillsFor(composition, selection.values, (value) => compileValue(composition, value)),
    ...fillsFor(composition, selection.records, (record) => compileRecord(composition, record)),
    ...sectionFills(composition, selection),
    ...fillsFor(composition, selection.tallies, compileTally),
    ...fillsFor(composition, selection.relations, compileRelation),
    ...fillsFor(composition, selection.discrepancies, (discrepancies: DiscrepancySelection) =>
      compileDiscrepancies(composition, discrepancies),
    ),
  ];
}

function fillsFor<Selected extends Pick<ValueSelection, 'property' | 'guards'>>(
  { isActive }: Composition,
  selections: readonly Selected[],
  compile: (selected: Selected) => Assemble<unknown>,
): readonly Fill[] {
  return selections
    .filter(({ guards }) => isActive(guards))
    .map((selected) => {
      const { property } = selected;
      const assemble = compile(selected);
      return (shown, assembly, entity) => {
        shown[property] = assemble(assembly, entity);
      };
    });
}

function keyFills(
  { isActive }: Composition,
  { id, publicKey, publicKeyName }: EntitySelection,
): readonly Fill[] {
  const fills: Fill[] = [];
  if (isActive(id)) {
    fills.push((shown, { level, conceal }, entity) => {
      const key = level.keys[entity];
      if (key) shown['id'] = conceal(key);
    });
  }
  if (publicKeyName !== undefined && isActive(publicKey)) {
    fills.push((shown, { level }, entity) => {
      shown[publicKeyName] = level.keys[entity]?.value;
    });
  }
  return fills;
}

function elementFills({ isActive }: Composition, leaves: readonly Leaf[]): readonly Fill[] {
  return leaves.filter(({ guards }) => isActive(guards)).map(compileElement);
}

function compileElement(leaf: Leaf): Fill {
  const shaperOf = ofSource((source, today) => compileShaper(leaf, source, today));
  return (shown, assembly, entity) => {
    const { rows, failures } = resultOf(assembly, leaf.step);
    const failure = failures.size > 0 ? failures.get(entity) : undefined;
    if (failure) assembly.problems.add(placeOf(leaf), failure);
    const row = rows[entity]?.[0];
    shown[leaf.property] = row
      ? shaperOf(row.source, assembly.today)(row.values[leaf.column], assembly.notesOf(leaf))
      : null;
  };
}

/** Null where nothing of it is known. */
function compileValue(composition: Composition, value: ValueSelection): Assemble<Shown | null> {
  const fills = elementFills(composition, value.leaves);
  return (assembly, entity) => {
    const shown: Shown = {};
    for (const fill of fills) fill(shown, assembly, entity);
    if (Object.values(shown).every((part) => part === null)) return null;
    return { __typename: value.typeName, ...shown };
  };
}

function sectionFills(
  composition: Composition,
  { sections, sectionsGuards }: EntitySelection,
): readonly Fill[] {
  if (!sections || !composition.isActive(sectionsGuards)) return [];
  const records = sections
    .filter(({ guards }) => composition.isActive(guards))
    .map((record) => compileRecord(composition, record));
  return [
    (shown, assembly, entity) => {
      const views = records.map((record) => record(assembly, entity));
      shown['sections'] = views.filter((view) => view !== null);
    },
  ];
}

/** Null where it is not known; what could not be read is told besides. */
function compileTally(tally: TallySelection): Assemble<boolean | null> {
  return (assembly, entity) => {
    const { rows, failures } = resultOf(assembly, tally.step);
    const failure = failures.get(entity);
    if (!failure) return isAlone(tally, assembly.level.keys[entity], rows[entity] ?? []);
    assembly.problems.add(tally, failure);
    return null;
  };
}

/** Nobody, and nobody whom the caller may know of, are the same; what could not be read is null and told. */
function compileRelation(relation: RelationSelection): Assemble<unknown> {
  return ({ level, beyond, problems }, entity) => {
    const way = level.ways.get(relation);
    const failure = way?.failures.get(entity);
    if (failure) problems.add(relation, failure);
    if (!way || failure) return null;
    const shown = beyond.get(relation);
    const children = (way.children[entity] ?? []).map((child) => shown?.[child] ?? null);
    return relation.rows === 'MANY' ? children : (children[0] ?? null);
  };
}
