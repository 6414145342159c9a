import { findMask } from '../mask/mask-value.ts';
import { type Leaf, mappingFor } from '../plan/plan.ts';
import { compileDecoder, type DecodeNotes, type Value } from './decode-value.ts';

/** Turns a stored value into the one that is shown. */
export type Shaper = (raw: unknown, notes: DecodeNotes) => Value | null;

/** Shapers of the leaves of one request, by leaf and source. */
export interface Shapers {
  of(leaf: Leaf, source: string): Shaper;
}

export function createShapers(today: string): Shapers {
  const shapers = new Map<Leaf, Map<string, Shaper>>();
  return {
    of(leaf, source) {
      let bySource = shapers.get(leaf);
      if (!bySource) {
        bySource = new Map();
        shapers.set(leaf, bySource);
      }
      let shaper = bySource.get(source);
      if (!shaper) {
        shaper = compileShaper(leaf, source, today);
        bySource.set(source, shaper);
      }
      return shaper;
    },
  };
}

/** THE line that masks: a marked value is masked in the same step that decodes it, and its clear form is kept nowhere. */
function compileShaper(leaf: Leaf, source: string, today: string): Shaper {
  const mapping = mappingFor(leaf.field, source);
  if (!mapping) return () => null;
  const decode = compileDecoder(leaf.field, mapping, today);
  if (leaf.mask === undefined) return decode;
  const mask = findMask(leaf.mask);
  return (raw, notes) => {
    const value = decode(raw, notes);
    return mask && (typeof value === 'string' || typeof value === 'number') ? mask(value) : null;
  };
}
