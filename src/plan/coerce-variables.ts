import {
  coerceInputValue,
  type GraphQLError,
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
import { isDeeperThan } from '../policies/is-deeper-than.ts';
import { type InputCoercer, inputCoercer, misfit } from './coerce-input.ts';
import { sayProblem, withoutNumbers } from './say-problem.ts';

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
  const problems: Words[] = [];
  const note: Note = ({ zh, en }) => {
    problems.push({ zh: withoutNumbers(zh), en: withoutNumbers(en) });
    if (problems.length === maxProblems) throw refusal(problems);
  };
  for (const variable of compiledVariables(schema, definition)) {
    coerceVariable(variable, given, coerced, note);
  }
  if (problems.length > 0) throw refusal(problems);
  return coerced;
}

interface Words {
  readonly zh: string;
  readonly en: string;
}

type Note = (problem: Words) => void;

function refusal(problems: readonly Words[]): HubError {
  const told = problems.slice(0, 3);
  return new HubError('VARIABLE_INVALID', {
    hint: told.map(({ en }) => en).join(' '),
    hintZh: told.map(({ zh }) => zh).join(''),
    details: { problems: problems.map(({ zh, en }) => ({ message: en, messageZh: zh })) },
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
  note: Note,
): void {
  if (!Object.hasOwn(given, name)) {
    if (defaultValue) coerced[name] = valueFromAST(defaultValue, type);
    else if (isRequired)
      note({ en: `$${name} (${typeText}) is required.`, zh: `缺少变量 $${name}（${typeText}）。` });
    return;
  }
  const value = given[name];
  if (isNested && isDeeperThan(value, maxNesting))
    note({ en: `$${name} is nested too deeply.`, zh: `$${name} 嵌套过深。` });
  else if (value === null && isRequired)
    note({ en: `$${name} (${typeText}) must not be null.`, zh: `$${name}（${typeText}）不得为 null。` });
  else {
    const fitting = coerce(value);
    coerced[name] = fitting === misfit ? tellMisfits(value, { name, typeText, type }, note) : fitting;
  }
}

/** What graphql says of members by their names; anything else it says may hold a value. A member's name is the caller's text, so only plain ones are told. */
const aboutMembers =
  /^Field "[A-Za-z_]\w{0,63}" (?:is not defined by type "\w+"|of required type "[^"]{1,80}" was not provided)/;

function tellMisfits(
  value: unknown,
  { name, typeText, type }: Pick<CompiledVariable, 'name' | 'typeText' | 'type'>,
  note: Note,
): unknown {
  const onError = (path: readonly (string | number)[], _value: unknown, { message }: GraphQLError) => {
    const place = `$${name}${pathText(path)}`;
    const [sentence] = aboutMembers.exec(message) ?? [];
    if (sentence === undefined) {
      note({ en: `${place} does not fit ${typeText}.`, zh: `${place} 不符合类型 ${typeText}。` });
      return;
    }
    const { zh, en } = sayProblem(`${sentence}.`);
    note({ en: `${place}: ${en}`, zh: `${place}：${zh}` });
  };
  return coerceInputValue(value, type, onError, true);
}

/** A type that contains itself (`ResidentFilter`) sets no bound, and whoever walks through its values does so recursively. */
const maxNesting = 32;

function pathText(path: readonly (string | number)[]): string {
  return path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`)).join('');
}
