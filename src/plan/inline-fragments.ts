import {
  type DirectiveNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type InlineFragmentNode,
  Kind,
  type OperationDefinitionNode,
  print,
  type SelectionNode,
  type SelectionSetNode,
  visit,
} from 'graphql';
import type { Operation } from './prepare-operation.ts';

/**
 * The same operation in a form that graphql-jit compiles rightly. It notes the conditions (`@include`, `@skip`) of a field on its
 * node, expands a fragment once in a selection, and merges what is selected below equal fields without the conditions of each.
 * So every use of a fragment is written out as a copy of its own, and what stands below a conditional field repeats the
 * conditions on the way to it. Source positions stay. The operation is validated, and its selections are limited, before.
 */
export function inlineFragments({ definition, fragments }: Operation): DocumentNode {
  const selectionSet = inlineSet(definition.selectionSet, fragments, []);
  return { kind: Kind.DOCUMENT, definitions: [withoutSearchArguments({ ...definition, selectionSet })] };
}

/**
 * The arguments of a search are bound by the plan, and its resolver looks at none. graphql-jit writes out code for the type of each
 * variable, and never comes to an end with one that contains itself (`ResidentFilter`).
 */
function withoutSearchArguments(definition: OperationDefinitionNode): OperationDefinitionNode {
  const used = new Set<string>();
  const bare = visit(definition, {
    VariableDefinition: () => false,
    Field: (node) => (node.name.value === 'searchResidents' ? { ...node, arguments: [] } : undefined),
  });
  visit({ ...bare, variableDefinitions: [] }, { Variable: ({ name }) => void used.add(name.value) });
  const variableDefinitions = bare.variableDefinitions?.filter(({ variable }) =>
    used.has(variable.name.value),
  );
  return { ...bare, ...(variableDefinitions ? { variableDefinitions } : {}) };
}

type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;
type Directives = readonly DirectiveNode[];

/** `conditions`: all on the way from the root to this selection. */
function inlineSet(set: SelectionSetNode, fragments: Fragments, conditions: Directives): SelectionSetNode {
  const selections = set.selections.flatMap((node) => inlineSelection(node, fragments, conditions));
  return { ...set, selections };
}

function inlineSelection(
  node: SelectionNode,
  fragments: Fragments,
  outer: Directives,
): readonly SelectionNode[] {
  const conditions = [...outer, ...(node.directives ?? [])];
  if (node.kind === Kind.FIELD) {
    if (!node.selectionSet) return [{ ...node }];
    const below = inlineSet(node.selectionSet, fragments, conditions);
    return [{ ...node, selectionSet: underConditions(below, conditions) }];
  }
  const written = node.kind === Kind.FRAGMENT_SPREAD ? fragments.get(node.name.value) : node;
  if (!written) return [];
  const selectionSet = inlineSet(written.selectionSet, fragments, conditions);
  return [inlineFragment(selectionSet, node.directives ?? [], written.typeCondition)];
}

function inlineFragment(
  selectionSet: SelectionSetNode,
  directives: Directives,
  typeCondition?: InlineFragmentNode['typeCondition'],
): InlineFragmentNode {
  return {
    kind: Kind.INLINE_FRAGMENT,
    selectionSet,
    directives,
    ...(typeCondition ? { typeCondition } : {}),
  };
}

function underConditions(set: SelectionSetNode, conditions: Directives): SelectionSetNode {
  const distinct = new Map(conditions.map((directive) => [print(directive), directive]));
  return [...distinct.values()].reduce<SelectionSetNode>(
    (inner, directive) => ({ kind: Kind.SELECTION_SET, selections: [inlineFragment(inner, [directive])] }),
    set,
  );
}
