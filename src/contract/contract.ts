import { type DefinitionNode, type DocumentNode, Kind } from 'graphql';
import { type CodeTable, readCodeTables } from './code-tables.ts';
import { type Declarations, type FieldDeclaration, readDeclarations } from './declarations.ts';
import type { SourceValues } from './directive-values.ts';
import { drawOutline, type FieldKind, type Outline, type Place } from './outline.ts';
import type { ParsedFile } from './parse-contract.ts';
import type { Core } from './read-core.ts';
import { type DirectiveReader, isValid, type Valid } from './read-directives.ts';
import { definitionsInRealm } from './realm.ts';

/** All departments' files, read but not yet believed: what the rules look at. */
export interface Contract extends Declarations {
  readonly core: Core;
  readonly files: readonly OwnedFile[];
  /** The first that each file declares, repetitions over files included. */
  readonly departments: readonly Valid<'department'>[];
  readonly sources: readonly DeclaredSource[];
  readonly codeTables: readonly DeclaredCodeTable[];
  readonly outline: Outline;
}

export type SourceKind = 'postgres' | 'mysql' | 'http' | 'graphql';

/** A file and the one department for which it speaks. */
export interface OwnedFile extends ParsedFile {
  /** Absent where the file names none, or several, or one that nobody declares. */
  readonly department?: Valid<'department'>;
  /** Name of the department, '' where there is none. */
  readonly owner: string;
  /** The departments that the file names, with `@department` or with its sources: there should be one. */
  readonly named: ReadonlySet<string>;
  /** Its definitions that lie within the department's realm. */
  readonly definitions: readonly DefinitionNode[];
}

export interface DeclaredSource extends Valid<'source'> {
  /** The department of the file, which `values.department` must name. */
  readonly owner: string;
}

export interface DeclaredCodeTable extends CodeTable {
  readonly owner: string;
}

/** Reads what parsed. Whatever is wrong is left for the rules; what lies outside a department's realm is not read. */
export function readContract(core: Core, files: readonly ParsedFile[], read: DirectiveReader): Contract {
  const departments = files.flatMap(({ document }) =>
    schemaDirectives(document, read, 'department').slice(0, 1),
  );
  const owned = files.map((file) => assignDepartment(core, file, departments, read));
  const declarations = readDeclarations(owned, core.entities, read);
  return {
    core,
    files: owned,
    departments,
    ...declarations,
    sources: owned.flatMap(({ document, owner }) =>
      schemaDirectives(document, read, 'source').map((source) => ({ ...source, owner })),
    ),
    codeTables: owned.flatMap(({ document, owner }) =>
      readCodeTables([document], read).map((table) => ({ ...table, owner })),
    ),
    outline: drawOutline(declarations.types, declarations.entityFields, core.entities),
  };
}

/** Looks a code table up as a department sees it: its own, then the hub's. Other departments' are none of its business. */
export function findCodeTable(contract: Contract, department: string, name: string): CodeTable | undefined {
  const own = contract.codeTables.find((table) => table.owner === department && table.name === name);
  return own ?? contract.core.codeTables.get(name);
}

/** The first source of this name, whoever declares it. */
export function findSource(contract: Contract, name: string): DeclaredSource | undefined {
  return contract.sources.find((source) => source.values.name === name);
}

/** The kinds that a source declares: one, if it is right. */
export function kindsOf(source: SourceValues): readonly SourceKind[] {
  return (['postgres', 'mysql', 'http', 'graphql'] as const).filter((kind) => source[kind] !== undefined);
}

/** Every field that departments define, those on shared entities first. */
export function* allFields(contract: Contract): Iterable<FieldDeclaration> {
  yield* contract.entityFields;
  for (const type of contract.types.values()) yield* type.fields.values();
}

export function* fieldsOfKind(contract: Contract, kind: FieldKind): Iterable<FieldDeclaration> {
  for (const field of allFields(contract)) {
    if (contract.outline.kinds.get(field.coordinate) === kind) yield field;
  }
}

/** Every `@connect` whose arguments are right. */
export function* allConnects(
  contract: Contract,
): Iterable<Valid<'connect'> & { readonly field: FieldDeclaration; readonly kind: SourceKind | undefined }> {
  for (const field of allFields(contract)) {
    for (const { node, values } of field.connect.filter(isValid)) {
      const source = findSource(contract, values.source);
      yield { node, values, field, kind: source && kindsOf(source.values)[0] };
    }
  }
}

/** A column field by its coordinate, with the rows that it lies in. */
export function findColumn(
  contract: Contract,
  coordinate: string,
): { readonly field: FieldDeclaration; readonly place: Place } | undefined {
  const [typeName = '', fieldName = '', ...rest] = coordinate.split('.', 3);
  const field = contract.types.get(typeName)?.fields.get(fieldName);
  const place = placeOf(contract, typeName);
  if (!field || !place || rest.length > 0) return undefined;
  const kind = contract.outline.kinds.get(field.coordinate);
  const isStored = kind === 'column' || (kind === 'relation' && field.connect.length === 0);
  return isStored ? { field, place } : undefined;
}

/** Where the fields of a type lie. A type with several uses lies alike in each, or it is reported. */
export function placeOf(contract: Contract, typeName: string): Place | undefined {
  return contract.outline.uses.get(typeName)?.[0]?.place;
}

function assignDepartment(
  core: Core,
  file: ParsedFile,
  departments: readonly Valid<'department'>[],
  read: DirectiveReader,
): OwnedFile {
  const [declared, ...repeated] = schemaDirectives(file.document, read, 'department');
  const sources = schemaDirectives(file.document, read, 'source');
  const named = new Set([declared, ...repeated].flatMap((d) => (d ? [d.values.name] : [])));
  for (const { values } of sources) named.add(values.department);
  const [name, ...others] = named;
  const department =
    others.length > 0 ? undefined : (declared ?? departments.find((d) => d.values.name === name));
  if (!department) return { ...file, owner: '', named, definitions: [] };
  const definitions = definitionsInRealm(core, file.document, department.values.prefix);
  return { ...file, department, owner: department.values.name, named, definitions };
}

function schemaDirectives<N extends 'department' | 'source'>(
  document: DocumentNode,
  read: DirectiveReader,
  name: N,
): Valid<N>[] {
  return document.definitions
    .filter((node) => node.kind === Kind.SCHEMA_EXTENSION || node.kind === Kind.SCHEMA_DEFINITION)
    .flatMap((node) => read(node, name).filter(isValid));
}
