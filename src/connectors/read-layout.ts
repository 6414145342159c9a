import type { ReadRequest } from './connector.ts';

/** Where things are in a source's row: the asked columns first, then the key columns that are not among them. */
export interface ReadLayout {
  readonly selected: readonly string[];
  /** Positions of the key columns in `selected`. */
  readonly keyAt: readonly number[];
  /** How many of `selected` are the request's own columns. */
  readonly width: number;
}

export function planLayout(request: Pick<ReadRequest, 'columns' | 'keyColumns'>): ReadLayout {
  const selected = [...request.columns];
  const keyAt = request.keyColumns.map(({ column }) => {
    const position = selected.indexOf(column);
    return position >= 0 ? position : selected.push(column) - 1;
  });
  return { selected, keyAt, width: request.columns.length };
}
