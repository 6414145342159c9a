import type { MaskKind } from '../contract/graph.ts';

/**
 * Types of fields on which a mask makes sense, as contracts have it too. Other combinations are
 * refused in documents and denied in decisions.
 */
const fittingTypes: Readonly<Record<MaskKind, readonly string[]>> = {
  NAME: ['String', 'ID'],
  CITIZEN_ID: ['String', 'ID'],
  PHONE: ['String', 'ID'],
  ADDRESS: ['String', 'ID'],
  REDACT: ['String', 'ID'],
  YEAR: ['Date'],
  YEAR_MONTH: ['Date'],
  BAND: ['Int', 'Float'],
};

/** Is `mask` a mask, and one for fields of this type? */
export function isFittingMask(mask: string, typeName: string): mask is MaskKind {
  return isMask(mask) && fittingTypes[mask].includes(typeName);
}

export function isMask(mask: string): mask is MaskKind {
  return Object.hasOwn(fittingTypes, mask);
}

/**
 * One mask that shows no more than each of these. `YEAR` is stricter than `YEAR_MONTH`; two masks of text that show
 * different parts (the surname, the last digits) have nothing in common, so nothing is shown. At least one must be given, all
 * fitting the same field.
 */
export function strictestMask(masks: readonly string[]): string {
  const [first, ...others] = [...new Set(masks)];
  if (first === undefined) throw new TypeError('strictestMask expects at least one mask');
  if (others.length === 0) return first;
  return masks.every((mask) => mask === 'YEAR' || mask === 'YEAR_MONTH') ? 'YEAR' : 'REDACT';
}
