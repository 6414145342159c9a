import {
  type FragmentDefinitionNode,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isListType,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from 'graphql';
import { usualRows } from './answer-size.ts';
import type { FieldGroup } from './collect-fields.ts';
import type { PlanDraft } from './draft-plan.ts';
import type { LogSearch } from './plan.ts';

/** Records on one page; the SDL and the auditors' guide say so too. */
export const maxLogPage = 200;

/** What the log is asked for, so that it counts against the limits like every other read. */
export function planLogSearch({ graph, fragments }: PlanDraft, group: FieldGroup): LogSearch {
  const size = (set: SelectionSetNode) =>
    sizeOf(graph.schema, fragments, set, { typeName: 'AccessRecordConnection', isPage: true });
  return Object.freeze({
    guards: group.guards,
    first: group.arguments.get('first'),
    // Every alias is a search of its own.
    searches: group.responseNames.size,
    recordSize: 1 + group.selections.reduce((sum, { set }) => sum + size(set), 0),
  });
}

/**
 * Fields of the answer, by the schema: `first` says how many records there are, lists inside a record hold the usual rows. The operation
 * is valid, and its fragments written out are within their limit.
 */
function sizeOf(
  schema: GraphQLSchema,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  set: SelectionSetNode,
  { typeName, isPage }: { readonly typeName: string; readonly isPage: boolean },
): number {
  let size = 0;
  for (const selection of set.selections) {
    if (selection.kind !== Kind.FIELD) {
      const inner = selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection;
      if (inner) size += sizeOf(schema, fragments, inner.selectionSet, { typeName, isPage });
      continue;
    }
    const type = schema.getType(typeName);
    const field = isObjectType(type) ? type.getFields()[selection.name.value] : undefined;
    const rows = field && !isPage && isListType(getNullableType(field.type)) ? usualRows : 1;
    const below = { typeName: field ? getNamedType(field.type).name : '', isPage: false };
    const { selectionSet } = selection;
    size += 1 + (selectionSet ? rows * sizeOf(schema, fragments, selectionSet, below) : 0);
  }
  return size;
}
