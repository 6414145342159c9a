import type { FieldDeclaration, TypeDeclaration } from './declarations.ts';
import type { Coordinate } from './graph.ts';
import { isValid } from './read-directives.ts';

/**
 * How the departments' types hang together below the shared entities: what each field is, and in which rows the fields
 * of a type lie. Drawn once, whatever is wrong with the files; rules report from it and the graph is built from it.
 */
export interface Outline {
  readonly kinds: ReadonlyMap<Coordinate, FieldKind>;
  /** For each type that is reached the fields whose type it is. */
  readonly uses: ReadonlyMap<string, readonly Use[]>;
  /** For each type that is reached the names of the sources in whose rows its fields lie. */
  readonly servedBy: ReadonlyMap<string, ReadonlySet<string>>;
  /** Fields by which a type is reached from itself. */
  readonly recursions: readonly FieldDeclaration[];
  /** Fields at which the walk stopped. */
  readonly tooDeep: readonly FieldDeclaration[];
}

/** A relation leads to a shared entity (共享对象), whatever it is read from; a tally is computed of rows that nobody sees. */
export type FieldKind = 'column' | 'embedded' | 'connect' | 'group' | 'relation' | 'tally';

export interface Use {
  readonly field: FieldDeclaration;
  readonly place: Place;
}

/** Where the fields of a type lie. */
export interface Place {
  /** The department's field on the shared entity below which it all hangs. */
  readonly section: FieldDeclaration;
  /** The `@connect` field whose rows these are; absent for a group. */
  readonly record?: FieldDeclaration;
  /** Rows for one resident; NONE for a group. */
  readonly rows: 'NONE' | 'ONE' | 'MANY';
  /** The fields lie in a nested object of the row … */
  readonly isEmbedded: boolean;
  /** … or in the items of a nested list, to which columns are then relative. */
  readonly isItem: boolean;
  /** Path of the nested object within its row or list item. */
  readonly prefix: string;
}

/** Types below types; the founding departments need three. */
export const maxTypeDepth = 16;

type Types = ReadonlyMap<string, TypeDeclaration>;

export function drawOutline(
  types: Types,
  entityFields: readonly FieldDeclaration[],
  entities: ReadonlyMap<string, unknown>,
): Outline {
  const kinds = new Map<Coordinate, FieldKind>();
  const all = [...entityFields, ...[...types.values()].flatMap(({ fields }) => [...fields.values()])];
  for (const field of all) kinds.set(field.coordinate, kindOf(field, types, entities));
  const walk = createWalk(types, kinds);
  for (const section of entityFields) {
    if (kinds.get(section.coordinate) !== 'column') walk.enter(section, { section, ...outside }, 0);
  }
  return { kinds, ...walk.found, servedBy: gatherSources(walk.found.uses) };
}

/** The path of an embedded field within the row, or the item of the list, that it lies in. */
export function embeddedPath(field: FieldDeclaration, place: Place): string {
  const values = field.from.find(isValid)?.values;
  return joinPath(place.prefix, values?.path ?? values?.column ?? '');
}

export function joinPath(prefix: string, path: string): string {
  return prefix && path ? `${prefix}.${path}` : prefix || path;
}

const outside = { rows: 'NONE', isEmbedded: false, isItem: false, prefix: '' } as const;

function kindOf(field: FieldDeclaration, types: Types, entities: ReadonlyMap<string, unknown>): FieldKind {
  if (entities.has(field.type.name)) return 'relation';
  if (field.connect.length > 0) return field.derive.length > 0 ? 'tally' : 'connect';
  if (!ownType(field, types)) return 'column';
  return field.isEntityField ? 'group' : 'embedded';
}

/** A field of another department's type leads nowhere, so that nobody's file is judged by somebody else's. */
function ownType(field: FieldDeclaration, types: Types): TypeDeclaration | undefined {
  const type = types.get(field.type.name);
  return type?.department === field.department ? type : undefined;
}

/** Visits every type once, however many fields lead to it: a hostile file could have 2^n ways to a type. */
function createWalk(types: Types, kinds: ReadonlyMap<Coordinate, FieldKind>) {
  const found = {
    uses: new Map<string, Use[]>(),
    recursions: [] as FieldDeclaration[],
    tooDeep: [] as FieldDeclaration[],
  };
  const open = new Set<string>();

  function enter(field: FieldDeclaration, around: Place, depth: number): void {
    const type = ownType(field, types);
    if (!type) return;
    if (open.has(type.name)) return void found.recursions.push(field);
    if (depth >= maxTypeDepth) return void found.tooDeep.push(field);
    const place = placeBelow(field, around, kinds);
    const uses = found.uses.get(type.name);
    if (uses) return void uses.push({ field, place });
    found.uses.set(type.name, [{ field, place }]);
    open.add(type.name);
    for (const child of type.fields.values()) {
      if (kinds.get(child.coordinate) !== 'column') enter(child, place, depth + 1);
    }
    open.delete(type.name);
  }

  return { enter, found };
}

function placeBelow(
  field: FieldDeclaration,
  around: Place,
  kinds: ReadonlyMap<Coordinate, FieldKind>,
): Place {
  const { section } = around;
  const kind = kinds.get(field.coordinate);
  if (kind === 'connect') {
    const rows = field.connect.find(isValid)?.values.rows ?? 'ONE';
    return { ...outside, section, record: field, rows };
  }
  if (kind === 'group') return { ...outside, section };
  if (field.type.isList) return { ...around, isEmbedded: true, isItem: true, prefix: '' };
  return { ...around, isEmbedded: true, prefix: embeddedPath(field, around) };
}

/** A type in nested objects is served by what serves the type around it. Recursions are no uses, so this ends. */
function gatherSources(uses: ReadonlyMap<string, readonly Use[]>): Map<string, Set<string>> {
  const served = new Map<string, Set<string>>();
  const sourcesOf = (typeName: string): Set<string> => {
    const known = served.get(typeName);
    if (known) return known;
    const sources = new Set<string>();
    served.set(typeName, sources);
    for (const { field } of uses.get(typeName) ?? []) {
      for (const { values } of field.connect.filter(isValid)) sources.add(values.source);
      if (field.connect.length === 0) for (const source of sourcesOf(field.parentType)) sources.add(source);
    }
    return sources;
  };
  for (const typeName of uses.keys()) sourcesOf(typeName);
  return served;
}
