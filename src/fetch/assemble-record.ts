import type { RecordPart, RecordSelection } from '../plan/plan.ts';
import { compileEmbedded } from './assemble-embedded.ts';
import { type Assemble, type Assembly, asOfReader, resultOf, type Shown } from './assembly.ts';
import { ofLastSource } from './shape-leaf.ts';
import type { Failure, FetchedRow, StepRows } from './step-state.ts';

/** A department's record of an entity, or its list of them. */
export function compileRecord(assembly: Assembly, record: RecordSelection): Assemble<unknown> {
  if (record.rows === 'MANY') return compileList(assembly, record);
  const row = compileRow(assembly, record);
  const children = record.children
    .filter(({ guards }) => assembly.isActive(guards))
    .map((child) => compileChild(assembly, child));
  return children.length === 0 ? row : withChildren(row, children, compileEmpty(assembly, record));
}

interface Child {
  readonly property: string;
  readonly assemble: Assemble<unknown>;
  readonly isThere: (value: unknown, entity: number) => boolean;
}

function compileChild(assembly: Assembly, child: RecordSelection): Child {
  const [part] = child.parts;
  const rows = part ? resultOf(assembly, part.step).rows : [];
  return {
    property: child.property,
    assemble: compileRecord(assembly, child),
    // A list is there if it has rows, shown or not: `first: 0` shows none.
    isThere: (value, entity) => (Array.isArray(value) ? (rows[entity]?.length ?? 0) > 0 : value !== null),
  };
}

/** A record without a row of its own is there if anything below it is. */
function withChildren(
  row: Assemble<Shown | null>,
  children: readonly Child[],
  empty: () => Shown,
): Assemble<Shown | null> {
  return (entity) => {
    const values = children.map(({ assemble }) => assemble(entity));
    const isAnyThere = () => children.some(({ isThere }, position) => isThere(values[position], entity));
    const shown = row(entity) ?? (isAnyThere() ? empty() : null);
    if (shown) for (const [position, { property }] of children.entries()) shown[property] = values[position];
    return shown;
  };
}

interface Part {
  readonly result: StepRows;
  readonly start: (row: FetchedRow) => Shown;
  readonly fill: (shown: Shown, row: FetchedRow) => void;
}

function compileParts(assembly: Assembly, record: RecordSelection): readonly Part[] {
  return record.parts
    .filter(({ guards }) => assembly.isActive(guards))
    .map((part) => ({
      result: resultOf(assembly, part.step),
      start: compileStart(assembly, record, part),
      fill: compileFill(assembly, part),
    }));
}

/** What the reads of a record brought, put together; nothing where one of them shows that the record is not one row. */
function compileRow(assembly: Assembly, record: RecordSelection): Assemble<Shown | null> {
  const parts = compileParts(assembly, record);
  return (entity) => {
    let shown: Shown | null = null;
    let isAmbiguous = false;
    for (const { result, start, fill } of parts) {
      isAmbiguous ||= result.ambiguous.has(entity);
      const row = result.rows[entity]?.[0];
      if (!row) continue;
      shown ??= start(row);
      fill(shown, row);
    }
    noteFailures(assembly, record, parts, entity);
    return isAmbiguous ? null : shown;
  };
}

/** Once for an entity, however many reads the record takes. */
function noteFailures(
  { problems }: Assembly,
  record: RecordSelection,
  parts: readonly Part[],
  entity: number,
): void {
  let noted: Set<Failure> | undefined;
  for (const { result } of parts) {
    const failure = result.failures.size > 0 ? result.failures.get(entity) : undefined;
    if (!failure || noted?.has(failure)) continue;
    noted = (noted ?? new Set()).add(failure);
    problems.add(record, failure);
  }
}

/** No rows and rows out of scope are the same empty list; a list that is denied, could not be or was not read is null. */
function compileList(assembly: Assembly, record: RecordSelection): Assemble<unknown> {
  const [part] = compileParts(assembly, record);
  if (!part) return () => null;
  const { result, start, fill } = part;
  const limit = compileLimit(assembly, record);
  return (entity) => {
    const failure = result.failures.get(entity);
    if (failure) {
      assembly.problems.add(record, failure);
      return null;
    }
    return limit(result.rows[entity] ?? []).map((row) => {
      const shown = start(row);
      fill(shown, row);
      return shown;
    });
  };
}

function compileLimit(
  assembly: Assembly,
  { parts, coordinate }: RecordSelection,
): (rows: readonly FetchedRow[]) => readonly FetchedRow[] {
  const { first, mostRows = 0 } = assembly.level.bound.steps[parts[0]?.step ?? -1] ?? {};
  const isCut = first === undefined || mostRows < first;
  return (rows) => {
    if (rows.length <= mostRows) return rows;
    if (isCut) assembly.onTruncated(coordinate);
    return rows.slice(0, mostRows);
  };
}

/** What the hub itself says of a record, as far as it is selected. */
function compileStart(
  assembly: Assembly,
  { typeName, department, says }: RecordSelection,
  part: RecordPart,
): (row: FetchedRow) => Shown {
  const title = assembly.departments.get(department) ?? department;
  const asOf = asOfReader(assembly, part);
  return (row) => {
    const shown: Shown = { __typename: typeName };
    if (says.department) shown['department'] = title;
    if (says.source) shown['source'] = row.source;
    if (says.asOf) shown['asOf'] = asOf(row);
    if (says.readAt) shown['readAt'] = row.readAt;
    return shown;
  };
}

/** A record of which only what lies below it is there. */
function compileEmpty({ departments }: Assembly, { typeName, department }: RecordSelection): () => Shown {
  const title = departments.get(department) ?? department;
  return () => ({ __typename: typeName, department: title, source: null, asOf: null, readAt: null });
}

function compileFill(assembly: Assembly, part: RecordPart): Part['fill'] {
  const cellsOf = ofLastSource((source) => assembly.shapers.cells(part.leaves, source));
  const embedded = part.embedded
    .filter(({ guards }) => assembly.isActive(guards))
    .map((selection) => compileEmbedded(assembly, selection));
  return (shown, row) => {
    const { source, values } = row;
    for (const { property, column, shape } of cellsOf(source)) shown[property] = shape(values[column]);
    for (const fill of embedded) fill(shown, row);
  };
}
