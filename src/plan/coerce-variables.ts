import {
  coerceInputValue,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
  isInputType,
  isNonNullType,
  type OperationDefinitionNode,
  print,
  typeFromAST,
  type ValueNode,
  type VariableDefinitionNode,
  valueFromAST,
} from 'graphql';
import { HubError } from '../errors.ts';
import { type InputCoercer, inputCoercer, misfit } from './coerce-input.ts';
import { withoutNumbers } from './prepare-operation.ts';

/** At most so many problems are told. An error for each wrong item of a long list would cost seconds. */
const maxProblems = 10;

/**
 * The operation's variables as its types want them. Both engines print rejected values, which may be citizen ids, so this is done
 * before them; messages name the variable and the path inside it. Throws HubError VARIABLE_INVALID. `given` is
 * attacker-controlled.
 */
export function coerceVariables(
  schema: GraphQLSchema,
  definition: OperationDefinitionNode,
  given: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const coerced: Record<string, unknown> = Object.create(null);
  const problems: string[] = [];
  const note = (problem: string) => {
    problems.push(withoutNumbers(problem));
    if (problems.length === maxProblems) throw refusal(problems);
  };
  for (const variable of compiledVariables(schema, definition)) {
    coerceVariable(variable, given, coerced, note);
  }
  if (problems.length > 0) throw refusal(problems);
  return coerced;
}

function refusal(problems: readonly string[]): HubError {
  return new HubError('VARIABLE_INVALID', {
    hint: problems.slice(0, 3).join(' '),
    details: { problems },
  });
}

interface CompiledVariable {
  readonly name: string;
  /** As written. */
  readonly typeText: string;
  readonly type: GraphQLInputType;
  readonly coerce: InputCoercer;
  readonly isRequired: boolean;
  readonly isNested: boolean;
  readonly defaultValue: ValueNode | undefined;
}

/** By operation, which is kept as long as it is in use. */
const compiled = new WeakMap<OperationDefinitionNode, readonly CompiledVariable[]>();

function compiledVariables(
  schema: GraphQLSchema,
  definition: OperationDefinitionNode,
): readonly CompiledVariable[] {
  const known = compiled.get(definition);
  if (known) return known;
  const made = (definition.variableDefinitions ?? []).map((variable) => compileVariable(schema, variable));
  compiled.set(definition, made);
  return made;
}

function compileVariable(schema: GraphQLSchema, variable: VariableDefinitionNode): CompiledVariable {
  const type = typeFromAST(schema, variable.type);
  if (!isInputType(type)) throw new TypeError('variables of an unknown type pass no validation');
  return {
    name: variable.variable.name.value,
    typeText: print(variable.type),
    type,
    coerce: inputCoercer(type),
    isRequired: isNonNullType(type),
    isNested: isInputObjectType(getNamedType(type)),
    defaultValue: variable.defaultValue,
  };
}

function coerceVariable(
  { name, typeText, type, coerce, isRequired, isNested, defaultValue }: CompiledVariable,
  given: Readonly<Record<string, unknown>>,
  coerced: Record<string, unknown>,
  note: (problem: string) => void,
): void {
  if (!Object.hasOwn(given, name)) {
    if (defaultValue) coerced[name] = valueFromAST(defaultValue, type);
    else if (isRequired) note(`$${name} (${typeText}) is required.`);
    return;
  }
  const value = given[name];
  if (isNested && isDeeperThan(value, maxNesting)) note(`$${name} is nested too deeply.`);
  else if (value === null && isRequired) note(`$${name} (${typeText}) must not be null.`);
  else {
    const fitting = coerce(value);
    coerced[name] = fitting === misfit ? tellMisfits(value, { name, typeText, type }, note) : fitting;
  }
}

function tellMisfits(
  value: unknown,
  { name, typeText, type }: Pick<CompiledVariable, 'name' | 'typeText' | 'type'>,
  note: (problem: string) => void,
): unknown {
  const onError = (path: readonly (string | number)[]) =>
    note(`$${name}${pathText(path)} does not fit ${typeText}.`);
  return coerceInputValue(value, type, onError, true);
}

/** A type that contains itself (`ResidentFilter`) sets no bound, and whoever walks through its values does so recursively. */
const maxNesting = 32;

function isDeeperThan(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (depth === 0) return true;
  // Without a list of its own for each object: a body has room for a thousand identifiers.
  for (const name in value) if (isDeeperThan(Reflect.get(value, name), depth - 1)) return true;
  return false;
}

function pathText(path: readonly (string | number)[]): string {
  return path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`)).join('');
}
