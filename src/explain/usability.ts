import {
  type DefinitionNode,
  type DocumentNode,
  type FieldDefinitionNode,
  isTypeDefinitionNode,
  Kind,
  type ObjectTypeDefinitionNode,
  type TypeDefinitionNode,
  type TypeNode,
} from 'graphql';
import type { Coordinate } from '../contract/graph.ts';
import { decideCoordinate } from '../plan/decide-coordinate.ts';
import { isDiscrepancies } from '../plan/decide-discrepancies.ts';
import { relationOf } from '../plan/entity-root.ts';
import { sectionsOf } from '../plan/plan-entity.ts';
import type { Asker } from '../plan/supported-decision.ts';
import type { Decision } from '../policies/decision.ts';

/** What of a schema one class of callers can use: a leaf by its decision, everything else by what is left below it. */
export interface Usability {
  /** As `decideCoordinate`, asked once for each coordinate. */
  decide(coordinate: string): Decision | undefined;
  readonly definitions: ReadonlyMap<string, TypeDefinitionNode>;
  isTypeUsable(name: string): boolean;
  isFieldUsable(typeName: string, field: FieldDefinitionNode): boolean;
  /** Usable types that still have every field of the interface. */
  implementersOf(interfaceName: string): readonly string[];
}

export function createUsability(asker: Asker, document: DocumentNode): Usability {
  const definitions = new Map(
    document.definitions.filter(isTypeDefinitionNode).map((node) => [node.name.value, node]),
  );
  const objects = [...definitions.values()].filter(isObject);
  /** Records inside records have the interface too, but nothing returns them by it. */
  const listed = new Set(sectionsOf(asker.graph, 'Resident').map(({ typeName }) => typeName));
  const filled = new Set<string>();
  const decide = rememberDecisions(asker);
  const isLeafUsable = (typeName: string, { name }: FieldDefinitionNode) =>
    decide(`${typeName}.${name.value}`)?.effect !== 'DENY';
  const isTypeUsable = (name: string) => !isComposite(definitions.get(name)) || filled.has(name);
  const isFieldUsable = (typeName: string, field: FieldDefinitionNode) => {
    const isBelow = isComposite(definitions.get(namedType(field.type)));
    // A hop is decided for itself, whatever is left beyond it.
    const isHop = relationOf(asker.graph, `${typeName}.${field.name.value}`) !== undefined;
    const isCompared = isDiscrepancies(asker.graph, typeName, field.name.value);
    const isDecidedBelow = isBelow && typeName !== 'Query' && !isHop && !isCompared;
    return (isDecidedBelow || isLeafUsable(typeName, field)) && isTypeUsable(namedType(field.type));
  };
  const isImplemented = (type: ObjectTypeDefinitionNode, interfaceName: string) => {
    const definition = definitions.get(interfaceName);
    const wanted = definition && 'fields' in definition ? (definition.fields ?? []) : [];
    return wanted.every(({ name }) => {
      const field = type.fields?.find((one) => one.name.value === name.value);
      return field !== undefined && isFieldUsable(type.name.value, field);
    });
  };
  const implementersOf = (interfaceName: string) =>
    objects
      .filter((type) => type.interfaces?.some(({ name }) => name.value === interfaceName))
      .filter((type) => filled.has(type.name.value) && isImplemented(type, interfaceName))
      .map(({ name }) => name.value);
  const hasContent = (node: DefinitionNode): boolean => {
    if (node.kind === Kind.INTERFACE_TYPE_DEFINITION) {
      return implementersOf(node.name.value).some((type) => listed.has(type));
    }
    if (node.kind === Kind.UNION_TYPE_DEFINITION)
      return (node.types ?? []).some(({ name }) => filled.has(name.value));
    if (!isObject(node)) return false;
    const own = (node.fields ?? []).filter(({ name }) => !isMeta(asker, node.name.value, name.value));
    return own.some((field) => isFieldUsable(node.name.value, field));
  };
  fill(definitions, filled, hasContent);
  return { decide, definitions, isTypeUsable, isFieldUsable, implementersOf };
}

function rememberDecisions(asker: Asker): Usability['decide'] {
  const known = new Map<string, Decision | undefined>();
  return (coordinate) => {
    if (!known.has(coordinate)) known.set(coordinate, decideCoordinate(asker, coordinate));
    return known.get(coordinate);
  };
}

/** Types lead to one another in circles, so what has content is found from the leaves up. */
function fill(
  definitions: ReadonlyMap<string, TypeDefinitionNode>,
  filled: Set<string>,
  hasContent: (node: DefinitionNode) => boolean,
): void {
  for (let before = -1; before !== filled.size; ) {
    before = filled.size;
    for (const [name, node] of definitions) {
      if (isComposite(node) && !filled.has(name) && hasContent(node)) filled.add(name);
    }
  }
}

/** What the hub says of every record makes no record worth asking for. */
function isMeta({ graph }: Asker, typeName: string, name: string): boolean {
  const coordinate: Coordinate = `${typeName}.${name}`;
  return graph.fields.get(coordinate)?.kind === 'meta';
}

function isComposite(node: DefinitionNode | undefined): boolean {
  return (
    node?.kind === Kind.OBJECT_TYPE_DEFINITION ||
    node?.kind === Kind.INTERFACE_TYPE_DEFINITION ||
    node?.kind === Kind.UNION_TYPE_DEFINITION
  );
}

function isObject(node: DefinitionNode): node is ObjectTypeDefinitionNode {
  return node.kind === Kind.OBJECT_TYPE_DEFINITION;
}

export function namedType(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type);
}
