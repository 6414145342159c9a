import {
  buildASTSchema,
  concatAST,
  type DefinitionNode,
  type DocumentNode,
  type EnumTypeDefinitionNode,
  type EnumTypeExtensionNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  type InterfaceTypeDefinitionNode,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isObjectType,
  isSpecifiedScalarType,
  Kind,
  specifiedScalarTypes,
  validateSchema,
} from 'graphql';
import { type CodeTable, type EnumDeclaration, readCodeTables, readEnum } from './code-tables.ts';
import type { Finding } from './finding.ts';
import type { ParsedFile } from './parse-contract.ts';
import { createDirectiveReader, type DirectiveReader, isValid, readDirectives } from './read-directives.ts';
import { validateWhole } from './validate-definitions.ts';

/** The hub's own part of the contract: what departments extend and refer to. */
export interface Core {
  readonly document: DocumentNode;
  /** With the mapping directives; the public schema is built apart. */
  readonly schema: GraphQLSchema;
  /** Shared entities, such as `Resident`. */
  readonly entities: ReadonlyMap<string, Entity>;
  readonly typeNames: ReadonlySet<string>;
  /** Scalars and enums that a department's fields may have: none whose values nothing could decode or mask. */
  readonly leafTypes: ReadonlySet<string>;
  /** Types of the directives' arguments: no part of the public schema. */
  readonly directiveTypes: ReadonlySet<string>;
  readonly enums: ReadonlyMap<string, EnumDeclaration>;
  readonly codeTables: ReadonlyMap<string, CodeTable>;
  /** The interface of records, whose fields the hub adds to each of them. */
  readonly recordSection: InterfaceTypeDefinitionNode;
}

export interface Entity {
  readonly name: string;
  /** As in `@key(fields:)`; the first is the one by which the hub itself refers to it. */
  readonly keys: readonly string[];
  /**
   * Elements that a department can be the authority for (数源) → their types, by coordinate: `Building.name`, and
   * `BuildingLocation.longitude` of a plain value of the hub.
   */
  readonly elements: ReadonlyMap<string, string>;
  /** Fields that lead to other shared entities, for which a department can be the authority too, by coordinate. */
  readonly relations: ReadonlyMap<string, { readonly typeName: string; readonly isList: boolean }>;
}

/** Reads the core files as one. What is wrong with them is found like anything else: the operator may have edited them. */
export function readCore(files: readonly ParsedFile[]): {
  readonly core?: Core;
  readonly findings: readonly Finding[];
} {
  const document = concatAST(files.map((file) => file.document));
  const wrong = validateWhole(document);
  if (wrong.length > 0) return { findings: wrong };
  const schema = buildASTSchema(document, { assumeValidSDL: true });
  const invalid = validateSchema(schema).map((error) => ({
    node: error.nodes?.[0] ?? document,
    message: error.message,
  }));
  const directives = readDirectives(document, schema);
  const findings = [...invalid, ...directives.findings];
  if (findings.length > 0) return { findings };
  const recordSection = document.definitions.find(isRecordSection);
  if (!recordSection)
    return { findings: [{ node: document, message: 'The interface RecordSection is missing.' }] };
  return {
    core: describeCore(document, schema, recordSection, createDirectiveReader(directives.values)),
    findings,
  };
}

/** Hold whatever they are given. */
const freeForm: ReadonlySet<string> = new Set(['JSON', '_Any']);

function isRecordSection(node: DefinitionNode): node is InterfaceTypeDefinitionNode {
  return node.kind === Kind.INTERFACE_TYPE_DEFINITION && node.name.value === 'RecordSection';
}

function describeCore(
  document: DocumentNode,
  schema: GraphQLSchema,
  recordSection: InterfaceTypeDefinitionNode,
  read: DirectiveReader,
): Core {
  const directiveTypes = namesOfDirectiveTypes(schema);
  const types = Object.values(schema.getTypeMap());
  const tables = readCodeTables([document], read);
  return {
    document,
    schema,
    entities: readEntities(document, schema, read),
    typeNames: new Set(types.map(({ name }) => name)),
    leafTypes: new Set([
      ...specifiedScalarTypes.map(({ name }) => name),
      ...types
        .filter((type) => isLeafType(type) && !freeForm.has(type.name) && !directiveTypes.has(type.name))
        .map(({ name }) => name),
    ]),
    directiveTypes,
    enums: new Map(
      document.definitions.filter(isEnumNode).map((node) => [node.name.value, readEnum([node], '', read)]),
    ),
    codeTables: new Map(tables.map((table) => [table.name, table])),
    recordSection,
  };
}

function isEnumNode(node: { readonly kind: string }): node is EnumTypeDefinitionNode | EnumTypeExtensionNode {
  return node.kind === Kind.ENUM_TYPE_DEFINITION;
}

function readEntities(
  document: DocumentNode,
  schema: GraphQLSchema,
  read: DirectiveReader,
): Map<string, Entity> {
  const keysByName = new Map<string, string[]>();
  for (const node of document.definitions) {
    if (node.kind !== Kind.OBJECT_TYPE_DEFINITION) continue;
    const keys = read(node, 'key').filter(isValid);
    if (keys.length > 0) {
      keysByName.set(
        node.name.value,
        keys.map(({ values }) => values.fields),
      );
    }
  }
  const isEntity = (name: string) => keysByName.has(name);
  return new Map(
    [...keysByName].map(([name, keys]) => {
      const type = schema.getType(name);
      return [
        name,
        {
          name,
          keys,
          elements: readElements(type, keys, isEntity),
          relations: readRelations(type, isEntity),
        },
      ];
    }),
  );
}

/** Leaves, and the leaves of plain values of the hub such as a coordinate. */
function readElements(
  type: GraphQLNamedType | undefined,
  keys: readonly string[],
  isEntity: (name: string) => boolean,
): Map<string, string> {
  if (!isObjectType(type)) return new Map();
  return new Map(
    Object.values(type.getFields()).flatMap(({ name, type: fieldType }): [string, string][] => {
      if (isLeafType(fieldType)) {
        return keys[0]?.split(/\s+/).includes(name) ? [] : [[`${type.name}.${name}`, fieldType.name]];
      }
      return isObjectType(fieldType) && !isEntity(fieldType.name)
        ? [...readElements(fieldType, [], isEntity)]
        : [];
    }),
  );
}

function readRelations(
  type: GraphQLNamedType | undefined,
  isEntity: (name: string) => boolean,
): Entity['relations'] {
  if (!isObjectType(type)) return new Map();
  return new Map(
    Object.values(type.getFields()).flatMap(({ name, type: fieldType }) => {
      const typeName = getNamedType(fieldType).name;
      const isList = isListType(getNullableType(fieldType));
      return isEntity(typeName) ? [[`${type.name}.${name}`, { typeName, isList }] as const] : [];
    }),
  );
}

/** Everything that the arguments of the core's own directives are made of, save GraphQL's scalars and what is asked in queries. */
function namesOfDirectiveTypes(schema: GraphQLSchema): Set<string> {
  const names = new Set<string>();
  const collect = (type: GraphQLNamedType): void => {
    if (isSpecifiedScalarType(type) || names.has(type.name)) return;
    if (isEnumType(type) || isInputObjectType(type)) names.add(type.name);
    if (!isInputObjectType(type)) return;
    for (const field of Object.values(type.getFields())) collect(getNamedType(field.type));
  };
  for (const directive of schema.getDirectives()) {
    for (const argument of directive.args) collect(getNamedType(argument.type));
  }
  return names;
}
