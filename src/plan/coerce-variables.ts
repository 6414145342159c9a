import {
  coerceInputValue,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
  isInputType,
  isNonNullType,
  type OperationDefinitionNode,
  print,
  typeFromAST,
  type VariableDefinitionNode,
  valueFromAST,
} from 'graphql';
import { HubError } from '../errors.ts';
import { inputCoercer, misfit } from './coerce-input.ts';
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
  for (const variable of definition.variableDefinitions ?? []) {
    coerceVariable(schema, variable, given, coerced, note);
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

function coerceVariable(
  schema: GraphQLSchema,
  variable: VariableDefinitionNode,
  given: Readonly<Record<string, unknown>>,
  coerced: Record<string, unknown>,
  note: (problem: string) => void,
): void {
  const name = variable.variable.name.value;
  const type = typeFromAST(schema, variable.type);
  if (!isInputType(type)) throw new TypeError('variables of an unknown type pass no validation');
  if (!Object.hasOwn(given, name)) {
    if (variable.defaultValue) coerced[name] = valueFromAST(variable.defaultValue, type);
    else if (isNonNullType(type)) note(`$${name} (${print(variable.type)}) is required.`);
    return;
  }
  if (isInputObjectType(getNamedType(type)) && isDeeperThan(given[name], maxNesting)) {
    note(`$${name} is nested too deeply.`);
    return;
  }
  if (given[name] === null && isNonNullType(type)) {
    note(`$${name} (${print(variable.type)}) must not be null.`);
    return;
  }
  const fitting = inputCoercer(type)(given[name]);
  if (fitting !== misfit) {
    coerced[name] = fitting;
    return;
  }
  const onError = (path: readonly (string | number)[]) =>
    note(`$${name}${pathText(path)} does not fit ${print(variable.type)}.`);
  coerced[name] = coerceInputValue(given[name], type, onError, true);
}

/** A type that contains itself (`ResidentFilter`) sets no bound, and whoever walks through its values does so recursively. */
const maxNesting = 32;

function isDeeperThan(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth === 0 || Object.values(value).some((member) => isDeeperThan(member, depth - 1));
}

function pathText(path: readonly (string | number)[]): string {
  return path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`)).join('');
}
