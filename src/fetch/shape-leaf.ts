import type { ColumnMapping } from '../contract/graph.ts';
import { findMask } from '../mask/mask-value.ts';
import { type Leaf, mappingFor } from '../plan/plan.ts';
import { type Decoder, decoderOf } from './decode-value.ts';

/** Turns the stored values of a leaf into those that are shown. */
export type Shaper = Decoder;

/** What depends on source and day alone is made once and kept until either is another: nearly every row is of the same. */
export function ofSource<Made>(
  make: (source: string, today: string) => Made,
): (source: string, today: string) => Made {
  let last: { readonly source: string; readonly today: string; readonly made: Made } | undefined;
  return (source, today) => {
    if (last?.source !== source || last.today !== today) last = { source, today, made: make(source, today) };
    return last.made;
  };
}

/** THE line that masks: a marked value is masked in the same step that decodes it, and its clear form is kept nowhere. */
export function compileShaper(leaf: Leaf, source: string, today: string): Shaper {
  const mapping = mappingFor(leaf.field, source);
  if (!mapping) return () => null;
  const decode = decoderOf(leaf.field, mapping, today);
  if (leaf.mask === undefined) return decode;
  const mask = findMask(leaf.mask);
  return (raw, notes) => {
    const value = decode(raw, notes);
    return mask && (typeof value === 'string' || typeof value === 'number') ? mask(value) : null;
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

/** Of a row's own update time. */
export function shapeAsOf(mapping: ColumnMapping, today: string): Shaper {
  return decoderOf(asOfField, mapping, today);
}
