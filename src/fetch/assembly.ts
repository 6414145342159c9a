import type {
  EmbeddedSelection,
  EntitySelection,
  Guards,
  Leaf,
  RecordPart,
  RecordSelection,
  RelationSelection,
  TallySelection,
  ValueSelection,
} from '../plan/plan.ts';
import type { EntityKey } from '../resident/entity-key.ts';
import type { DecodeNotes } from './decode-value.ts';
import { isAlone } from './is-alone.ts';
import type { Level } from './level.ts';
import type { ProblemNotes } from './problems.ts';
import type { Shapers } from './shape-leaf.ts';
import type { Failure, FetchedRow, StepRows } from './step-state.ts';

/** What resolvers see: plain objects by field name, masked, without keys or hidden columns. */
export type Shown = { [property: string]: unknown };

export interface Assembly {
  readonly level: Level;
  readonly results: ReadonlyMap<number, StepRows>;
  readonly shapers: Shapers;
  readonly problems: ProblemNotes;
  readonly notes: DecodeNotes;
  readonly isActive: (guards: Guards) => boolean;
  readonly departments: ReadonlyMap<string, string>;
  readonly onTruncated: (coordinate: string) => void;
  readonly conceal: (key: EntityKey) => string;
  /** The entities to which a relation leads, by position in their level. */
  readonly beyond: ReadonlyMap<RelationSelection, readonly Shown[]>;
}

/** The view of one entity of the level, from the rows of all steps. */
export function assembleEntity(assembly: Assembly, entity: number): Shown {
  const { selection } = assembly.level.bound;
  const shown: Shown = { __typename: selection.entity };
  assembleKeys(assembly, shown, entity);
  for (const leaf of selection.elements) assembleElement(assembly, shown, leaf, entity);
  for (const value of selection.values) {
    if (assembly.isActive(value.guards)) shown[value.property] = assembleValue(assembly, value, entity);
  }
  for (const record of selection.records) {
    if (assembly.isActive(record.guards)) shown[record.property] = assembleRecord(assembly, record, entity);
  }
  if (selection.sections && assembly.isActive(selection.sectionsGuards)) {
    shown['sections'] = assembleSections(assembly, selection, entity);
  }
  for (const tally of selection.tallies) {
    if (assembly.isActive(tally.guards)) shown[tally.property] = assembleTally(assembly, tally, entity);
  }
  for (const relation of selection.relations) {
    if (assembly.isActive(relation.guards)) {
      shown[relation.property] = assembleRelation(assembly, relation, entity);
    }
  }
  return shown;
}

function assembleKeys({ level, isActive, conceal }: Assembly, shown: Shown, entity: number): void {
  const { id, publicKey, publicKeyName } = level.bound.selection;
  const key = level.keys[entity];
  if (!key) throw new TypeError(`no entity at position ${entity}`);
  if (isActive(id)) shown['id'] = conceal(key);
  if (publicKeyName !== undefined && isActive(publicKey)) shown[publicKeyName] = key.value;
}

/** Null where nothing of it is known. */
function assembleValue(assembly: Assembly, value: ValueSelection, entity: number): Shown | null {
  const shown: Shown = {};
  for (const leaf of value.leaves) assembleElement(assembly, shown, leaf, entity);
  if (Object.values(shown).every((part) => part === null)) return null;
  return { __typename: value.typeName, ...shown };
}

/** Nobody, and nobody whom the caller may know of, are the same; what could not be read is null and told. */
function assembleRelation(assembly: Assembly, relation: RelationSelection, entity: number): unknown {
  const way = assembly.level.ways.get(relation);
  const failure = way?.failures.get(entity);
  if (!way || failure) {
    if (failure) assembly.problems.add(relation, failure);
    return null;
  }
  const shown = assembly.beyond.get(relation);
  const children = (way.children[entity] ?? []).map((child) => shown?.[child] ?? null);
  return relation.rows === 'MANY' ? children : (children[0] ?? null);
}

/** Null where it is not known; what could not be read is told besides. */
function assembleTally(assembly: Assembly, tally: TallySelection, entity: number): boolean | null {
  const result = assembly.results.get(tally.step);
  const failure = result?.failures.get(entity);
  if (failure) {
    assembly.problems.add(tally, failure);
    return null;
  }
  return isAlone(tally, assembly.level.keys[entity], result?.rows[entity] ?? []);
}

