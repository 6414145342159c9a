import type { ColumnMapping } from '../contract/graph.ts';
import { findMask } from '../mask/mask-value.ts';
import { type Guards, type Leaf, mappingFor, type RecordPart } from '../plan/plan.ts';
import { compileDecoder, type DecodeNotes, type Decoder, type Value } from './decode-value.ts';

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
  /** The leaves of a part that are selected. */
  cells(part: RecordPart, source: string): readonly Cell[];
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
  const of = rememberBySource((leaf: Leaf, source) => compileShaper(leaf, source, options));
  const cells = rememberBySource((part: RecordPart, source) =>
    part.leaves
      .filter(({ guards }) => options.isActive(guards))
      .map((leaf): Cell => ({ property: leaf.property, column: leaf.column, shape: of(leaf, source) })),
  );
  const updates = new Map<ColumnMapping, Decoder>();
  const asOf = (mapping: ColumnMapping): Decoder => {
    const decoder = updates.get(mapping) ?? compileDecoder(asOfField, mapping, options.today);
    updates.set(mapping, decoder);
    return decoder;
  };
  return { of, cells, asOf };
}

function rememberBySource<Key extends object, Made>(
  make: (key: Key, source: string) => Made,
): (key: Key, source: string) => Made {
  const known = new Map<Key, Map<string, Made>>();
  return (key, source) => {
    const found = known.get(key)?.get(source);
    if (found !== undefined) return found;
    const made = make(key, source);
    known.set(key, (known.get(key) ?? new Map<string, Made>()).set(source, made));
    return made;
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
  const decode = compileDecoder(leaf.field, mapping, today);
  const notes = notesOf(leaf);
  if (leaf.mask === undefined) return (raw) => decode(raw, notes);
  const mask = findMask(leaf.mask);
  return (raw) => {
    const value = decode(raw, notes);
    return mask && (typeof value === 'string' || typeof value === 'number') ? mask(value) : null;
  };
}
