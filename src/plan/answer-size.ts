import {
  type FragmentDefinitionNode,
  getNamedType,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from 'graphql';
import type { Coordinate, Graph } from '../contract/graph.ts';

/** Rows that a list is taken to hold where the caller sets no bound, and items of a list inside a row. */
export const usualRows = 20;
const usualItems = 3;

/**
 * How many fields the answer to a selection can be expected to hold. Reads are joined however many aliases ask for the same, so
 * only this sees that an answer is large. Every alias and every use of a fragment counts, and what is below a list counts
 * once for each usual row. What lies beyond relations is counted level by level, when the number of rows is known. Linear in the
 * operation, which must be valid.
 */
export function createAnswerSize(
  graph: Graph,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): (set: SelectionSetNode, typeName: string) => number {
  const known = new Map<string, number>();
  const sizeOf = (set: SelectionSetNode, typeName: string): number => {
    let size = 0;
    for (const selection of set.selections) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) size += fragmentSize(selection.name.value);
      else if (selection.kind === Kind.INLINE_FRAGMENT) {
        size += sizeOf(selection.selectionSet, selection.typeCondition?.name.value ?? typeName);
      } else {
        const { selectionSet } = selection;
        const below = childOf(graph, typeName, selection.name.value);
        size += 1 + (selectionSet ? below.rows * sizeOf(selectionSet, below.typeName) : 0);
      }
    }
    return size;
  };
  const fragmentSize = (name: string): number => {
    const fragment = fragments.get(name);
    const size =
      known.get(name) ?? (fragment ? sizeOf(fragment.selectionSet, fragment.typeCondition.name.value) : 0);
    known.set(name, size);
    return size;
  };
  return sizeOf;
}

function leadsToEntity({ schema, entities }: Graph, typeName: string, name: string): boolean {
  const type = schema.getType(typeName);
  if (!isObjectType(type) || !entities.has(typeName)) return false;
  const field = type.getFields()[name];
  return field !== undefined && entities.has(getNamedType(field.type).name);
}

function childOf(graph: Graph, typeName: string, name: string): { typeName: string; rows: number } {
  // A coordinate of the operation is only looked up: the map decides whether it is one.
  const coordinate = `${typeName}.${name}` as Coordinate;
  const field = graph.fields.get(coordinate);
  if (leadsToEntity(graph, typeName, name)) return { typeName: '', rows: 0 };
  if (!field && name === 'discrepancies') return { typeName: 'Discrepancy', rows: graph.statements.size };
  if (typeName === 'Discrepancy') return { typeName: 'Statement', rows: usualItems };
  // The hub's own list: of each department's record, one. Its plain values hold elements.
  if (!field && name !== 'sections') return { typeName, rows: 1 };
  if (!field) return { typeName: 'RecordSection', rows: graph.departments.size };
  const isList =
    (field.kind === 'connect' && field.rows === 'MANY') || (field.kind === 'embedded' && field.isList);
  if (!isList) return { typeName: field.typeName, rows: 1 };
  return { typeName: field.typeName, rows: field.kind === 'connect' ? usualRows : usualItems };
}
