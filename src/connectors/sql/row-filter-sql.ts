import type { RowFilter } from '../connector.ts';
import { isUnaskable } from '../unaskable.ts';
import type { FilterText } from './sql-text.ts';

const never = 'FALSE';
const operators = { gte: '>=', gt: '>', lte: '<=', lt: '<' } as const;

/** A row filter as one condition, values as parameters. It agrees with `matchesFilter` on every row (tested on each engine). */
export function compileRowFilter(filter: RowFilter, text: FilterText): string {
  switch (filter.op) {
    case 'and':
      return join(filter.filters, 'AND', 'TRUE', text);
    case 'or':
      return join(filter.filters, 'OR', never, text);
    case 'eq':
      return compileEquals(filter.column, [filter.value], text);
    case 'in':
      return compileEquals(filter.column, filter.values, text);
    case 'prefix':
      return isUnaskable(filter.value) ? never : text.startsWith(filter.column, filter.value);
    case 'range':
      return compileRange(filter, text);
  }
}

function join(
  filters: readonly RowFilter[],
  operator: 'AND' | 'OR',
  ofNothing: string,
  text: FilterText,
): string {
  if (filters.length === 0) return ofNothing;
  return `(${filters.map((filter) => compileRowFilter(filter, text)).join(` ${operator} `)})`;
}

function compileEquals(column: string, values: readonly string[], text: FilterText): string {
  const askable = values.filter((value) => !isUnaskable(value));
  return askable.length === 0 ? never : text.equalsAny(column, askable);
}

function compileRange(filter: Extract<RowFilter, { op: 'range' }>, text: FilterText): string {
  const parts: string[] = [];
  for (const bound of ['gte', 'gt', 'lte', 'lt'] as const) {
    const value = filter[bound];
    if (value === undefined) continue;
    parts.push(isUnaskable(value) ? never : text.compares(filter.column, operators[bound], value));
  }
  return parts.length === 0 ? never : `(${parts.join(' AND ')})`;
}
