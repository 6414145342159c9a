import type { ReadShape, RowFilter, SqlTarget } from '../connector.ts';
import type { KeyBatch } from '../key-batch.ts';
import type { ReadLayout } from '../read-layout.ts';
import { compileRowFilter } from './row-filter-sql.ts';
import type { SqlText } from './sql-text.ts';

export interface SelectRead {
  readonly target: SqlTarget;
  readonly layout: ReadLayout;
  readonly where?: RowFilter;
  readonly cut: RowCut;
}

/** The engine gives no more rows than these: of the whole statement, or of each stored key. */
export type RowCut = { readonly all: number } | { readonly perKey: number };

/** One statement for one batch of keys: the permitted columns and the key columns, nothing else. Rows come in the requested order. */
export function compileSelect(
  shape: ReadShape,
  { target, layout, where, cut }: SelectRead,
  batch: KeyBatch,
  text: SqlText,
): string {
  const keyColumns = shape.keyColumns.map(({ column }) => column);
  const conditions = [text.hasKey(keyColumns, batch.stored)];
  if (where) conditions.push(compileRowFilter(where, text.filter));
  const rows = `FROM ${text.table(target.table)} WHERE ${conditions.join(' AND ')}`;
  const order = shape.order.map(({ column, direction }) => text.sorted(text.column(column), direction));
  if ('perKey' in cut) return cutPerKey(shape, layout, text, { rows, order, maxRows: cut.perKey });
  const selected = layout.selected.map((column) => text.selected(column));
  return `SELECT ${selected.join(', ')} ${rows}${orderBy(order)} ${text.limit(cut.all)}`;
}

/** Ranked inside, cut and sorted outside; the order columns travel under names of ours and are not in the answer. */
function cutPerKey(
  shape: ReadShape,
  layout: ReadLayout,
  text: SqlText,
  parts: { readonly rows: string; readonly order: readonly string[]; readonly maxRows: number },
): string {
  const names = layout.selected.map((_, position) => `c${position}`);
  const inner = layout.selected.map((column, position) => `${text.selected(column)} AS c${position}`);
  const orderNames = shape.order.map(({ column }, position) => `${text.column(column)} AS o${position}`);
  const keys = shape.keyColumns.map(({ column }) => text.column(column)).join(', ');
  const rank = `ROW_NUMBER() OVER (PARTITION BY ${keys}${orderBy(parts.order)}) AS r`;
  const outerOrder = shape.order.map(({ direction }, position) => text.sorted(`o${position}`, direction));
  return (
    `SELECT ${names.join(', ')} FROM (SELECT ${[...inner, ...orderNames, rank].join(', ')} ${parts.rows}) AS q ` +
    `WHERE r <= ${text.rowCount(parts.maxRows)}${orderBy(outerOrder)}`
  );
}

function orderBy(order: readonly string[]): string {
  return order.length === 0 ? '' : ` ORDER BY ${order.join(', ')}`;
}