function assembleSections(assembly: Assembly, { sections }: EntitySelection, entity: number): unknown[] {
  return (sections ?? [])
    .filter((record) => assembly.isActive(record.guards))
    .map((record) => assembleRecord(assembly, record, entity))
    .filter((record) => record !== null);
}

function assembleElement(assembly: Assembly, shown: Shown, leaf: Leaf, entity: number): void {
  if (!assembly.isActive(leaf.guards)) return;
  const result = assembly.results.get(leaf.step);
  const failure = result?.failures.get(entity);
  if (failure) assembly.problems.add(placeOf(leaf), failure);
  const row = result?.rows[entity]?.[0];
  shown[leaf.property] = row ? showLeaf(assembly, leaf, row) : null;
}

/** Where problems of a leaf are told. */
export function placeOf({ coordinate, responsePaths, field }: Leaf): Parameters<ProblemNotes['add']>[0] {
  return { coordinate, responsePaths, department: field.department };
}

function showLeaf({ shapers }: Assembly, leaf: Leaf, row: FetchedRow): unknown {
  return shapers.of(leaf, row.source)(row.values[leaf.column]);
}

function assembleRecord(assembly: Assembly, record: RecordSelection, entity: number): unknown {
  if (record.rows === 'MANY') return assembleList(assembly, record, entity);
  let shown = assembleRow(assembly, record, entity);
  if (record.children.length === 0) return shown;
  const children = record.children
    .filter((child) => assembly.isActive(child.guards))
    .map((child) => ({ child, value: assembleRecord(assembly, child, entity) }));
  // A record without a row of its own is there if anything below it is.
  if (!shown && children.some(({ child, value }) => isThere(assembly, child, value, entity))) {
    shown = startRecord(assembly, record);
  }
  if (shown) for (const { child, value } of children) shown[child.property] = value;
  return shown;
}

/** What the reads of a record brought, put together; nothing where one of them shows that the record is not one row. */
function assembleRow(assembly: Assembly, record: RecordSelection, entity: number): Shown | null {
  // Once for an entity, however many reads the record takes.
  let failures: Set<Failure> | undefined;
  let isAmbiguous = false;
  let shown: Shown | null = null;
  for (const part of record.parts) {
    if (!assembly.isActive(part.guards)) continue;
    const result = assembly.results.get(part.step);
    const failure = result?.failures.get(entity);
    if (failure) failures = (failures ?? new Set()).add(failure);
    isAmbiguous ||= result?.ambiguous.has(entity) ?? false;
    const row = result?.rows[entity]?.[0];
    if (!row) continue;
    shown ??= startRecord(assembly, record, row, part);
    fillPart(assembly, shown, part, row);
  }
  for (const failure of failures ?? []) assembly.problems.add(record, failure);
  return isAmbiguous ? null : shown;
}

/** A list is there if it has rows, shown or not: `first: 0` shows none. */
function isThere(assembly: Assembly, record: RecordSelection, value: unknown, entity: number): boolean {
  if (value === null || !Array.isArray(value)) return value !== null;
  const [part] = record.parts;
  return part !== undefined && (assembly.results.get(part.step)?.rows[entity]?.length ?? 0) > 0;
}

/** No rows and rows out of scope are the same empty list; a list that is denied, could not be or was not read is null. */
function assembleList(assembly: Assembly, record: RecordSelection, entity: number): unknown {
  const [part] = record.parts;
  if (!part || !assembly.isActive(part.guards)) return null;
  const result = assembly.results.get(part.step);
  const failure = result?.failures.get(entity);
  if (failure) {
    assembly.problems.add(record, failure);
    return null;
  }
  const rows = result?.rows[entity] ?? [];
  return limitRows(assembly, record, part, rows).map((row) => {
    const shown = startRecord(assembly, record, row, part);
    fillPart(assembly, shown, part, row);
    return shown;
  });
}

function limitRows(
  assembly: Assembly,
  record: RecordSelection,
  part: RecordPart,
  rows: readonly FetchedRow[],
): readonly FetchedRow[] {
  const { first, mostRows = 0 } = assembly.level.bound.steps[part.step] ?? {};
  if (rows.length <= mostRows) return rows;
  if (first === undefined || mostRows < first) assembly.onTruncated(record.coordinate);
  return rows.slice(0, mostRows);
}

