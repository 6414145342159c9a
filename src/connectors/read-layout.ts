import type { ReadShape } from './connector.ts';

/** Where things are in a source's row: the asked columns first, then the key columns that are not among them. */
export interface ReadLayout {
  readonly selected: readonly string[];
  /** Positions of the key columns in `selected`. */
  readonly keyAt: readonly number[];
  /** How many of `selected` are the shape's own columns. */
  readonly width: number;
}

export function planLayout(shape: Pick<ReadShape, 'columns' | 'keyColumns'>): ReadLayout {
  const selected = [...shape.columns];
  const keyAt = shape.keyColumns.map(({ column }) => {
    const position = selected.indexOf(column);
    return position >= 0 ? position : selected.push(column) - 1;
  });
  return { selected, keyAt, width: shape.columns.length };
}
