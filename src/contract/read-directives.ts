import {
  type ASTNode,
  type ConstDirectiveNode,
  type DocumentNode,
  type GraphQLDirective,
  type GraphQLError,
  type GraphQLSchema,
  getDirectiveValues,
  isRequiredArgument,
  Kind,
  TypeInfo,
  ValidationContext,
  ValuesOfCorrectTypeRule,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import type { DirectiveName, DirectiveValues } from './directive-values.ts';
import type { Finding } from './finding.ts';

/** One use of a directive. Without `values` its arguments are wrong, which is already reported. */
export interface Applied<N extends DirectiveName> {
  readonly node: ConstDirectiveNode;
  readonly values?: DirectiveValues[N];
}

/** A use whose arguments are right. */
export interface Valid<N extends DirectiveName> extends Applied<N> {
  readonly values: DirectiveValues[N];
}

/** Every use of one directive on a node, in the order written. */
export type DirectiveReader = <N extends DirectiveName>(
  node: { readonly directives?: readonly ConstDirectiveNode[] | undefined },
  name: N,
) => readonly Applied<N>[];

/** Findings in directive arguments after which the rest of a file's are left out. */
const maxFindings = 100;

/**
 * Coerces the arguments of every directive of a document by the core's definitions. `validateSDL` looks at names of
 * arguments only, so each value is checked here, down to unknown members of input objects.
 */
export function readDirectives(
  document: DocumentNode,
  schema: GraphQLSchema,
): { readonly values: ReadonlyMap<ASTNode, unknown>; readonly findings: readonly Finding[] } {
  const values = new Map<ASTNode, unknown>();
  const findings: Finding[] = [];
  visit(document, {
    Directive(node) {
      const definition = schema.getDirective(node.name.value);
      if (!definition || findings.length >= maxFindings) return false;
      // Directives on definitions are constant: the parser of SDL takes no variables there.
      const applied = node as ConstDirectiveNode;
      const wrong = checkArguments(document, schema, applied);
      findings.push(...wrong);
      const coerced = coerceArguments(definition, applied);
      if (coerced.values && wrong.length === 0) values.set(node, coerced.values);
      else if (coerced.error && wrong.length === 0) findings.push(coerced.error);
      return false;
    },
  });
  return { values, findings };
}

/** Reads what `readDirectives` coerced. */
export function createDirectiveReader(values: ReadonlyMap<ASTNode, unknown>): DirectiveReader {
  return <N extends DirectiveName>(
    node: { readonly directives?: readonly ConstDirectiveNode[] | undefined },
    name: N,
  ) =>
    (node.directives ?? [])
      .filter((directive) => directive.name.value === name)
      .map((directive): Applied<N> => {
        // Coerced against the core's definition of this very directive, which `DirectiveValues` mirrors.
        const found = values.get(directive) as DirectiveValues[N] | undefined;
        return found ? { node: directive, values: found } : { node: directive };
      });
}

export function isValid<N extends DirectiveName>(applied: Applied<N>): applied is Valid<N> {
  return applied.values !== undefined;
}

/**
 * The most precise node for a member of a directive's arguments: `locate(node, 'key', 0, 'via')`. Where the member is not
 * written (a default, a missing one), the nearest that is.
 */
export function locate(directive: ConstDirectiveNode, ...path: readonly (string | number)[]): ASTNode {
  let node: ASTNode = directive;
  for (const step of path) {
    const next = member(node, step);
    if (!next) break;
    node = next;
  }
  return node;
}

function member(node: ASTNode, step: string | number): ASTNode | undefined {
  const value = node.kind === Kind.ARGUMENT || node.kind === Kind.OBJECT_FIELD ? node.value : node;
  if (value.kind === Kind.DIRECTIVE) return value.arguments?.find(({ name }) => name.value === step);
  if (value.kind === Kind.OBJECT) return value.fields.find(({ name }) => name.value === step);
  if (typeof step !== 'number') return undefined;
  // A single value stands for a list of one.
  return value.kind === Kind.LIST ? value.values[step] : value;
}

function checkArguments(document: DocumentNode, schema: GraphQLSchema, node: ConstDirectiveNode): Finding[] {
  const findings: Finding[] = [];
  const report = (error: GraphQLError) => {
    if (findings.length >= maxFindings) return;
    findings.push({ node: error.nodes?.[0] ?? node, message: error.message });
  };
  const typeInfo = new TypeInfo(schema);
  const context = new ValidationContext(schema, document, typeInfo, report);
  visit(node, visitWithTypeInfo(typeInfo, ValuesOfCorrectTypeRule(context)));
  return findings;
}

/** A missing required argument or an unknown one is found by `validateSDL`; the error here then says the same again. */
function coerceArguments(
  definition: GraphQLDirective,
  node: ConstDirectiveNode,
): { readonly values?: unknown; readonly error?: Finding } {
  try {
    return { values: withoutNulls(getDirectiveValues(definition, { directives: [node] })) };
  } catch (error) {
    if (!isMissingArgument(definition, node)) {
      const message = error instanceof Error ? error.message : 'The arguments cannot be read.';
      return { error: { node, message } };
    }
    return {};
  }
}

function isMissingArgument(definition: GraphQLDirective, node: ConstDirectiveNode): boolean {
  const given = new Set(node.arguments?.map(({ name }) => name.value));
  return definition.args.some((argument) => isRequiredArgument(argument) && !given.has(argument.name));
}

/** An explicit null says what an absent member says. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([, item]) => item !== null && item !== undefined);
  return Object.fromEntries(members.map(([name, item]) => [name, withoutNulls(item)]));
}
