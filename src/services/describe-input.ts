import {
  type DocumentNode,
  type GraphQLInputType,
  type GraphQLNamedInputType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInputType,
  isListType,
  isNonNullType,
  isRequiredInputField,
  Kind,
  typeFromAST,
  type VariableDefinitionNode,
  valueFromASTUntyped,
} from 'graphql';
import { describeScalar } from './describe-scalar.ts';

/** A JSON Schema (2020-12), or a part of an OpenAPI document. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** The input types that the variables of several operations use, each described once. */
export interface InputSchemas {
  /** The body of a service: an object of the operation's variables and nothing else. Undefined if the schema lacks one of their types. */
  describeVariables(document: DocumentNode, schema: GraphQLSchema): JsonSchema | undefined;
  /** By name of the type; all that were met so far. */
  schemas(): Readonly<Record<string, JsonSchema>>;
}

export function createInputSchemas(): InputSchemas {
  const named = new Map<string, JsonSchema>();
  return {
    describeVariables(document, schema) {
      const definitions = document.definitions.flatMap((definition) =>
        definition.kind === Kind.OPERATION_DEFINITION ? (definition.variableDefinitions ?? []) : [],
      );
      const variables = definitions.map((definition) => describeVariable(definition, schema, named));
      return variables.includes(undefined) ? undefined : bodyOf(definitions, variables);
    },
    schemas: () => Object.fromEntries(named),
  };
}

function bodyOf(
  definitions: readonly VariableDefinitionNode[],
  variables: readonly (JsonSchema | undefined)[],
): JsonSchema {
  const names = definitions.map(({ variable }) => variable.name.value);
  const required = definitions.flatMap(({ variable, type, defaultValue }) =>
    type.kind === Kind.NON_NULL_TYPE && !defaultValue ? [variable.name.value] : [],
  );
  return {
    type: 'object',
    properties: Object.fromEntries(names.map((name, position) => [name, variables[position]])),
    ...(required.length > 0 ? { required } : {}),
    additionalProperties: false,
  };
}

function describeVariable(
  { type: node, defaultValue }: VariableDefinitionNode,
  schema: GraphQLSchema,
  named: Map<string, JsonSchema>,
): JsonSchema | undefined {
  const type = typeFromAST(schema, node);
  if (!isInputType(type)) return undefined;
  const described = describeType(type, named);
  return defaultValue ? { ...described, default: valueFromASTUntyped(defaultValue) } : described;
}

function describeType(type: GraphQLInputType, named: Map<string, JsonSchema>): JsonSchema {
  if (isNonNullType(type)) return describeNonNull(type.ofType, named);
  return { anyOf: [describeNonNull(type, named), { type: 'null' }] };
}

function describeNonNull(type: GraphQLInputType, named: Map<string, JsonSchema>): JsonSchema {
  if (isNonNullType(type)) return describeNonNull(type.ofType, named);
  if (isListType(type)) return { type: 'array', items: describeType(type.ofType, named) };
  return describeNamed(type, named);
}

function describeNamed(type: GraphQLNamedInputType, named: Map<string, JsonSchema>): JsonSchema {
  if (!isEnumType(type) && !isInputObjectType(type)) return describeScalar(type);
  if (!named.has(type.name)) {
    // Before its fields are looked at: an input type may hold itself.
    named.set(type.name, {});
    named.set(type.name, isEnumType(type) ? describeEnum(type.getValues()) : describeObject(type, named));
  }
  return { $ref: `#/components/schemas/${type.name}` };
}

export function describeEnum(values: readonly { readonly name: string }[]): JsonSchema {
  return { type: 'string', enum: values.map(({ name }) => name) };
}

function describeObject(
  type: Extract<GraphQLNamedInputType, { getFields(): unknown }>,
  named: Map<string, JsonSchema>,
): JsonSchema {
  const fields = Object.values(type.getFields());
  return {
    type: 'object',
    ...(type.description ? { description: type.description } : {}),
    properties: Object.fromEntries(
      fields.map((field) => [
        field.name,
        {
          ...describeType(field.type, named),
          ...(field.description ? { description: field.description } : {}),
          ...(field.defaultValue === undefined ? {} : { default: field.defaultValue }),
        },
      ]),
    ),
    required: fields.filter(isRequiredInputField).map(({ name }) => name),
    additionalProperties: false,
  };
}
