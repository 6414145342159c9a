/**
 * A caller's own schema as the SDL of a subgraph: Apollo Federation 2, subgraph specification (`_service`), and the `link` and `federation`
 * specifications at specs.apollo.dev.
 */
import {
  type ConstDirectiveNode,
  type DefinitionNode,
  type GraphQLSchema,
  Kind,
  type ObjectTypeDefinitionNode,
  parse,
  print,
  printSchema,
} from 'graphql';
import { decideCoordinate } from '../plan/decide-coordinate.ts';
import type { Asker } from '../plan/supported-decision.ts';

/** The oldest version that has all that is used here: any gateway of version 2 composes it. */
const link =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.0", import: ["@key", "@shareable"])';

/** The machinery of subgraphs, which every gateway adds by itself. */
const ownTypes: ReadonlySet<string> = new Set(['_Any', '_Entity', '_Service']);
const ownFields: ReadonlySet<string> = new Set(['_entities', '_service']);

/** Types that every graph of a city has in the same form: two may tell them. */
const everyonesTypes: ReadonlySet<string> = new Set(['PageInfo']);

/**
 * `schema` is what this caller may use. Nothing is told that its introspection does not tell; a key is one only if the caller gets its
 * value clear, because a gateway carries it to other graphs.
 */
export function printSubgraph(asker: Asker, schema: GraphQLSchema): string {
  const { definitions } = parse(printSchema(schema), { noLocation: true });
  const printed = definitions.flatMap((node) => printDefinition(asker, node) ?? []);
  return `${[link, ...printed].join('\n\n')}\n`;
}

function printDefinition(asker: Asker, node: DefinitionNode): string | undefined {
  if ('name' in node && ownTypes.has(node.name?.value ?? '')) return undefined;
  if (node.kind !== Kind.OBJECT_TYPE_DEFINITION) return print(node);
  const fields = (node.fields ?? []).filter(({ name }) => !ownFields.has(name.value));
  if (fields.length === 0) return undefined;
  return print({ ...node, fields, directives: [...(node.directives ?? []), ...directivesOf(asker, node)] });
}

function directivesOf(asker: Asker, node: ObjectTypeDefinitionNode): readonly ConstDirectiveNode[] {
  if (everyonesTypes.has(node.name.value)) return [directive('shareable')];
  return keysOf(asker, node).map((key) => directive('key', key));
}

/** The hub's own reference, a public code, or a number that the caller reads clear. */
function keysOf(asker: Asker, { name, fields = [] }: ObjectTypeDefinitionNode): readonly string[] {
  const entity = asker.graph.entities.get(name.value);
  if (!entity) return [];
  const keys = ['id', ...(entity.keyName === undefined ? [] : [entity.keyName])];
  return keys.filter(
    (key) =>
      fields.some((field) => field.name.value === key) &&
      (key === 'id' ||
        key === entity.publicKey ||
        decideCoordinate(asker, `${name.value}.${key}`)?.effect === 'PERMIT'),
  );
}

function directive(name: string, fields?: string): ConstDirectiveNode {
  const value = { kind: Kind.STRING, value: fields ?? '' } as const;
  const argument = { kind: Kind.ARGUMENT, name: { kind: Kind.NAME, value: 'fields' }, value } as const;
  return {
    kind: Kind.DIRECTIVE,
    name: { kind: Kind.NAME, value: name },
    arguments: fields === undefined ? [] : [argument],
  };
}
