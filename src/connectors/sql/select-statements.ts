import type { ReadShape, RowFilter } from '../connector.ts';
import type { KeyBatch } from '../key-batch.ts';
import type { ReadLayout } from '../read-layout.ts';
import { compileSelect } from './compile-select.ts';
import { noRawColumns, type RawColumns } from './raw-text.ts';
import { sqlTarget } from './source-rows.ts';
import type { SqlParameter, SqlText } from './sql-text.ts';

export interface SqlStatement {
  readonly text: string;
  readonly values: readonly SqlParameter[];
}

/** How an engine writes a statement, and how it binds the keys of one column. */
export interface SqlEngine {
  createText(raw: RawColumns): SqlText;
  /** As `SqlText.hasKey` binds them, where nothing is read raw. */
  keyParameters(stored: readonly string[]): readonly SqlParameter[];
}

/** What a SQL driver makes of a shape. */
export interface PreparedSelect {
  readonly table: string;
  readonly layout: ReadLayout;
  statement(read: { readonly where?: RowFilter; readonly raw: RawColumns }, batch: KeyBatch): SqlStatement;
}

/** Where nothing but the keys differs between reads, the text is written once for each number of key parameters. */
export function prepareSelect(shape: ReadShape, layout: ReadLayout, engine: SqlEngine): PreparedSelect {
  const target = sqlTarget(shape);
  const known = new Map<number, SqlStatement>();
  const compile: PreparedSelect['statement'] = ({ where, raw }, batch) => {
    const text = engine.createText(raw);
    const statement = compileSelect(shape, { target, layout, ...(where ? { where } : {}) }, batch, text);
    return { text: statement, values: text.parameters };
  };
  return {
    table: target.table,
    layout,
    statement(read, batch) {
      const [stored, ...more] = batch.stored;
      if (read.where || read.raw !== noRawColumns || !stored || more.length > 0) return compile(read, batch);
      const keys = engine.keyParameters(stored);
      const written = known.get(keys.length);
      if (written) return { text: written.text, values: [...keys, ...written.values] };
      const { text, values } = compile(read, batch);
      // The keys come first; what follows is the same for all.
      known.set(keys.length, { text, values: values.slice(keys.length) });
      return { text, values };
    },
  };
}
