import { createColumnCharsets } from '../charset.ts';
import type {
  ConnectorObserver,
  CountRequest,
  ListRequest,
  ProbeResult,
  ReadRequest,
  ReadShape,
  SourceSettings,
} from '../connector.ts';
import type { Deadline } from '../deadline.ts';
import type { KeyBatch } from '../key-batch.ts';
import { planLayout, type ReadLayout } from '../read-layout.ts';
import type { PreparedShape, SourceDriver, SourceRows } from '../source-driver.ts';
import { SourceFailure } from '../source-failure.ts';
import { compileCount, compileList } from '../sql/compile-list.ts';
import { createKeyShapes, type KeyShapes } from '../sql/key-shapes.ts';
import { decodeRawColumns } from '../sql/raw-text.ts';
import { type PreparedSelect, prepareSelect } from '../sql/select-statements.ts';
import { readCount, sqlTarget, toSourceRows } from '../sql/source-rows.ts';
import type { SqlConnection } from '../sql/sql-connection.ts';
import { keepStorable } from '../sql/storable-keys.ts';
import { createTextColumns, type TextColumnList, type TextColumns } from '../sql/text-columns.ts';
import { probeMysql } from './mysql-probe.ts';
import { createMysqlSessions, type MysqlSessions } from './mysql-sessions.ts';
import { createMysqlText, mysqlEngine } from './mysql-text.ts';
import { keyShapeOf, settleValues } from './mysql-values.ts';

/** A prepared statement takes 65,535 parameters. Some are the filter's, and keys are filled up to a power of two. */
const maxParameters = 32_768;

/** MySQL and MariaDB over `mysql2`: one prepared statement per batch. */
export class MysqlDriver implements SourceDriver {
  readonly kind = 'mysql';
  readonly #settings: SourceSettings;
  readonly #sessions: MysqlSessions;
  readonly #shapes: KeyShapes = createKeyShapes();
  readonly #textColumns: TextColumns;

  constructor(
    settings: SourceSettings,
    connection: SqlConnection,
    poolSize: number,
    observer: ConnectorObserver,
  ) {
    this.#settings = settings;
    this.#sessions = createMysqlSessions(settings, connection, poolSize, observer);
    this.#textColumns = createTextColumns(
      createColumnCharsets(settings),
      (table, deadline) => this.#listTextColumns(table, deadline),
      ({ keyColumns }) => keyColumns.some(({ forms }) => forms.includes('FULL_WIDTH')),
    );
  }

  prepare(shape: ReadShape, layout: ReadLayout): PreparedShape {
    const { keyColumns } = shape;
    const select = prepareSelect(shape, layout, mysqlEngine, this.#settings.batch);
    // Composite keys name each part twice.
    const parameters = keyColumns.length === 1 ? 1 : 2 * keyColumns.length;
    return {
      limits: {
        maxKeys: this.#settings.batch,
        maxForms: 2 ** Math.floor(Math.log2(maxParameters / parameters)),
      },
      keyShapes: () => keyColumns.map(({ column }) => this.#shapes.of(select.table, column)),
      prepareRead: (request) => (batch, deadline) => this.#call(request, select, batch, deadline),
    };
  }

  async list(request: ListRequest, layout: ReadLayout, deadline: Deadline): Promise<SourceRows> {
    const target = sqlTarget(request);
    const touched = { ...request, keyColumns: [request.keyColumn] };
    const raw = await this.#textColumns.of(target.table, touched, layout, deadline);
    const text = createMysqlText(raw);
    const statement = compileList(request, target, layout, text);
    const { rows, fields } = await this.#sessions.execute(statement, text.parameters, deadline);
    return toSourceRows(rows, settleValues(rows, fields) + decodeRawColumns(rows, layout, raw));
  }

  async count(request: CountRequest, deadline: Deadline): Promise<number> {
    const target = sqlTarget(request);
    const touched = { ...request, keyColumns: [request.keyColumn] };
    const layout = planLayout({ ...touched, columns: [] });
    const raw = await this.#textColumns.of(target.table, touched, layout, deadline);
    const text = createMysqlText(raw);
    const statement = compileCount(request, target, text);
    const { rows } = await this.#sessions.execute(statement, text.parameters, deadline);
    return readCount(rows);
  }

  probe(deadline: Deadline): Promise<ProbeResult> {
    return probeMysql(async (text) => (await this.#sessions.execute(text, [], deadline)).rows);
  }

  close(): Promise<void> {
    return this.#sessions.close();
  }

  async #call(
    { shape, where }: ReadRequest,
    select: PreparedSelect,
    batch: KeyBatch,
    deadline: Deadline,
  ): Promise<SourceRows> {
    const touched = { keyColumns: shape.keyColumns, where };
    const { layout, table } = select;
    const raw = await this.#textColumns.of(table, touched, layout, deadline);
    const shapes = shape.keyColumns.map(({ column }) => this.#shapes.of(table, column));
    const { answer, reads } = await select.run(
      { where, raw },
      keepStorable(batch, shapes),
      ({ text, values }) => this.#sessions.execute(text, values, deadline),
    );
    const { rows, fields } = answer;
    for (const position of layout.keyAt) {
      const [column, field] = [layout.selected[position], fields[position]];
      if (column !== undefined && field && raw.charsetOf(column) === undefined)
        this.#shapes.learn(table, column, keyShapeOf(field));
    }
    return toSourceRows(rows, settleValues(rows, fields) + decodeRawColumns(rows, layout, raw), reads);
  }

  async #listTextColumns(table: string, deadline: Deadline): Promise<TextColumnList> {
    const [name = '', schema] = table.split('.').reverse();
    const text = `SELECT column_name, COALESCE(collation_name, 'binary') FROM information_schema.columns
      WHERE table_schema = COALESCE(?, DATABASE()) AND table_name = ?
        AND (collation_name IS NOT NULL OR data_type LIKE '%binary' OR data_type LIKE '%blob')`;
    const { rows } = await this.#sessions.execute(text, [schema ?? null, name], deadline);
    return new Map(rows.map(([column, collation]) => [String(column), collationName(collation)]));
  }
}

/** It becomes part of statements, so a server does not choose its form. */
function collationName(name: unknown): string {
  if (typeof name === 'string' && /^[a-z0-9]+(_[a-z0-9]+)*$/i.test(name)) return name;
  throw new SourceFailure('fault', 'catalogue names an impossible collation');
}
