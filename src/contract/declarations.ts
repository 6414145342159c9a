import {
  type DefinitionNode,
  type EnumTypeDefinitionNode,
  type EnumTypeExtensionNode,
  type FieldDefinitionNode,
  Kind,
  type ObjectTypeDefinitionNode,
  type ObjectTypeExtensionNode,
  type TypeNode,
} from 'graphql';
import { type EnumDeclaration, readEnum } from './code-tables.ts';
import type { Coordinate } from './graph.ts';
import type { Applied, DirectiveReader } from './read-directives.ts';

export interface TypeDeclaration {
  readonly name: string;
  readonly department: string;
  readonly node: ObjectTypeDefinitionNode | ObjectTypeExtensionNode;
  /** By name; of two with one name the first. */
  readonly fields: ReadonlyMap<string, FieldDeclaration>;
}

export interface FieldDeclaration {
  readonly coordinate: Coordinate;
  readonly parentType: string;
  readonly name: string;
  readonly department: string;
  readonly node: FieldDefinitionNode;
  /** On a shared entity, not on a type of the department's own. */
  readonly isEntityField: boolean;
  readonly type: FieldType;
  readonly from: readonly Applied<'from'>[];
  readonly connect: readonly Applied<'connect'>[];
  readonly share: readonly Applied<'share'>[];
  readonly derive: readonly Applied<'derive'>[];
  readonly authority: readonly Applied<'authority'>[];
  readonly states: readonly Applied<'states'>[];
  readonly filterable: readonly Applied<'filterable'>[];
  readonly register: readonly Applied<'register'>[];
}

export interface FieldType {
  readonly name: string;
  readonly isList: boolean;
  readonly isNonNull: boolean;
  /** A list of lists. */
  readonly isNested: boolean;
}

/** What the departments define. */
export interface Declarations {
  /** Their object types; of two with one name the first. */
  readonly types: ReadonlyMap<string, TypeDeclaration>;
  readonly enums: ReadonlyMap<string, EnumDeclaration>;
  /** What they add to shared entities: `Resident.police`. */
  readonly entityFields: readonly FieldDeclaration[];
}

type ObjectNode = ObjectTypeDefinitionNode | ObjectTypeExtensionNode;
type EnumNode = EnumTypeDefinitionNode | EnumTypeExtensionNode;
interface GrowingType extends TypeDeclaration {
  readonly fields: Map<string, FieldDeclaration>;
}

/** Gathers types from their definitions and extensions, over all files of their departments. */
export function readDeclarations(
  files: readonly { readonly definitions: readonly DefinitionNode[]; readonly owner: string }[],
  entities: ReadonlyMap<string, unknown>,
  read: DirectiveReader,
): Declarations {
  const types = new Map<string, GrowingType>();
  const enumNodes = new Map<string, { owner: string; nodes: EnumNode[] }>();
  const entityFields: FieldDeclaration[] = [];
  for (const { definitions, owner } of files) {
    for (const node of definitions) {
      if (isEnumNode(node)) addNode(enumNodes, node, owner);
      if (!isObjectNode(node)) continue;
      const isEntityField = entities.has(node.name.value);
      const fields = (node.fields ?? []).map((field) => readField(node, field, owner, isEntityField, read));
      if (isEntityField) entityFields.push(...fields);
      else addFields(types, node, owner, fields);
    }
  }
  const enums = new Map(
    [...enumNodes].map(([name, { nodes, owner }]) => [name, readEnum(nodes, owner, read)]),
  );
  return { types, enums, entityFields };
}

function addNode(
  enums: Map<string, { owner: string; nodes: EnumNode[] }>,
  node: EnumNode,
  owner: string,
): void {
  const known = enums.get(node.name.value);
  if (known) known.nodes.push(node);
  else enums.set(node.name.value, { owner, nodes: [node] });
}

function addFields(
  types: Map<string, GrowingType>,
  node: ObjectNode,
  department: string,
  fields: readonly FieldDeclaration[],
): void {
  const name = node.name.value;
  const known = types.get(name) ?? { name, department, node, fields: new Map<string, FieldDeclaration>() };
  const isBetter = node.kind === Kind.OBJECT_TYPE_DEFINITION && known.node.kind !== node.kind;
  types.set(name, isBetter ? { ...known, node } : known);
  for (const field of fields) if (!known.fields.has(field.name)) known.fields.set(field.name, field);
}

function isEnumNode(node: DefinitionNode): node is EnumNode {
  return node.kind === Kind.ENUM_TYPE_DEFINITION || node.kind === Kind.ENUM_TYPE_EXTENSION;
}

function isObjectNode(node: DefinitionNode): node is ObjectNode {
  return node.kind === Kind.OBJECT_TYPE_DEFINITION || node.kind === Kind.OBJECT_TYPE_EXTENSION;
}

function readField(
  parent: ObjectNode,
  node: FieldDefinitionNode,
  department: string,
  isEntityField: boolean,
  read: DirectiveReader,
): FieldDeclaration {
  return {
    coordinate: `${parent.name.value}.${node.name.value}`,
    parentType: parent.name.value,
    name: node.name.value,
    department,
    node,
    isEntityField,
    type: readFieldType(node.type),
    from: read(node, 'from'),
    connect: read(node, 'connect'),
    share: read(node, 'share'),
    derive: read(node, 'derive'),
    authority: read(node, 'authority'),
    states: read(node, 'states'),
    filterable: read(node, 'filterable'),
    register: read(node, 'register'),
  };
}

export function readFieldType(node: TypeNode): FieldType {
  if (node.kind === Kind.NON_NULL_TYPE) return { ...readFieldType(node.type), isNonNull: true };
  if (node.kind === Kind.NAMED_TYPE) {
    return { name: node.name.value, isList: false, isNonNull: false, isNested: false };
  }
  const item = readFieldType(node.type);
  return { name: item.name, isList: true, isNonNull: false, isNested: item.isList };
}
