import type { ColumnMapping, ValueFormat } from '../contract/graph.ts';

/**
 * The stored values that mean a hub value, for filters that the source applies itself: several where codes are collapsed.
 * Undefined where it cannot be expressed, which the caller must treat as matching nothing.
 */
export function encodeValue(
  mapping: ColumnMapping,
  value: string | number | boolean,
): readonly string[] | undefined {
  if (mapping.codes) {
    const codes = Object.entries(mapping.codes).filter(([, meaning]) => meaning === value);
    return codes.length > 0 ? codes.map(([code]) => code) : undefined;
  }
  if (!mapping.format) return [String(value)];
  const stored = typeof value === 'string' ? encoders[mapping.format]?.(value) : undefined;
  return stored === undefined ? undefined : [stored];
}

/** Only formats whose text order is the order of time may be compared. */
const encoders: Partial<Readonly<Record<ValueFormat, (value: string) => string | undefined>>> = {
  yyyyMMdd: (value) => (isDate(value) ? value.replaceAll('-', '') : undefined),
  'yyyy-MM-dd': (value) => (isDate(value) ? value : undefined),
  yyyyMM: (value) => (isMonth(value) ? value.replace('-', '') : undefined),
  'yyyy-MM': (value) => (isMonth(value) ? value : undefined),
};

function isDate(value: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(value);
}

function isMonth(value: string): boolean {
  return /^\d{4}-\d{2}$/.test(value);
}
