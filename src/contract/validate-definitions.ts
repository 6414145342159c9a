import {
  type DocumentNode,
  GraphQLSchema,
  KnownArgumentNamesRule,
  KnownDirectivesRule,
  KnownTypeNamesRule,
  LoneSchemaDefinitionRule,
  PossibleTypeExtensionsRule,
  ProvidedRequiredArgumentsRule,
  UniqueArgumentDefinitionNamesRule,
  UniqueArgumentNamesRule,
  UniqueDirectiveNamesRule,
  UniqueDirectivesPerLocationRule,
  UniqueEnumValueNamesRule,
  UniqueFieldDefinitionNamesRule,
  UniqueInputFieldNamesRule,
  UniqueOperationTypesRule,
  UniqueTypeNamesRule,
  type ValidationRule,
  validate,
} from 'graphql';
import type { Finding } from './finding.ts';

/**
 * The rules of graphql's `validateSDL`, which the package does not export: its `validate` is the same loop, and bounded.
 * Bounded it must be, since each error costs a walk over the lines of a file that may be hostile.
 */
const departmentRules = [
  LoneSchemaDefinitionRule,
  UniqueTypeNamesRule,
  UniqueEnumValueNamesRule,
  UniqueFieldDefinitionNamesRule,
  UniqueArgumentDefinitionNamesRule,
  UniqueDirectiveNamesRule,
  KnownDirectivesRule,
  UniqueDirectivesPerLocationRule,
  KnownArgumentNamesRule,
  UniqueArgumentNamesRule,
  UniqueInputFieldNamesRule,
  ProvidedRequiredArgumentsRule,
];

/** For departments' files rules of ours say these, with the department's realm in mind. */
const otherRules = [KnownTypeNamesRule, PossibleTypeExtensionsRule, UniqueOperationTypesRule];

const maxErrors = 100;

/** Checks a department's definitions as an extension of the core. */
export function validateDepartment(document: DocumentNode, core: GraphQLSchema): readonly Finding[] {
  return check(document, core, departmentRules);
}

/** Checks definitions by all of the rules: the core's own, or all departments' together. */
export function validateWhole(document: DocumentNode, core?: GraphQLSchema): readonly Finding[] {
  const schema = core ?? new GraphQLSchema({ assumeValid: true });
  return check(document, schema, [...departmentRules, ...otherRules]);
}

function check(document: DocumentNode, schema: GraphQLSchema, rules: readonly unknown[]): readonly Finding[] {
  // Typed for the context of `validateSDL`, of which they use what both kinds of contexts have.
  const typed = rules as readonly ValidationRule[];
  return validate(schema, document, typed, { maxErrors }).map(({ nodes, message }) => ({
    // The last node is the repetition, the first what it repeats.
    node: nodes?.at(-1) ?? document.definitions[0] ?? document,
    message,
  }));
}
