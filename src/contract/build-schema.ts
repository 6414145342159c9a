import {
  type DefinitionNode,
  type DocumentNode,
  extendSchema,
  GraphQLScalarType,
  GraphQLSchema,
  isTypeDefinitionNode,
  Kind,
  type ObjectTypeDefinitionNode,
  parse,
  type ScalarTypeDefinitionNode,
  specifiedDirectives,
  validateSchema,
  visit,
} from 'graphql';
import { buildFields } from './build-fields.ts';
import { buildSearch } from './build-search.ts';
import type { Contract } from './contract.ts';
import type { Finding } from './finding.ts';
import type { Core } from './read-core.ts';
import { scalars } from './scalars.ts';
import { validateWhole } from './validate-definitions.ts';

/**
 * The public schema: the hub's types and the departments', without mapping. Descriptions stay, since they carry the
 * Chinese terms, and so do GraphQL's own directives, such as `@deprecated`. Findings mean that a rule of ours has a
 * gap: the contract is refused then, not composed as far as it goes.
 */
export function buildSchema(contract: Contract): {
  readonly schema?: GraphQLSchema;
  readonly findings: readonly Finding[];
} {
  const core = publicCore(contract);
  const base = new GraphQLSchema({
    types: core.definitions.filter(isScalar).map(withBehaviour),
    assumeValid: true,
  });
  const types = { ...core, definitions: core.definitions.filter((node) => !isScalar(node)) };
  const hub = extendSchema(base, types, { assumeValid: true });
  const departments = publicDepartments(contract);
  const wrong = validateWhole(departments, hub);
  if (wrong.length > 0) return { findings: wrong };
  const whole = extendSchema(hub, departments, { assumeValidSDL: true });
  const search = buildSearch([...buildFields(contract)], whole);
  const schema = search ? extendSchema(whole, search, { assumeValidSDL: true }) : whole;
  const findings = validateSchema(schema).map(({ message, nodes }) => ({
    node: nodes?.at(-1) ?? departments,
    message,
  }));
  return findings.length > 0 ? { findings } : { schema, findings };
}

function publicCore({ core }: Contract): DocumentNode {
  const isPublic = (node: DefinitionNode) =>
    node.kind !== Kind.DIRECTIVE_DEFINITION &&
    node.kind !== Kind.SCHEMA_EXTENSION &&
    !(isTypeDefinitionNode(node) && core.directiveTypes.has(node.name.value));
  const definitions = core.document.definitions.filter(isPublic);
  const hasRoot = definitions.some(({ kind }) => kind === Kind.SCHEMA_DEFINITION);
  const root = hasRoot ? [] : parse('schema { query: Query }', { noLocation: true }).definitions;
  return withoutMapping({ ...core.document, definitions: [...root, ...definitions] });
}

function publicDepartments({ core, files, types, outline }: Contract): DocumentNode {
  const isRecord = (name: string) =>
    (outline.uses.get(name) ?? []).some(({ field }) => outline.kinds.get(field.coordinate) !== 'embedded');
  const definitions = files
    .flatMap((file) => file.definitions)
    .filter(({ kind }) => kind !== Kind.SCHEMA_EXTENSION)
    .map((node) => withoutHidden(node, outline))
    .map((node) =>
      node.kind === Kind.OBJECT_TYPE_DEFINITION && types.has(node.name.value) && isRecord(node.name.value)
        ? asRecordSection(node, core)
        : node,
    );
  return withoutMapping({ kind: Kind.DOCUMENT, definitions });
}

/** Relations and tallies are asked at the entity whose field they claim: one way to a resident is easier to guard than several. */
function withoutHidden(node: DefinitionNode, { kinds }: Contract['outline']): DefinitionNode {
  if (node.kind !== Kind.OBJECT_TYPE_DEFINITION && node.kind !== Kind.OBJECT_TYPE_EXTENSION) return node;
  const fields = node.fields?.filter(({ name }) => {
    const kind = kinds.get(`${node.name.value}.${name.value}`);
    return kind !== 'relation' && kind !== 'tally';
  });
  return fields === undefined ? node : { ...node, fields };
}

/** The hub adds to each record what its interface says. */
function asRecordSection(
  node: ObjectTypeDefinitionNode,
  { recordSection: { name, fields = [] } }: Core,
): ObjectTypeDefinitionNode {
  return {
    ...node,
    interfaces: [{ kind: Kind.NAMED_TYPE, name }],
    fields: [...(node.fields ?? []), ...fields],
  };
}

function withoutMapping(document: DocumentNode): DocumentNode {
  const kept = new Set(specifiedDirectives.map(({ name }) => name));
  return visit(document, {
    Directive: (node) => (kept.has(node.name.value) ? undefined : null),
  });
}

function isScalar(node: DefinitionNode): node is ScalarTypeDefinitionNode {
  return node.kind === Kind.SCALAR_TYPE_DEFINITION;
}

/** The scalar of this name with the description that the SDL gives it. */
function withBehaviour(node: ScalarTypeDefinitionNode): GraphQLScalarType {
  const known = scalars.find(({ name }) => name === node.name.value);
  const description = node.description?.value ?? null;
  return new GraphQLScalarType(
    known ? { ...known.toConfig(), description } : { name: node.name.value, description },
  );
}
