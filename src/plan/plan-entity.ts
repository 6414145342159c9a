import { isObjectType } from 'graphql';
import type { Coordinate, FieldMapping, Graph } from '../contract/graph.ts';
import { collectFields, type FieldGroup, or, propertyOf } from './collect-fields.ts';
import { isDiscrepancies } from './decide-discrepancies.ts';
import { addDenial, decideField, type PlanDraft, pathsBelow } from './draft-plan.ts';
import {
  connectOf,
  createStepDrafts,
  draftStep,
  finishSteps,
  resolveColumn,
  type StepDrafts,
} from './draft-steps.ts';
import { relationOf, tallyOf } from './entity-root.ts';
import type {
  DiscrepancySelection,
  EntitySelection,
  Guards,
  Leaf,
  RecordSelection,
  RelationSelection,
  TallySelection,
  ValueSelection,
} from './plan.ts';
import { planDiscrepancies } from './plan-discrepancies.ts';
import { planLeaf } from './plan-parts.ts';
import { decideLeaf, planRecord } from './plan-record.ts';
import { type LevelPlace, planRelation } from './plan-relation.ts';
import { planTally } from './plan-tally.ts';

/** One level while it is planned. */
interface LevelDraft {
  readonly draft: PlanDraft;
  readonly steps: StepDrafts;
  readonly place: LevelPlace;
  readonly level: GrowingLevel;
}

interface GrowingLevel {
  readonly entity: string;
  id: Guards;
  publicKey: Guards;
  readonly publicKeyName: string | undefined;
  readonly elements: Leaf[];
  readonly values: ValueSelection[];
  readonly records: RecordSelection[];
  sections: RecordSelection[] | undefined;
  sectionsGuards: Guards;
  readonly relations: RelationSelection[];
  readonly tallies: TallySelection[];
  readonly discrepancies: DiscrepancySelection[];
}

/**
 * Plans what is selected on a shared entity: by the same code, under the same decisions, whether a caller named it or a relation leads
 * to it.
 */
export function planEntity(draft: PlanDraft, entity: string, place: LevelPlace): EntitySelection {
  const steps = createStepDrafts(draft.graph, place.passed);
  const level: GrowingLevel = {
    entity,
    id: [],
    publicKey: [],
    publicKeyName: draft.graph.entities.get(entity)?.publicKey,
    elements: [],
    values: [],
    records: [],
    sections: undefined,
    sectionsGuards: [],
    relations: [],
    tallies: [],
    discrepancies: [],
  };
  const { selections } = place.group;
  for (const group of collectFields(draft.graph.schema, draft.fragments, entity, selections)) {
    planEntityField({ draft, steps, place, level }, group);
  }
  const answerSize = selections.reduce((size, { set }) => size + draft.sizeOfAnswer(set, entity), 0);
  return { ...level, answerSize, steps: Object.freeze(finishSteps(steps)) };
}

function planEntityField(at: LevelDraft, group: FieldGroup): void {
  const { draft, steps, place, level } = at;
  if (group.name === '__typename') return;
  if (group.name === level.publicKeyName) {
    level.publicKey = or(level.publicKey, group.guards);
  } else if (group.name === 'id') level.id = or(level.id, group.guards);
  else if (group.name === 'sections') planSections(at, group);
  else if (isDiscrepancies(draft.graph, level.entity, group.name)) {
    const where = { entity: level.entity, paths: place.paths };
    level.discrepancies.push(planDiscrepancies(draft, steps, group, where));
  } else {
    const coordinate: Coordinate = `${level.entity}.${group.name}`;
    const field = draft.graph.fields.get(coordinate);
    const relation = relationOf(draft.graph, coordinate);
    const tally = tallyOf(draft.graph, coordinate);
    if (field?.kind === 'connect' || field?.kind === 'group') {
      level.records.push(planRecord(draft, steps, field, group, place.paths));
    } else if (relation) {
      const planned = planRelation(draft, steps, {
        coordinate,
        field: relation,
        group,
        place,
        planBeyond: planEntity,
      });
      if (planned) level.relations.push(planned);
    } else if (tally) {
      const planned = planTally(draft, steps, coordinate, tally, { group, paths: place.paths });
      if (planned) level.tallies.push(planned);
    } else planElements(at, coordinate, group);
  }
}

