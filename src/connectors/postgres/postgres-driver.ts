import type pg from 'pg';
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
import { compileCount, compileList } from '../sql/compile-list.ts';
import { createKeyShapes, type KeyShapes } from '../sql/key-shapes.ts';
import { decodeRawColumns } from '../sql/raw-text.ts';
import { type PreparedSelect, prepareSelect, type SqlStatement } from '../sql/select-statements.ts';
import { readCount, sqlTarget, toSourceRows } from '../sql/source-rows.ts';
import type { SqlConnection } from '../sql/sql-connection.ts';
import { quoteTable } from '../sql/sql-text.ts';
import { keepStorable } from '../sql/storable-keys.ts';
import { createTextColumns, type TextColumnList, type TextColumns } from '../sql/text-columns.ts';
import { isStaleStatement, isUnfitValue, isUnknownStatement, postgresFailure } from './postgres-failure.ts';
import { probePostgres } from './postgres-probe.ts';
import { createPostgresSessions, type PostgresSessions } from './postgres-sessions.ts';
import { createPostgresText, postgresEngine } from './postgres-text.ts';
import { keyShapeOf, postgresTypes } from './postgres-types.ts';
import { createStatementNames, type StatementNames } from './statement-names.ts';

/** Keys travel as one array, so there is no limit of parameters; this bounds its text to some megabytes. */
const maxForms = 100_000;

/** PostgreSQL over `pg`: one statement per batch, prepared once per session and shape. */
export class PostgresDriver implements SourceDriver {
  readonly kind = 'postgres';
  readonly #settings: SourceSettings;
  readonly #sessions: PostgresSessions;
  readonly #names: StatementNames = createStatementNames();
  readonly #shapes: KeyShapes = createKeyShapes();
  readonly #textColumns: TextColumns;

  constructor(
    settings: SourceSettings,
    connection: SqlConnection,
    poolSize: number,
    observer: ConnectorObserver,
  ) {
    this.#settings = settings;
    this.#sessions = createPostgresSessions(settings, connection, poolSize, observer, () =>
      this.#names.stop(),
    );
    this.#textColumns = createTextColumns(createColumnCharsets(settings), (table, deadline) =>
      this.#listTextColumns(table, deadline),
    );
  }

  prepare(shape: ReadShape, layout: ReadLayout): PreparedShape {
    const select = prepareSelect(shape, layout, postgresEngine, this.#settings.batch);
    return {
      limits: { maxKeys: this.#settings.batch, maxForms },
      keyShapes: () => shape.keyColumns.map(({ column }) => this.#shapes.of(select.table, column)),
      prepareRead: (request) => (batch, deadline) => this.#read(request, select, batch, deadline),
    };
  }

  async list(request: ListRequest, layout: ReadLayout, deadline: Deadline): Promise<SourceRows> {
    const target = sqlTarget(request);
    const touched = { ...request, keyColumns: [request.keyColumn] };
    const raw = await this.#textColumns.of(target.table, touched, layout, deadline);
    const text = createPostgresText(raw);
    const statement = { text: compileList(request, target, layout, text), values: text.parameters };
    const { rows } = await this.#query(statement, deadline);
    return toSourceRows(rows, decodeRawColumns(rows, layout, raw));
  }

  async count(request: CountRequest, deadline: Deadline): Promise<number> {
    const target = sqlTarget(request);
    const touched = { ...request, keyColumns: [request.keyColumn] };
    const layout = planLayout({ ...touched, columns: [] });
    const raw = await this.#textColumns.of(target.table, touched, layout, deadline);
    const text = createPostgresText(raw);
    const statement = { text: compileCount(request, target, text), values: text.parameters };
    const { rows } = await this.#query(statement, deadline);
    return readCount(rows);
  }

  async probe(deadline: Deadline): Promise<ProbeResult> {
    return probePostgres((text) => this.#query({ text, values: [] }, deadline));
  }

  close(): Promise<void> {
    return this.#sessions.close();
  }

  /** The first read of a table finds out by the server's refusal that keys of it are numbers; what can be none is not asked again. */
  async #read(
    request: ReadRequest,
    select: PreparedSelect,
    batch: KeyBatch,
    deadline: Deadline,
  ): Promise<SourceRows> {
    try {
      return await this.#select(request, select, batch, deadline);
    } catch (error) {
      if (!isUnfitValue(error)) throw postgresFailure(error);
    }
    await this.#learnShapes(select.table, deadline);
    return this.#select(request, select, batch, deadline).catch((error) => {
      throw postgresFailure(error);
    });
  }

  async #select(
    { shape, where }: ReadRequest,
    select: PreparedSelect,
    batch: KeyBatch,
    deadline: Deadline,
  ): Promise<SourceRows> {
    const touched = { keyColumns: shape.keyColumns, where };
    const { layout, table } = select;
    const raw = await this.#textColumns.of(table, touched, layout, deadline);
    const shapes = shape.keyColumns.map(({ column }) => this.#shapes.of(table, column));
    const { answer, reads } = await select.run({ where, raw }, keepStorable(batch, shapes), (statement) =>
      this.#ask(statement, deadline),
    );
    const { rows, fields } = answer;
    for (const position of layout.keyAt) {
      const [column, field] = [layout.selected[position], fields[position]];
      if (column !== undefined && field && raw.charsetOf(column) === undefined)
        this.#shapes.learn(table, column, keyShapeOf(field.dataTypeID, field.dataTypeModifier));
    }
    return toSourceRows(rows, decodeRawColumns(rows, layout, raw), reads);
  }

  async #learnShapes(table: string, deadline: Deadline): Promise<void> {
    const text = `SELECT attname, atttypid::int8, atttypmod FROM pg_attribute
      WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped`;
    const { rows } = await this.#query({ text, values: [quoteTable(table, '"')] }, deadline);
    for (const [name, type, modifier] of rows)
      this.#shapes.learn(table, String(name), keyShapeOf(Number(type), Number(modifier)));
  }

  async #listTextColumns(table: string, deadline: Deadline): Promise<TextColumnList> {
    const text = `SELECT attname FROM pg_attribute JOIN pg_type ON pg_type.oid = atttypid
      WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped AND typcategory = 'S'`;
    const { rows } = await this.#query({ text, values: [quoteTable(table, '"')] }, deadline);
    return new Map(rows.map(([name]) => [String(name), '']));
  }

  /** Throws `SourceFailure`. */
  async #query(statement: SqlStatement, deadline: Deadline): Promise<pg.QueryArrayResult> {
    return this.#ask(statement, deadline).catch((error) => {
      throw postgresFailure(error);
    });
  }

  /** Throws as the driver does. */
  async #ask(statement: SqlStatement, deadline: Deadline): Promise<pg.QueryArrayResult> {
    try {
      return await this.#send(statement, deadline);
    } catch (error) {
      if (!isStaleStatement(error)) throw error;
      if (isUnknownStatement(error)) this.#names.stop();
    }
    return this.#send(statement, deadline);
  }

  #send({ text, values }: SqlStatement, deadline: Deadline): Promise<pg.QueryArrayResult> {
    return this.#sessions.use(deadline, (session) => {
      const name = values.length > 0 ? this.#names.of(session, text) : undefined;
      return session.query({ name, text, values: [...values], rowMode: 'array', types: postgresTypes });
    });
  }
}
