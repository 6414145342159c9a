import type { EmbeddedSelection, Leaf } from '../plan/plan.ts';
import type { Assembly, Shown } from './assembly.ts';
import { ofLastSource, type Shaper } from './shape-leaf.ts';
import type { FetchedRow } from './step-state.ts';

/** Puts a nested object or list of a row in, beside what other reads of the row brought of it. */
export function compileEmbedded(
  assembly: Assembly,
  embedded: EmbeddedSelection,
): (shown: Shown, row: FetchedRow) => void {
  const read = compileValue(assembly, embedded);
  return (shown, row) => {
    const value = read(row.source, (leaf) => row.values[leaf.column]);
    shown[embedded.property] = mergeParts(shown[embedded.property], value);
  };
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
type ReadValue = (source: string, rawOf: RawOf) => unknown;

function compileValue(assembly: Assembly, embedded: EmbeddedSelection): ReadValue {
  const readObject = compileObject(assembly, embedded);
  return embedded.isList ? compileList(embedded, readObject) : readObject;
}

/** Null where nothing of the object is stored. */
function compileObject(assembly: Assembly, embedded: EmbeddedSelection): ReadValue {
  const leaves = embedded.leaves
    .filter(({ guards }) => assembly.isActive(guards))
    .map((leaf) => ({ leaf, shaperOf: ofLastSource((source): Shaper => assembly.shapers.of(leaf, source)) }));
  const nested = embedded.embedded
    .filter(({ guards }) => assembly.isActive(guards))
    .map((inner) => ({ property: inner.property, read: compileValue(assembly, inner) }));
  return (source, rawOf) => {
    const shown: Shown = { __typename: embedded.typeName };
    let isPresent = false;
    for (const { leaf, shaperOf } of leaves) {
      const raw = rawOf(leaf);
      isPresent ||= raw !== null && raw !== undefined;
      shown[leaf.property] = shaperOf(source)(raw);
    }
    for (const { property, read } of nested) {
      const value = read(source, rawOf);
      isPresent ||= value !== null;
      shown[property] = value;
    }
    return isPresent ? shown : null;
  };
}

/** The columns of a list's leaves are aligned by item. */
function compileList(embedded: EmbeddedSelection, readItem: ReadValue): ReadValue {
  const leaves = leavesOf(embedded);
  return (source, rawOf) => {
    const columns = leaves.map(rawOf).filter((column) => Array.isArray(column));
    if (columns.length === 0) return null;
    const length = Math.max(...columns.map((column) => column.length));
    return Array.from({ length }, (_, item) =>
      readItem(source, (leaf) => {
        const column = rawOf(leaf);
        return Array.isArray(column) ? column[item] : undefined;
      }),
    ).filter((item) => item !== null);
  };
}

function leavesOf(embedded: EmbeddedSelection): readonly Leaf[] {
  return [...embedded.leaves, ...embedded.embedded.flatMap(leavesOf)];
}
