import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLNamedOutputType,
  type GraphQLOutputType,
  type GraphQLSchema,
  isAbstractType,
  isEnumType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
} from 'graphql';
import { always, collectFields, type FieldGroup, type GuardedSelection } from '../plan/collect-fields.ts';
import { describeEnum, type JsonSchema } from './describe-input.ts';
import { describeScalar } from './describe-scalar.ts';

interface Selected {
  readonly schema: GraphQLSchema;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
}

/** The JSON Schema of `data`: the fields that the document selects, by their response names. Undefined if the schema lacks one of them. */
export function describeSelectedFields(
  document: DocumentNode,
  schema: GraphQLSchema,
): JsonSchema | undefined {
  const fragments = new Map<string, FragmentDefinitionNode>();
  const sets: GuardedSelection[] = [];
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
    if (definition.kind === Kind.OPERATION_DEFINITION) {
      sets.push({ set: definition.selectionSet, guards: always });
    }
  }
  try {
    return describeSelection({ schema, fragments }, 'Query', sets);
  } catch (error) {
    if (error instanceof MissingField) return undefined;
    throw error;
  }
}

class MissingField extends Error {}

function describeSelection(
  selected: Selected,
  typeName: string,
  selections: readonly GuardedSelection[],
): JsonSchema {
  const groups = collectFields(selected.schema, selected.fragments, typeName, selections);
  const properties = groups.flatMap((group) => {
    const described = describeField(selected, typeName, group);
    return [...group.responseNames].map((name) => [name, described] as const);
  });
  return { type: 'object', properties: Object.fromEntries(properties) };
}

function describeField(selected: Selected, typeName: string, group: FieldGroup): JsonSchema {
  if (group.name === '__typename') return { type: 'string' };
  const type = selected.schema.getType(typeName);
  const field = isObjectType(type) ? type.getFields()[group.name] : undefined;
  if (!field) throw new MissingField();
  const described = describeType(selected, field.type, group);
  return field.description ? { ...described, description: field.description } : described;
}

function describeType(selected: Selected, type: GraphQLOutputType, group: FieldGroup): JsonSchema {
  if (isNonNullType(type)) return describeNonNull(selected, type.ofType, group);
  return { anyOf: [describeNonNull(selected, type, group), { type: 'null' }] };
}

function describeNonNull(selected: Selected, type: GraphQLOutputType, group: FieldGroup): JsonSchema {
  if (isNonNullType(type)) return describeNonNull(selected, type.ofType, group);
  if (isListType(type)) return { type: 'array', items: describeType(selected, type.ofType, group) };
  return describeNamed(selected, type, group);
}

function describeNamed(selected: Selected, type: GraphQLNamedOutputType, group: FieldGroup): JsonSchema {
  if (isEnumType(type)) return describeEnum(type.getValues());
  if (isAbstractType(type)) {
    const possible = selected.schema.getPossibleTypes(type);
    return { anyOf: possible.map(({ name }) => describeSelection(selected, name, group.selections)) };
  }
  if (isObjectType(type)) return describeSelection(selected, type.name, group.selections);
  return describeScalar(type);
}
