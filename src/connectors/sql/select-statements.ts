import { maxCopies, type ReadShape, type RowFilter } from '../connector.ts';
import type { KeyBatch } from '../key-batch.ts';
import type { ReadLayout } from '../read-layout.ts';
import { compileSelect, type RowCut } from './compile-select.ts';
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
  /**
   * Asks one batch, by one statement; by a second one where the first brought more rows than there can be if each key has one. Then the
   * engine cuts by key, so that nobody's flood takes the others' rows.
   */
  run<A extends { readonly rows: readonly unknown[] }>(
    read: SelectRest,
    batch: KeyBatch,
    send: (statement: SqlStatement) => Promise<A>,
  ): Promise<{ readonly answer: A; readonly reads: number }>;
}

/** What may differ between reads of one shape, besides the keys. */
export interface SelectRest {
  readonly where?: RowFilter | undefined;
  readonly raw: RawColumns;
}

/** `maxKeys`: in one batch. */
export function prepareSelect(
  shape: ReadShape,
  layout: ReadLayout,
  engine: SqlEngine,
  maxKeys: number,
): PreparedSelect {
  const { table } = sqlTarget(shape);
  const cut = cutOf(shape, maxKeys);
  const write = createWriter(shape, layout, engine, cut);
  const writeCutByKey = createWriter(shape, layout, engine, { perKey: maxCopies + 1 });
  return {
    table,
    layout,
    async run(read, batch, send) {
      const answer = await send(write(read, batch));
      if (!('all' in cut) || answer.rows.length < cut.all) return { answer, reads: 1 };
      return { answer: await send(writeCutByKey(read, batch)), reads: 2 };
    },
  };
}

/** Lists are bounded by their declared size. Where one row was declared there is at most one for each key, and some copies. */
export function cutOf({ rows, maxRowsPerKey }: ReadShape, maxKeys: number): RowCut {
  return rows === 'ONE' ? { all: 2 * maxKeys + maxCopies } : { perKey: maxRowsPerKey };
}

/** Where nothing but the keys differs between reads, the text is written once for each number of key parameters. */
function createWriter(
  shape: ReadShape,
  layout: ReadLayout,
  engine: SqlEngine,
  cut: RowCut,
): (read: SelectRest, batch: KeyBatch) => SqlStatement {
  const target = sqlTarget(shape);
  const known = new Map<number, SqlStatement>();
  const compile = ({ where, raw }: SelectRest, batch: KeyBatch): SqlStatement => {
    const text = engine.createText(raw);
    const statement = compileSelect(shape, { target, layout, cut, ...(where ? { where } : {}) }, batch, text);
    return { text: statement, values: text.parameters };
  };
  return (read, batch) => {
    const [stored, ...more] = batch.stored;
    if (read.where || read.raw !== noRawColumns || !stored || more.length > 0) return compile(read, batch);
    const keys = engine.keyParameters(stored);
    const written = known.get(keys.length);
    if (written) return { text: written.text, values: [...keys, ...written.values] };
    const { text, values } = compile(read, batch);
    // The keys come first; what follows is the same for all.
    known.set(keys.length, { text, values: values.slice(keys.length) });
    return { text, values };
  };
}
