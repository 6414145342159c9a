import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  parse,
  visit,
} from 'graphql';
import { HubError } from '../errors.ts';
import { createSelectionCounter } from './count-selections.ts';
import type { OperationLimits } from './limits.ts';
import { hashShape } from './operation-shape.ts';
import { validateDocument } from './validate-document.ts';

/** A parsed, limited and validated operation: the same document is planned, compiled and executed. */
export interface Operation {
  /** What the record and the measurements know it by: `operation-shape.ts`. */
  readonly shape: string;
  readonly name: string | undefined;
  readonly document: DocumentNode;
  readonly definition: OperationDefinitionNode;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** Properties of fields with arguments, as far as they were asked for: `propertyOf`. */
  readonly propertyNames: Map<string, string>;
}

/**
 * Everything that can be said of an operation without knowing the caller. `source` is attacker-controlled: each check
 * is linear in what the previous ones let through. Throws HubError; no message holds a value of the document.
 * `known`: see `validateDocument`.
 */
export function prepareOperation(
  source: string,
  operationName: string | undefined,
  schema: GraphQLSchema,
  limits: OperationLimits,
  known?: () => GraphQLSchema | undefined,
): Operation {
  checkLexically(source, limits);
  const document = parseDocument(source, limits);
  const definition = pickOperation(document, operationName);
  const fragments = fragmentsOf(document);
  checkCounts(document, limits);
  checkSelections(document, definition, fragments, limits);
  validateDocument(schema, document, known);
  return {
    shape: hashShape(schema, definition, fragments),
    name: definition.name?.value,
    document,
    definition,
    fragments,
    propertyNames: new Map(),
  };
}

export function exceeded(limit: string, allowed: number): HubError {
  return new HubError('OPERATION_LIMIT_EXCEEDED', {
    hint: `${limit} is limited to ${allowed}.`,
    hintZh: `${limit} 上限为 ${allowed}。`,
    details: { limit, allowed },
  });
}

function checkLexically(source: string, limits: OperationLimits): void {
  if (source.length > limits.maxDocumentLength) throw exceeded('maxDocumentLength', limits.maxDocumentLength);
  if (lexicalDepth(source, limits.maxDepth) > limits.maxDepth) throw exceeded('maxDepth', limits.maxDepth);
}

/** Deepest nesting of brackets outside strings and comments; stops as soon as `max` is passed. */
export function lexicalDepth(source: string, max: number): number {
  let depth = 0;
  let deepest = 0;
  for (let i = 0; i < source.length; i++) {
    const c = source.charCodeAt(i);
    if (c === 0x23) i = endOfLine(source, i);
    else if (c === 0x22) i = endOfString(source, i);
    else if (c === 0x7b || c === 0x28 || c === 0x5b) {
      depth += 1;
      if (depth > deepest) deepest = depth;
      if (deepest > max) return deepest;
    } else if (c === 0x7d || c === 0x29 || c === 0x5d) depth -= 1;
  }
  return deepest;
}

function endOfLine(source: string, start: number): number {
  let i = start;
  while (i < source.length && source.charCodeAt(i) !== 0x0a && source.charCodeAt(i) !== 0x0d) i++;
  return i;
}

/** Index of the last quote of the string that opens at `start` (block strings included), or the end of the source. */
function endOfString(source: string, start: number): number {
  if (source.startsWith('"""', start)) {
    let end = source.indexOf('"""', start + 3);
    while (end > 0 && source[end - 1] === '\\') end = source.indexOf('"""', end + 3);
    return end < 0 ? source.length : end + 2;
  }
  for (let i = start + 1; i < source.length; i++) {
    const c = source.charCodeAt(i);
    if (c === 0x5c) i++;
    else if (c === 0x22 || c === 0x0a || c === 0x0d) return i;
  }
  return source.length;
}

