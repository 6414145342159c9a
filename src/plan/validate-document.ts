import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  specifiedRules,
  type ValidationContext,
  type ValidationRule,
  ValuesOfCorrectTypeRule,
  validate,
} from 'graphql';
import { HubError } from '../errors.ts';
import { nearestName } from '../nearest-name.ts';
import { sayProblem, withoutNumbers } from './say-problem.ts';

/** Of so many problems the sentence of the error tells; the others stand in its details. */
const maxTold = 5;
/** Validation ends there. */
const maxProblems = 20;
const andMore = {
  en: ` Only the first ${maxProblems} problems are told.`,
  zh: `仅列出前 ${maxProblems} 处问题。`,
};

/**
 * Throws GRAPHQL_VALIDATION_FAILED with every problem, the first 20 of them: what, where, in both languages, without a value of the document. Names are suggested from
 * the schema that `known` gives and from no other: it must be what the caller may see. It is asked only where something is wrong.
 */
export function validateDocument(
  schema: GraphQLSchema,
  document: DocumentNode,
  known: () => GraphQLSchema | undefined = () => undefined,
): void {
  const found = validate(schema, document, rules, { maxErrors: maxProblems, hideSuggestions: true });
  if (found.length === 0) return;
  // Beyond them graphql says in a problem of its own that it gave up.
  const problems = found.slice(0, maxProblems);
  const more = found.length > maxProblems ? andMore : { en: '', zh: '' };
  const visible = known();
  const told = problems.map((problem) => tell(problem, visible && suggest(problem.message, visible)));
  const sentences = told.slice(0, maxTold);
  throw new HubError('GRAPHQL_VALIDATION_FAILED', {
    hint: sentences.map(({ place, en }) => place.en + en).join(' ') + more.en,
    hintZh: sentences.map(({ place, zh }) => place.zh + zh).join('') + more.zh,
    details: {
      problems: told.map(({ en, zh, locations, suggestion }) => ({
        message: en,
        messageZh: zh,
        locations,
        ...(suggestion === undefined ? {} : { suggestion }),
      })),
    },
  });
}

function tell({ message, locations }: GraphQLError, suggestion: string | undefined) {
  const { zh, en } = sayProblem(message);
  const [at] = locations ?? [];
  return {
    zh: suggestion === undefined ? zh : `${zh}是否要写“${suggestion}”？`,
    en: suggestion === undefined ? en : `${en} Did you mean "${suggestion}"?`,
    place: at
      ? { zh: `第 ${at.line} 行第 ${at.column} 列：`, en: `Line ${at.line}, column ${at.column}: ` }
      : { zh: '', en: '' },
    locations,
    suggestion,
  };
}

/** A name of `schema` that stands where the unknown one does. */
function suggest(message: string, schema: GraphQLSchema): string | undefined {
  const [, field, type] = /^Cannot query field "(\w+)" on type "(\w+)"/.exec(message) ?? [];
  if (field && type) return nearestName(field, Object.keys(fieldsOf(schema, type)));
  const [, argument, parent, name] = /^Unknown argument "(\w+)" on field "(\w+)\.(\w+)"/.exec(message) ?? [];
  if (argument && parent && name) return nearestName(argument, argumentsOf(schema, parent, name));
  const [, member, input] = /^Field "(\w+)" is not defined by type "(\w+)"/.exec(message) ?? [];
  return member && input ? nearestName(member, Object.keys(fieldsOf(schema, input))) : undefined;
}

function fieldsOf(schema: GraphQLSchema, name: string): object {
  const type = schema.getType(name);
  return isObjectType(type) || isInterfaceType(type) || isInputObjectType(type) ? type.getFields() : {};
}

function argumentsOf(schema: GraphQLSchema, typeName: string, name: string): readonly string[] {
  const type = schema.getType(typeName);
  if (!isObjectType(type) && !isInterfaceType(type)) return [];
  return type.getFields()[name]?.args.map((argument) => argument.name) ?? [];
}

/** The rules of the specification, except that a rejected literal is never quoted. */
const rules: readonly ValidationRule[] = specifiedRules.map((rule) =>
  rule === ValuesOfCorrectTypeRule ? valuesOfCorrectTypeWithoutValues : rule,
);

/** Names of members, which are no values. */
const aboutMembers =
  /^Field "[\w.]+" (?:is not defined by type "\w+"|of required type "[^"]+" was not provided)/;

function valuesOfCorrectTypeWithoutValues(context: ValidationContext) {
  const silent: ValidationContext = Object.create(context);
  silent.reportError = ({ message, nodes }) => {
    const [sentence] = aboutMembers.exec(message) ?? [];
    const expected = withoutNumbers(String(context.getInputType() ?? 'its type'));
    context.reportError(
      new GraphQLError(sentence ? `${sentence}.` : `The literal does not fit ${expected}.`, {
        ...(nodes ? { nodes } : {}),
      }),
    );
  };
  return ValuesOfCorrectTypeRule(silent);
}