/** An element, or a plain value of the hub that is made of elements: `Building.location`. */
function planElements(at: LevelDraft, coordinate: Coordinate, group: FieldGroup): void {
  const { draft, level, place } = at;
  const typeName = valueTypeOf(draft.graph, level.entity, group.name);
  if (typeName === undefined) {
    const leaf = planElement(at, coordinate, group, place.paths);
    if (leaf) level.elements.push(leaf);
    return;
  }
  const paths = pathsBelow(place.paths, group, { isList: false });
  const members = collectFields(draft.graph.schema, draft.fragments, typeName, group.selections);
  const leaves = members
    .filter(({ name }) => name !== '__typename')
    .flatMap((member) => planElement(at, `${typeName}.${member.name}`, member, paths) ?? []);
  level.values.push({
    property: propertyOf(draft.propertyNames, group),
    typeName,
    guards: group.guards,
    leaves,
  });
}

function valueTypeOf({ schema, entities }: Graph, entity: string, name: string): string | undefined {
  const type = schema.getType(entity);
  const fieldType = isObjectType(type) ? type.getFields()[name]?.type : undefined;
  return isObjectType(fieldType) && !entities.has(fieldType.name) ? fieldType.name : undefined;
}

/** A top-level element is read from, and decided as, the field that is the authority for it (数源). */
function planElement(
  { draft, steps }: LevelDraft,
  coordinate: Coordinate,
  group: FieldGroup,
  paths: readonly string[],
): Leaf | undefined {
  const field = resolveColumn(draft.graph, coordinate);
  const connect = field && connectOf(draft.graph, field);
  if (!field || connect?.rows !== 'ONE') {
    const decision = decideField(draft, coordinate, coordinate, group.guards);
    const responsePaths = pathsBelow(paths, group, { isList: false });
    addDenial(draft, { coordinate, code: 'FIELD_DENIED', decision, responsePaths, guards: group.guards });
    return undefined;
  }
  const leaf = decideLeaf(draft, coordinate, field, group, paths);
  if (!leaf) return undefined;
  const step = draftStep(steps, { connect, role: 'data', guards: group.guards, rule: leaf.rule });
  return planLeaf(step, leaf, coordinate);
}

/** `Resident.sections`: the record of each department, as far as its type is selected and anything of it is permitted. */
function planSections({ draft, steps, level, place }: LevelDraft, group: FieldGroup): void {
  const sectionPaths = pathsBelow(place.paths, group, { isList: true });
  const records: RecordSelection[] = [];
  for (const field of sectionsOf(draft.graph, level.entity)) {
    if (field.kind !== 'connect' && field.kind !== 'group') continue;
    // Denials of the hub's own fields stay unsaid here: a section that the caller may not know of is simply not listed.
    const quiet: PlanDraft = {
      ...draft,
      denials: selectsType(draft, field.typeName, group) ? draft.denials : new Map(),
    };
    records.push(planRecord(quiet, steps, field, { ...group, responseNames: new Set(['']) }, sectionPaths));
  }
  level.sections = [...(level.sections ?? []), ...records];
  level.sectionsGuards = or(level.sectionsGuards, group.guards);
}

export function sectionsOf(graph: Graph, entity: string): readonly FieldMapping[] {
  return [...graph.fields.values()].filter(
    (field) =>
      field.parentType === entity &&
      (field.kind === 'group' || (field.kind === 'connect' && field.rows === 'ONE')),
  );
}

/** Is anything selected on the type itself, beyond what every section has? */
function selectsType(draft: PlanDraft, typeName: string, group: FieldGroup): boolean {
  return collectFields(draft.graph.schema, draft.fragments, typeName, group.selections).some((selected) => {
    const kind = draft.graph.fields.get(`${typeName}.${selected.name}`)?.kind;
    return kind !== undefined && kind !== 'meta';
  });
}
