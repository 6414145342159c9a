import { createHash } from 'node:crypto';
import {
  buildASTSchema,
  type DefinitionNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type GraphQLSchema,
  Kind,
  type ObjectTypeDefinitionNode,
  parse,
  printSchema,
} from 'graphql';
import type { Coordinate, Graph } from '../contract/graph.ts';
import type { Asker } from '../plan/supported-decision.ts';
import type { Decision } from '../policies/decision.ts';
import { describeDecision } from './describe-decision.ts';
import { createUsability, namedType, type Usability } from './usability.ts';
import { isFilterUsable, isSearchMemberUsable } from './usable-filters.ts';
import { sayBoth } from './words.ts';

/** The schema of one class of callers: what it may use for its purpose, and nothing else. */
export interface CallerSchema {
  readonly schema: GraphQLSchema;
  readonly sdl: string;
  /** Of the SDL, quoted, as in the HTTP header. */
  readonly etag: string;
}

/**
 * Takes from a graph's schema what a plan would deny this class of callers: fields, filters, then types, enums and inputs that nothing
 * leads to any more. The same class and policy give the same text. Pure; takes a few milliseconds, so callers keep the result.
 */
export function createCallerSchema(asker: Asker): CallerSchema {
  const document = documentOf(asker.graph);
  const usability = createUsability(asker, document);
  const kept = new Map<string, DefinitionNode>();
  keepReached(asker, usability, 'Query', kept);
  const definitions = document.definitions.flatMap((node) => {
    const name = 'name' in node ? node.name?.value : undefined;
    return (name !== undefined && kept.get(name)) || [];
  });
  const schema = buildASTSchema({ kind: Kind.DOCUMENT, definitions }, { assumeValidSDL: true });
  const sdl = `${header(asker)}\n${printSchema(schema)}\n`;
  return { schema, sdl, etag: `"${createHash('sha256').update(sdl).digest('base64url')}"` };
}

function header({ subject: { client, purpose } }: Asker): string {
  return `# 本应用可用的数据目录: what ${client} may use for ${purpose}. It changes with its agreements.\n`;
}

const documents = new WeakMap<Graph, DocumentNode>();

/** The public schema as definitions, made once for each graph. */
function documentOf(graph: Graph): DocumentNode {
  const known = documents.get(graph) ?? parse(printSchema(graph.schema), { noLocation: true });
  documents.set(graph, known);
  return known;
}

/** Keeps a type, as far as it is usable, and all that it leads to. */
function keepReached(
  asker: Asker,
  usability: Usability,
  name: string,
  kept: Map<string, DefinitionNode>,
): void {
  const node = usability.definitions.get(name);
  if (!node || kept.has(name)) return;
  const definition = keepUsable(asker, usability, node);
  kept.set(name, definition);
  for (const next of typesOf(definition, usability)) keepReached(asker, usability, next, kept);
}

function keepUsable(asker: Asker, usability: Usability, node: DefinitionNode): DefinitionNode {
  if (node.kind === Kind.UNION_TYPE_DEFINITION) {
    return { ...node, types: (node.types ?? []).filter(({ name }) => usability.isTypeUsable(name.value)) };
  }
  if (node.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION) {
    const fields = (node.fields ?? []).filter(({ name }) =>
      isSearchMemberUsable(asker, node.name.value, name.value),
    );
    return { ...node, fields };
  }
  if (node.kind !== Kind.OBJECT_TYPE_DEFINITION) return node;
  const fields = (node.fields ?? [])
    .filter((field) => usability.isFieldUsable(node.name.value, field))
    .map((field) => describeField(asker, usability, node, field));
  const interfaces = (node.interfaces ?? []).filter(
    ({ name }) =>
      usability.implementersOf(name.value).includes(node.name.value) && usability.isTypeUsable(name.value),
  );
  return { ...node, fields, interfaces };
}

function describeField(
  asker: Asker,
  { decide }: Usability,
  { name: parent }: ObjectTypeDefinitionNode,
  field: FieldDefinitionNode,
): FieldDefinitionNode {
  const coordinate: Coordinate = `${parent.value}.${field.name.value}`;
  const mapping = asker.graph.fields.get(coordinate);
  const isPlain = parent.value === 'Query' || mapping?.kind === 'connect' || mapping?.kind === 'meta';
  const decision = isPlain ? undefined : decide(coordinate);
  const args = field.arguments?.filter(({ name }) => isFilterUsable(asker, coordinate, name.value));
  return {
    ...field,
    ...(args ? { arguments: args } : {}),
    ...(decision ? { description: withDecision(asker, field, decision) } : {}),
  };
}

function withDecision({ graph }: Asker, { description }: FieldDefinitionNode, decision: Decision) {
  const line = `${labels[decision.effect]} — ${sayBoth(describeDecision(graph, decision))} [${decision.rule}]`;
  const value = description ? `${description.value}\n${line}` : line;
  return { kind: Kind.STRING, value, block: true } as const;
}

const labels: Readonly<Record<Decision['effect'], string>> = {
  PERMIT: '明文 clear',
  MASK: '掩码 masked',
  PERMIT_IF: '按行 conditional',
  DENY: '不提供 denied',
};

function typesOf(node: DefinitionNode, usability: Usability): readonly string[] {
  switch (node.kind) {
    case Kind.OBJECT_TYPE_DEFINITION:
    case Kind.INTERFACE_TYPE_DEFINITION:
    case Kind.INPUT_OBJECT_TYPE_DEFINITION: {
      const fields = [...(node.fields ?? [])];
      const args = fields.flatMap((field) => ('arguments' in field ? (field.arguments ?? []) : []));
      const interfaces = 'interfaces' in node ? (node.interfaces ?? []) : [];
      return [
        ...[...fields, ...args].map(({ type }) => namedType(type)),
        ...interfaces.map(({ name }) => name.value),
        ...usability.implementersOf(node.name.value),
      ];
    }
    case Kind.UNION_TYPE_DEFINITION:
      return (node.types ?? []).map(({ name }) => name.value);
    default:
      return [];
  }
}
