import type { ColumnMapping } from '../contract/graph.ts';
import { findMask } from '../mask/mask-value.ts';
import { type Guards, type Leaf, mappingFor } from '../plan/plan.ts';
import { type DecodeNotes, type Decoder, decoderOf, type Value } from './decode-value.ts';

/** Turns a stored value into the one that is shown. */
export type Shaper = (raw: unknown) => Value | null;

/** A leaf of a row, ready to be shown. */
export interface Cell {
  readonly property: string;
  readonly column: number;
  readonly shape: Shaper;
}

/** Whatever depends on plan and source alone, compiled once for a request and not once for each row. */
export interface Shapers {
  of(leaf: Leaf, source: string): Shaper;
  /** The leaves that are selected. */
  cells(leaves: readonly Leaf[], source: string): readonly Cell[];
  /** Of a row's own update time. */
  asOf(mapping: ColumnMapping): Decoder;
}

export interface ShaperOptions {
  readonly today: string;
  readonly isActive: (guards: Guards) => boolean;
  /** Hears of stored values that cannot be shown, for the leaf that they are of. */
  readonly notesOf: (leaf: Leaf) => DecodeNotes;
}

export function createShapers(options: ShaperOptions): Shapers {
  const of = (leaf: Leaf, source: string) => compileShaper(leaf, source, options);
  return {
    of,
    cells: (leaves, source) =>
      leaves
        .filter(({ guards }) => options.isActive(guards))
        .map((leaf) => ({ property: leaf.property, column: leaf.column, shape: of(leaf, source) })),
    asOf: (mapping) => decoderOf(asOfField, mapping, options.today),
  };
}

/** What is made for a source is kept as long as the next row is of the same one. */
export function ofLastSource<Made>(make: (source: string) => Made): (source: string) => Made {
  let last: { readonly source: string; readonly made: Made } | undefined;
  return (source) => {
    if (last?.source !== source) last = { source, made: make(source) };
    return last.made;
  };
}

const asOfField = Object.freeze({
  kind: 'column',
  coordinate: 'RecordSection.asOf',
  parentType: 'RecordSection',
  name: 'asOf',
  typeName: 'DateTime',
  department: '',
  columns: {},
  isFilterable: false,
} as const);

/** THE line that masks: a marked value is masked in the same step that decodes it, and its clear form is kept nowhere. */
function compileShaper(leaf: Leaf, source: string, { today, notesOf }: ShaperOptions): Shaper {
  const mapping = mappingFor(leaf.field, source);
  if (!mapping) return () => null;
  const decode = decoderOf(leaf.field, mapping, today);
  const notes = notesOf(leaf);
  if (leaf.mask === undefined) return (raw) => decode(raw, notes);
  const mask = findMask(leaf.mask);
  return (raw) => {
    const value = decode(raw, notes);
    return mask && (typeof value === 'string' || typeof value === 'number') ? mask(value) : null;
  };
}
