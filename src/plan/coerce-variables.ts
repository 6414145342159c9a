import {
  coerceInputValue,
  type GraphQLSchema,
  isInputType,
  isNonNullType,
  type OperationDefinitionNode,
  print,
  typeFromAST,
  type VariableDefinitionNode,
  valueFromAST,
} from 'graphql';
import { HubError } from '../errors.ts';

/** At most so many problems are told. */
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
  for (const variable of definition.variableDefinitions ?? []) {
    coerceVariable(schema, variable, given, coerced, problems);
  }
  if (problems.length > 0) {
    throw new HubError('VARIABLE_INVALID', {
      hint: problems.slice(0, 3).join(' '),
      details: { problems: problems.slice(0, maxProblems) },
    });
  }
  return coerced;
}

function coerceVariable(
  schema: GraphQLSchema,
  variable: VariableDefinitionNode,
  given: Readonly<Record<string, unknown>>,
  coerced: Record<string, unknown>,
  problems: string[],
): void {
  const name = variable.variable.name.value;
  const type = typeFromAST(schema, variable.type);
  if (!isInputType(type)) throw new TypeError('variables of an unknown type pass no validation');
  if (!Object.hasOwn(given, name)) {
    if (variable.defaultValue) coerced[name] = valueFromAST(variable.defaultValue, type);
    else if (isNonNullType(type)) problems.push(`$${name} (${print(variable.type)}) is required.`);
    return;
  }
  if (given[name] === null && isNonNullType(type)) {
    problems.push(`$${name} (${print(variable.type)}) must not be null.`);
    return;
  }
  coerced[name] = coerceInputValue(given[name], type, (path) => {
    if (problems.length < maxProblems)
      problems.push(`$${name}${pathText(path)} does not fit ${print(variable.type)}.`);
  });
}

function pathText(path: readonly (string | number)[]): string {
  return path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`)).join('');
}
