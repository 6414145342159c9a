import { createHash } from 'node:crypto';
import {
  type ArgumentNode,
  type DirectiveNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  isInputObjectType,
  Kind,
  type OperationDefinitionNode,
  print,
  type SelectionNode,
  type SelectionSetNode,
  type ValueNode,
  type VariableDefinitionNode,
} from 'graphql';

/**
 * SHA-256 of an operation's shape, hex: what it selects by which arguments, without a word that is the caller's own. Literals, aliases and
 * the names of the operation, its variables and its fragments are left out, because each may hold an identity number, and a hash of
 * so few possible texts gives its text away. Two operations that differ in nothing else have one shape.
 *
 * The operation is validated and within its limits: written out, its fragments are no longer than `maxSelections` allows.
 */
export function hashShape(
  schema: GraphQLSchema,
  definition: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): string {
  return createHash('sha256')
    .update(`shape 1\n${shapeOf(schema, definition, fragments)}`)
    .digest('hex');
}

interface Names {
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** By position among those of the operation. */
  readonly variables: ReadonlyMap<string, string>;
  /** Members that some input type has. A literal of any JSON has members of the caller's naming. */
  readonly members: ReadonlySet<string>;
}

export function shapeOf(
  schema: GraphQLSchema,
  { operation, variableDefinitions = [], directives = [], selectionSet }: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): string {
  const variables = new Map(variableDefinitions.map(({ variable }, at) => [variable.name.value, `$${at}`]));
  const names: Names = { fragments, variables, members: membersOf(schema) };
  const declared = variableDefinitions.map((one) => shapeOfVariable(names, one));
  return `${operation}(${declared.join(' ')})${shapeOfDirectives(names, directives)}${shapeOfSet(names, selectionSet)}`;
}

function shapeOfVariable(names: Names, { type, defaultValue }: VariableDefinitionNode): string {
  return defaultValue ? `${print(type)}=${shapeOfValue(names, defaultValue)}` : print(type);
}

function shapeOfSet(names: Names, { selections }: SelectionSetNode): string {
  return `{${selections.map((selection) => shapeOfSelection(names, selection)).join(' ')}}`;
}

function shapeOfSelection(names: Names, selection: SelectionNode): string {
  const directives = shapeOfDirectives(names, selection.directives ?? []);
  if (selection.kind === Kind.FIELD) {
    const { name, arguments: given = [], selectionSet } = selection;
    const inside = selectionSet ? shapeOfSet(names, selectionSet) : '';
    return `${name.value}${shapeOfArguments(names, given)}${directives}${inside}`;
  }
  const fragment =
    selection.kind === Kind.FRAGMENT_SPREAD ? names.fragments.get(selection.name.value) : selection;
  if (!fragment) throw new TypeError('a spread of an unknown fragment passes no validation');
  const type = fragment.typeCondition?.name.value ?? '';
  return `...${type}${directives}${shapeOfSet(names, fragment.selectionSet)}`;
}

function shapeOfDirectives(names: Names, directives: readonly DirectiveNode[]): string {
  return directives
    .map(({ name, arguments: given = [] }) => `@${name.value}${shapeOfArguments(names, given)}`)
    .join('');
}

function shapeOfArguments(names: Names, given: readonly ArgumentNode[]): string {
  if (given.length === 0) return '';
  return `(${given.map(({ name, value }) => `${name.value}:${shapeOfValue(names, value)}`).join(' ')})`;
}

/** Lists show what kinds of items they hold, never how many. */
function shapeOfValue(names: Names, value: ValueNode): string {
  switch (value.kind) {
    case Kind.VARIABLE:
      return names.variables.get(value.name.value) ?? '$';
    case Kind.LIST:
      return `[${[...new Set(value.values.map((item) => shapeOfValue(names, item)))].join(' ')}]`;
    case Kind.OBJECT:
      return `{${value.fields.map(({ name, value: inner }) => `${memberName(names, name.value)}:${shapeOfValue(names, inner)}`).join(' ')}}`;
    default:
      return '_';
  }
}

function memberName({ members }: Names, name: string): string {
  return members.has(name) ? name : '_';
}

const knownMembers = new WeakMap<GraphQLSchema, ReadonlySet<string>>();

function membersOf(schema: GraphQLSchema): ReadonlySet<string> {
  const known = knownMembers.get(schema);
  if (known) return known;
  const inputs = Object.values(schema.getTypeMap()).filter(isInputObjectType);
  const made = new Set(inputs.flatMap((type) => Object.keys(type.getFields())));
  knownMembers.set(schema, made);
  return made;
}
