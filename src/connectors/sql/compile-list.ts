import type { CountRequest, ListRequest, SqlTarget } from '../connector.ts';
import type { ReadLayout } from '../read-layout.ts';
import { compileRowFilter } from './row-filter-sql.ts';
import type { SqlText } from './sql-text.ts';

/** One page of a register: the permitted columns, the key column, and behind them the position of the row. */
export function compileList(
  request: ListRequest,
  target: SqlTarget,
  layout: ReadLayout,
  text: SqlText,
): string {
  const keyset = text.keyset(request.keyColumn.column);
  const selected = [...layout.selected.map((column) => text.selected(column)), keyset.position];
  const conditions = entryConditions(request, text);
  if (request.after !== undefined) conditions.push(keyset.after(request.after));
  return (
    `SELECT ${selected.join(', ')} FROM ${text.table(target.table)} WHERE ${conditions.join(' AND ')} ` +
    `ORDER BY ${keyset.order} ${text.limit(request.limit)}`
  );
}

export function compileCount(request: CountRequest, target: SqlTarget, text: SqlText): string {
  return `SELECT COUNT(*) FROM ${text.table(target.table)} WHERE ${entryConditions(request, text).join(' AND ')}`;
}

function entryConditions({ keyColumn, where }: CountRequest, text: SqlText): string[] {
  const { isEntry } = text.keyset(keyColumn.column);
  return where ? [isEntry, compileRowFilter(where, text.filter)] : [isEntry];
}
