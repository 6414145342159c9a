import type { ColumnCharsets } from '../charset.ts';
import type { KeyColumn, RowFilter } from '../connector.ts';
import type { Deadline } from '../deadline.ts';
import type { ReadLayout } from '../read-layout.ts';
import { filterColumns } from '../row-filter-memory.ts';
import { noRawColumns, type RawColumns } from './raw-text.ts';

/**
 * Which columns of a table are text. A source's character set is declared for all its text columns, and reading a number or a date as
 * raw bytes would lose what it is; so the catalogue is asked, once per table, and only by reads that need it.
 */
export interface TextColumns {
  of(
    table: string,
    request: TouchedColumns,
    layout: ReadLayout,
    deadline: Deadline,
  ): Promise<RawColumns> | RawColumns;
}

export interface TouchedColumns {
  readonly where?: RowFilter | undefined;
  readonly keyColumns: readonly KeyColumn[];
}

/** Text column → the database's own name of its character set or collation ('' where the engine needs none). */
export type TextColumnList = ReadonlyMap<string, string>;

export function createTextColumns(
  charsets: ColumnCharsets,
  list: (table: string, deadline: Deadline) => Promise<TextColumnList>,
  /** Reads for which the engine needs to know, besides those of columns with a character set of their own. */
  isNeeded: (request: TouchedColumns) => boolean = () => false,
): TextColumns {
  const known = new Map<string, TextColumnList>();

  const load = async (table: string, deadline: Deadline): Promise<RawColumns> => {
    const columns = known.get(table) ?? (await list(table, deadline));
    known.set(table, columns);
    return {
      charsetOf: (column) => (columns.has(column) ? charsets.of(column) : undefined),
      storedAs: (column) => columns.get(column),
    };
  };

  return {
    of: (table, request, layout, deadline) => {
      const touched = request.where ? [...layout.selected, ...filterColumns(request.where)] : layout.selected;
      const hasOwn = touched.some((column) => charsets.of(column) !== undefined);
      return hasOwn || isNeeded(request) ? load(table, deadline) : noRawColumns;
    },
  };
}
