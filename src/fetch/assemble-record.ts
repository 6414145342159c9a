import type { RecordPart, RecordSelection } from '../plan/plan.ts';
import { compileEmbedded } from './assemble-embedded.ts';
import { type Assemble, type Assembly, asOf, type Composition, resultOf, type Shown } from './assembly.ts';
import { compileShaper, ofSource } from './shape-leaf.ts';
import type { Failure, FetchedRow } from './step-state.ts';

/** A department's record of an entity, or its list of them. */
export function compileRecord(composition: Composition, record: RecordSelection): Assemble<unknown> {
  if (record.rows === 'MANY') return compileList(composition, record);
  const row = compileRow(composition, record);
  const children = record.children
    .filter(({ guards }) => composition.isActive(guards))
    .map((child) => compileChild(composition, child));
  return children.length === 0 ? row : withChildren(row, children, compileEmpty(composition, record));
}

interface Child {
  readonly property: string;
  readonly assemble: Assemble<unknown>;
  readonly isThere: (value: unknown, assembly: Assembly, entity: number) => boolean;
}

function compileChild(composition: Composition, child: RecordSelection): Child {
  const step = child.parts[0]?.step ?? -1;
  return {
    property: child.property,
    assemble: compileRecord(composition, child),
    // A list is there if it has rows, shown or not: `first: 0` shows none.
    isThere: (value, assembly, entity) =>
      Array.isArray(value) ? (resultOf(assembly, step).rows[entity]?.length ?? 0) > 0 : value !== null,
  };
}

/** A record without a row of its own is there if anything below it is. */
function withChildren(
  row: Assemble<Shown | null>,
  children: readonly Child[],
  empty: () => Shown,
): Assemble<Shown | null> {
  return (assembly, entity) => {
    const values = children.map(({ assemble }) => assemble(assembly, entity));
    const isAnyThere = () =>
      children.some(({ isThere }, position) => isThere(values[position], assembly, entity));
    const shown = row(assembly, entity) ?? (isAnyThere() ? empty() : null);
    if (shown) for (const [position, { property }] of children.entries()) shown[property] = values[position];
    return shown;
  };
}

interface Part {
  readonly step: number;
  readonly start: (row: FetchedRow, assembly: Assembly) => Shown;
  readonly fill: (shown: Shown, row: FetchedRow, assembly: Assembly) => void;
}

function compileParts(composition: Composition, record: RecordSelection): readonly Part[] {
  return record.parts
    .filter(({ guards }) => composition.isActive(guards))
    .map((part) => ({
      step: part.step,
      start: compileStart(composition, record, part),
      fill: compileFill(composition, part),
    }));
}

/** What the reads of a record brought, put together; nothing where one of them shows that the record is not one row. */
function compileRow(composition: Composition, record: RecordSelection): Assemble<Shown | null> {
  const parts = compileParts(composition, record);
  return (assembly, entity) => {
    let shown: Shown | null = null;
    let isAmbiguous = false;
    // Once for an entity, however many reads the record takes.
    let noted: Failure[] | undefined;
    for (const { step, start, fill } of parts) {
      const { rows, failures, ambiguous } = resultOf(assembly, step);
      const failure = failures.size > 0 ? failures.get(entity) : undefined;
      if (failure && !noted?.includes(failure)) {
        noted = [...(noted ?? []), failure];
        assembly.problems.add(record, failure);
      }
      isAmbiguous ||= ambiguous.size > 0 && ambiguous.has(entity);
      const row = rows[entity]?.[0];
      if (!row) continue;
      shown ??= start(row, assembly);
      fill(shown, row, assembly);
    }
    return isAmbiguous ? null : shown;
  };
}

/** No rows and rows out of scope are the same empty list; a list that is denied, could not be or was not read is null. */
function compileList(composition: Composition, record: RecordSelection): Assemble<unknown> {
  const [part] = compileParts(composition, record);
  if (!part) return () => null;
  const { step, start, fill } = part;
  return (assembly, entity) => {
    const { rows, failures } = resultOf(assembly, step);
    const failure = failures.get(entity);
    if (failure) {
      assembly.problems.add(record, failure);
      return null;
    }
    return limitRows(assembly, record, step, rows[entity] ?? []).map((row) => {
      const shown = start(row, assembly);
      fill(shown, row, assembly);
      return shown;
    });
  };
}

function limitRows(
  { level, onTruncated }: Assembly,
  { coordinate }: RecordSelection,
  step: number,
  rows: readonly FetchedRow[],
): readonly FetchedRow[] {
  const { first, mostRows = 0 } = level.bound.steps[step] ?? {};
  if (rows.length <= mostRows) return rows;
  if (first === undefined || mostRows < first) onTruncated(coordinate);
  return rows.slice(0, mostRows);
}

/** What the hub itself says of a record, as far as it is selected. */
function compileStart(
  { departments }: Composition,
  { typeName, department, says }: RecordSelection,
  part: RecordPart,
): Part['start'] {
  const title = departments.get(department) ?? department;
  return (row, assembly) => {
    const shown: Shown = { __typename: typeName };
    if (says.department) shown['department'] = title;
    if (says.source) shown['source'] = row.source;
    if (says.asOf) shown['asOf'] = asOf(assembly, part, row);
    if (says.readAt) shown['readAt'] = row.readAt;
    return shown;
  };
}

/** A record of which only what lies below it is there. */
function compileEmpty({ departments }: Composition, { typeName, department }: RecordSelection): () => Shown {
  const title = departments.get(department) ?? department;
  return () => ({ __typename: typeName, department: title, source: null, asOf: null, readAt: null });
}

function compileFill({ isActive }: Composition, part: RecordPart): Part['fill'] {
  const leaves = part.leaves.filter(({ guards }) => isActive(guards));
  const shapersOf = ofSource((source, today) => leaves.map((leaf) => compileShaper(leaf, source, today)));
  const embedded = part.embedded
    .filter(({ guards }) => isActive(guards))
    .map((selection) => compileEmbedded({ isActive }, selection));
  return (shown, row, assembly) => {
    const shapers = shapersOf(row.source, assembly.today);
    for (let index = 0; index < leaves.length; index++) {
      const leaf = leaves[index];
      const shape = shapers[index];
      if (leaf && shape) shown[leaf.property] = shape(row.values[leaf.column], assembly.notesOf(leaf));
    }
    for (const fill of embedded) fill(shown, row, assembly);
  };
}