function startRecord(
  assembly: Assembly,
  record: RecordSelection,
  row?: FetchedRow,
  part?: RecordPart,
): Shown {
  return {
    __typename: record.typeName,
    department: assembly.departments.get(record.department) ?? record.department,
    source: row?.source ?? null,
    asOf: row && part ? asOf(assembly, row, part) : null,
    readAt: row?.readAt ?? null,
  };
}

/** The row's own update time, as its contract says where that stands. */
export function asOf(assembly: Assembly, row: FetchedRow, part: Pick<RecordPart, 'step' | 'asOf'>): unknown {
  if (part.asOf === undefined) return null;
  const connect = assembly.level.bound.steps[part.step]?.step.connect;
  const mapping = connect?.connects.find(({ source }) => source === row.source)?.asOf;
  const raw = row.values[part.asOf];
  return mapping && raw !== undefined ? assembly.shapers.asOf(mapping)(raw, assembly.notes) : null;
}

function fillPart(assembly: Assembly, shown: Shown, part: RecordPart, row: FetchedRow): void {
  for (const { property, column, shape } of assembly.shapers.cells(part, row.source)) {
    shown[property] = shape(row.values[column]);
  }
  for (const embedded of part.embedded) {
    if (assembly.isActive(embedded.guards)) fillEmbedded(assembly, shown, embedded, row);
  }
}

function fillEmbedded(assembly: Assembly, shown: Shown, embedded: EmbeddedSelection, row: FetchedRow): void {
  const value = embedded.isList
    ? embeddedList(assembly, embedded, row.source, (leaf) => row.values[leaf.column])
    : embeddedObject(assembly, embedded, row.source, (leaf) => row.values[leaf.column]);
  shown[embedded.property] = mergeParts(shown[embedded.property], value);
}

/** Fields under different rules arrive in parts. A list stands under all rules of its items, so one part has it whole. */
function mergeParts(known: unknown, value: unknown): unknown {
  if (!isObject(known) || !isObject(value)) return value ?? known ?? null;
  for (const [property, part] of Object.entries(value)) known[property] = mergeParts(known[property], part);
  return known;
}

function isObject(value: unknown): value is Shown {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

type RawOf = (leaf: Leaf) => unknown;

/** Null where nothing of the object is stored. */
function embeddedObject(
  assembly: Assembly,
  embedded: EmbeddedSelection,
  source: string,
  rawOf: RawOf,
): Shown | null {
  const shown: Shown = { __typename: embedded.typeName };
  let isPresent = false;
  for (const leaf of embedded.leaves) {
    if (!assembly.isActive(leaf.guards)) continue;
    const raw = rawOf(leaf);
    isPresent ||= raw !== null && raw !== undefined;
    shown[leaf.property] = assembly.shapers.of(leaf, source)(raw);
  }
  for (const nested of embedded.embedded) {
    if (!assembly.isActive(nested.guards)) continue;
    const value = nested.isList
      ? embeddedList(assembly, nested, source, rawOf)
      : embeddedObject(assembly, nested, source, rawOf);
    isPresent ||= value !== null;
    shown[nested.property] = value;
  }
  return isPresent ? shown : null;
}

/** The columns of a list's leaves are aligned by item. */
function embeddedList(
  assembly: Assembly,
  embedded: EmbeddedSelection,
  source: string,
  rawOf: RawOf,
): unknown[] | null {
  const columns = leavesOf(embedded).map(rawOf);
  const lengths = columns.filter((column) => Array.isArray(column)).map((column) => column.length);
  if (lengths.length === 0) return null;
  return Array.from({ length: Math.max(...lengths) }, (_, item) =>
    embeddedObject(assembly, { ...embedded, isList: false }, source, (leaf) => {
      const column = rawOf(leaf);
      return Array.isArray(column) ? column[item] : undefined;
    }),
  ).filter((item) => item !== null);
}

function leavesOf(embedded: EmbeddedSelection): readonly Leaf[] {
  return [...embedded.leaves, ...embedded.embedded.flatMap(leavesOf)];
}
