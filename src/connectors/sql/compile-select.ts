import type { ReadRequest, SqlTarget } from '../connector.ts';
import type { KeyBatch } from '../key-batch.ts';
import type { ReadLayout } from '../read-layout.ts';
import { compileRowFilter } from './row-filter-sql.ts';
import type { SqlText } from './sql-text.ts';

/**
 * One statement for one batch of keys: the permitted columns and the key columns, nothing else. Rows come in the requested order.
 *
 * For lists the engine itself cuts what is more than `maxRowsPerKey`. For ONE there is no cut: one row per key is what is there, and
 * copies of it must not hide a second person's row.
 */
export function compileSelect(
  request: ReadRequest,
  target: SqlTarget,
  layout: ReadLayout,
  batch: KeyBatch,
  text: SqlText,
): string {
  const keyColumns = request.keyColumns.map(({ column }) => column);
  const conditions = [text.hasKey(keyColumns, batch.stored)];
  if (request.where) conditions.push(compileRowFilter(request.where, text.filter));
  const rows = `FROM ${text.table(target.table)} WHERE ${conditions.join(' AND ')}`;
  const order = request.order.map(({ column, direction }) => text.sorted(text.column(column), direction));
  if (request.rows !== 'ONE') return cutPerKey(request, layout, text, { rows, order });
  const selected = layout.selected.map((column) => text.selected(column));
  return `SELECT ${selected.join(', ')} ${rows}${orderBy(order)}`;
}

/** Ranked inside, cut and sorted outside; the order columns travel under names of ours and are not in the answer. */
function cutPerKey(
  request: ReadRequest,
  layout: ReadLayout,
  text: SqlText,
  parts: { readonly rows: string; readonly order: readonly string[] },
): string {
  const names = layout.selected.map((_, position) => `c${position}`);
  const inner = layout.selected.map((column, position) => `${text.selected(column)} AS c${position}`);
  const orderNames = request.order.map(({ column }, position) => `${text.column(column)} AS o${position}`);
  const keys = request.keyColumns.map(({ column }) => text.column(column)).join(', ');
  const rank = `ROW_NUMBER() OVER (PARTITION BY ${keys}${orderBy(parts.order)}) AS r`;
  const outerOrder = request.order.map(({ direction }, position) => text.sorted(`o${position}`, direction));
  return (
    `SELECT ${names.join(', ')} FROM (SELECT ${[...inner, ...orderNames, rank].join(', ')} ${parts.rows}) AS q ` +
    `WHERE r <= ${text.rowCount(request.maxRowsPerKey)}${orderBy(outerOrder)}`
  );
}

function orderBy(order: readonly string[]): string {
  return order.length === 0 ? '' : ` ORDER BY ${order.join(', ')}`;
}
