import { getNamedType, getNullableType, isListType } from 'graphql';
import type { Graph, RelationField } from '../contract/graph.ts';
import type { EntityRoot } from './plan.ts';

/** The field of `Query` if it gives shared entities by their keys: what is below it is decided, not it. */
export function entityRootOf(
  graph: Graph,
  name: string,
): Pick<EntityRoot, 'field' | 'entity' | 'isList'> | undefined {
  const fields = graph.schema.getQueryType()?.getFields() ?? {};
  const type = Object.hasOwn(fields, name) ? fields[name]?.type : undefined;
  if (!type) return undefined;
  const entity = getNamedType(type).name;
  if (!graph.entities.has(entity)) return undefined;
  return { field: name, entity, isList: isListType(getNullableType(type)) };
}

/** The relation behind a field of an entity (`Household.members`), through the department's field that claims it. */
export function relationOf(graph: Graph, coordinate: string): RelationField | undefined {
  // A coordinate of unknown origin is only looked up: the map decides whether it is one.
  const element = coordinate as `${string}.${string}`;
  const field = graph.fields.get(graph.elements.get(element) ?? element);
  return field?.kind === 'relation' ? field : undefined;
}