function parseDocument(source: string, limits: OperationLimits): DocumentNode {
  try {
    return parse(source, { maxTokens: limits.maxTokens });
  } catch (error) {
    if (error instanceof GraphQLError && / tokens\. Parsing aborted/.test(error.message)) {
      throw exceeded('maxTokens', limits.maxTokens);
    }
    // The parser quotes what it met, and its error carries the document; the position is enough to find the mistake.
    const at = error instanceof GraphQLError ? error.locations?.[0] : undefined;
    throw new HubError('GRAPHQL_PARSE_FAILED', {
      ...(at
        ? {
            hint: `Line ${at.line}, column ${at.column}.`,
            hintZh: `第 ${at.line} 行第 ${at.column} 列。`,
            details: { locations: [at] },
          }
        : {}),
    });
  }
}

/** It goes on record with every request. */
const maxOperationName = 128;

function pickOperation(document: DocumentNode, operationName: string | undefined): OperationDefinitionNode {
  const definition = getOperationAST(document, operationName);
  if (!definition) {
    throw new HubError('GRAPHQL_VALIDATION_FAILED', {
      hint: 'Name one of the operations of the document in operationName.',
      hintZh: '请用 operationName 指明语句中的一个操作。',
    });
  }
  const { length = 0 } = definition.name?.value ?? '';
  if (length > maxOperationName) throw exceeded('operationName', maxOperationName);
  // Validation lets everything pass below a root type that the schema does not have.
  if (definition.operation !== OperationTypeNode.QUERY) {
    throw new HubError('GRAPHQL_VALIDATION_FAILED', {
      hint: 'The hub answers queries only.',
      hintZh: '平台只接受查询（query）。',
    });
  }
  return definition;
}

function fragmentsOf(document: DocumentNode): ReadonlyMap<string, FragmentDefinitionNode> {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  return fragments;
}

function checkCounts(document: DocumentNode, limits: OperationLimits): void {
  let aliases = 0;
  let directives = 0;
  let fragments = 0;
  let spreads = 0;
  visit(document, {
    Field(node) {
      if (!node.alias) return;
      aliases += 1;
      // Introspection reserves the prefix, and `__proto__` is no name to give to anything.
      if (node.alias.value.startsWith('__'))
        throw invalid({ en: 'An alias may not begin with "__".', zh: '别名不得以“__”开头。' }, node);
    },
    Directive() {
      directives += 1;
    },
    FragmentDefinition() {
      fragments += 1;
    },
    FragmentSpread() {
      spreads += 1;
    },
    VariableDefinition(node) {
      // As for aliases.
      if (node.variable.name.value.startsWith('__')) {
        throw invalid({ en: 'A variable may not begin with "__".', zh: '变量名不得以“__”开头。' }, node);
      }
    },
  });
  if (aliases > limits.maxAliases) throw exceeded('maxAliases', limits.maxAliases);
  if (directives > limits.maxDirectives) throw exceeded('maxDirectives', limits.maxDirectives);
  if (Math.max(fragments, spreads) > limits.maxFragments) throw exceeded('maxFragments', limits.maxFragments);
}

/**
 * With fragments written out. Every definition counts, those that are not executed too, because validation looks at all of them and
 * compares the fields of each selection with one another.
 */
function checkSelections(
  document: DocumentNode,
  definition: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  limits: OperationLimits,
): void {
  const counter = createSelectionCounter(fragments);
  if (counter.top(definition.selectionSet) > limits.maxRootFields) {
    throw exceeded('maxRootFields', limits.maxRootFields);
  }
  for (const node of document.definitions) {
    if (!('selectionSet' in node)) continue;
    if (counter.all(node.selectionSet) > limits.maxSelections) {
      throw exceeded('maxSelections', limits.maxSelections);
    }
  }
}

function invalid(
  { zh, en }: { readonly zh: string; readonly en: string },
  node: { loc?: { startToken: { line: number; column: number } } | undefined },
): HubError {
  const token = node.loc?.startToken;
  return new HubError('GRAPHQL_VALIDATION_FAILED', {
    hint: en,
    hintZh: zh,
    ...(token ? { details: { locations: [{ line: token.line, column: token.column }] } } : {}),
  });
}
