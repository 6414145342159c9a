import { getNamedType, getNullableType, isListType, isUnionType } from 'graphql';
import type { FieldMapping, Graph, RelationField, TallyField } from '../contract/graph.ts';
import type { EntityRoot } from './plan.ts';

export type RootField = Pick<EntityRoot, 'field' | 'entity' | 'isList' | 'isRepresented' | 'keyName'>;

/**
 * What the field of `Query` gives if it gives shared entities by their keys, one entry for each type: what is below it is decided, not it.
 * Several where the type is their union: each representation is of one of them.
 */
export function entityRootsOf({ schema, entities }: Graph, name: string): readonly RootField[] {
  const fields = schema.getQueryType()?.getFields() ?? {};
  const type = Object.hasOwn(fields, name) ? fields[name]?.type : undefined;
  if (!type) return [];
  const given = getNamedType(type);
  const isList = isListType(getNullableType(type));
  const isRepresented = isUnionType(given);
  return (isRepresented ? given.getTypes() : [given]).flatMap(({ name: entity }) => {
    const shape = entities.get(entity);
    return shape ? [{ field: name, entity, isList, isRepresented, keyName: shape.keyName }] : [];
  });
}

/** Is the field of `Query` planned, and its value left by fetch? All others are the hub's own and have resolvers. */
export function isPlannedRoot(graph: Graph, name: string): boolean {
  return name === 'searchResidents' || entityRootsOf(graph, name).length > 0;
}

/** The relation behind a field of an entity (`Household.members`), through the department's field that claims it. */
export function relationOf(graph: Graph, coordinate: string): RelationField | undefined {
  const field = claimantOf(graph, coordinate);
  return field?.kind === 'relation' ? field : undefined;
}

/** … and the value that is computed of rows (`Resident.livesAlone`). */
export function tallyOf(graph: Graph, coordinate: string): TallyField | undefined {
  const field = claimantOf(graph, coordinate);
  return field?.kind === 'tally' ? field : undefined;
}

/** The department's field behind a coordinate: the one that claims it (数源), or itself. */
export function claimantOf({ fields, elements }: Graph, coordinate: string): FieldMapping | undefined {
  // A coordinate of unknown origin is only looked up: the map decides whether it is one.
  const element = coordinate as `${string}.${string}`;
  return fields.get(elements.get(element) ?? element);
}
