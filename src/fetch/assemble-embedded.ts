import type { EmbeddedSelection, Leaf } from '../plan/plan.ts';
import type { Assembly, Composition, Shown } from './assembly.ts';
import { compileShaper, ofSource } from './shape-leaf.ts';
import type { FetchedRow } from './step-state.ts';

/** Puts a nested object or list of a row in, beside what other reads of the row brought of it. */
export function compileEmbedded(
  composition: Pick<Composition, 'isActive'>,
  embedded: EmbeddedSelection,
): (shown: Shown, row: FetchedRow, assembly: Assembly) => void {
  const read = compileValue(composition, embedded);
  return (shown, row, assembly) => {
    const value = read(assembly, row.source, (leaf) => row.values[leaf.column]);
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
type ReadValue = (assembly: Assembly, source: string, rawOf: RawOf) => unknown;

function compileValue(composition: Pick<Composition, 'isActive'>, embedded: EmbeddedSelection): ReadValue {
  const readObject = compileObject(composition, embedded);
  return embedded.isList ? compileList(embedded, readObject) : readObject;
}

/** Null where nothing of the object is stored. */
function compileObject(composition: Pick<Composition, 'isActive'>, embedded: EmbeddedSelection): ReadValue {
  const { isActive } = composition;
  const leaves = embedded.leaves
    .filter(({ guards }) => isActive(guards))
    .map((leaf) => ({ leaf, shaperOf: ofSource((source, today) => compileShaper(leaf, source, today)) }));
  const nested = embedded.embedded
    .filter(({ guards }) => isActive(guards))
    .map((inner) => ({ property: inner.property, read: compileValue(composition, inner) }));
  return (assembly, source, rawOf) => {
    const shown: Shown = { __typename: embedded.typeName };
    let isPresent = false;
    for (const { leaf, shaperOf } of leaves) {
      const raw = rawOf(leaf);
      isPresent ||= raw !== null && raw !== undefined;
      shown[leaf.property] = shaperOf(source, assembly.today)(raw, assembly.notesOf(leaf));
    }
    for (const { property, read } of nested) {
      const value = read(assembly, source, rawOf);
      isPresent ||= value !== null;
      shown[property] = value;
    }
    return isPresent ? shown : null;
  };
}

/** The columns of a list's leaves are aligned by item. */
function compileList(embedded: EmbeddedSelection, readItem: ReadValue): ReadValue {
  const leaves = leavesOf(embedded);
  return (assembly, source, rawOf) => {
    const columns = leaves.map(rawOf).filter((column) => Array.isArray(column));
    if (columns.length === 0) return null;
    const length = Math.max(...columns.map((column) => column.length));
    return Array.from({ length }, (_, item) =>
      readItem(assembly, source, (leaf) => {
        const column = rawOf(leaf);
        return Array.isArray(column) ? column[item] : undefined;
      }),
    ).filter((item) => item !== null);
  };
}

function leavesOf(embedded: EmbeddedSelection): readonly Leaf[] {
  return [...embedded.leaves, ...embedded.embedded.flatMap(leavesOf)];
}
