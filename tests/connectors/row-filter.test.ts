import fc from 'fast-check';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEmptyDatabase } from '../../examples/departments/empty-cluster.ts';
import type { RowFilter } from '../../src/connectors/connector.ts';
import { createMysqlText } from '../../src/connectors/mysql/mysql-text.ts';
import { createPostgresText } from '../../src/connectors/postgres/postgres-text.ts';
import { compareText, matchesFilter } from '../../src/connectors/row-filter-memory.ts';
import { noRawColumns } from '../../src/connectors/sql/raw-text.ts';
import { compileRowFilter } from '../../src/connectors/sql/row-filter-sql.ts';
import type { SqlText } from '../../src/connectors/sql/sql-text.ts';
import { engines } from '../support/engines.ts';
import { uniqueName } from './support/sql-source.ts';

describe('row filters in memory', () => {
  const row = { region: '320102', age: 17, flag: 'N ', name: null, list: ['320102'] };
  const matches = (filter: RowFilter): boolean =>
    matchesFilter(filter, (column) => Object.entries(row).find(([name]) => name === column)?.[1]);

  test.each<readonly [boolean, RowFilter]>([
    [true, { op: 'eq', column: 'region', value: '320102' }],
    [true, { op: 'eq', column: 'flag', value: 'N' }],
    [true, { op: 'eq', column: 'age', value: '17' }],
    [true, { op: 'prefix', column: 'region', value: '3201' }],
    [true, { op: 'prefix', column: 'region', value: '' }],
    [true, { op: 'range', column: 'region', gte: '320102', lt: '320103' }],
    [false, { op: 'range', column: 'region', gt: '320102' }],
    [false, { op: 'range', column: 'region' }],
    [false, { op: 'eq', column: 'name', value: '' }],
    [false, { op: 'prefix', column: 'name', value: '' }],
    [false, { op: 'eq', column: 'name', value: 'null' }],
    [false, { op: 'eq', column: 'absent', value: 'undefined' }],
    [false, { op: 'eq', column: 'list', value: '320102' }],
    [false, { op: 'in', column: 'region', values: [] }],
    [false, { op: 'eq', column: '__proto__', value: '[object Object]' }],
    [true, { op: 'and', filters: [] }],
    [false, { op: 'or', filters: [] }],
  ])('%s: %j', (expected, filter) => {
    expect(matches(filter)).toBe(expected);
  });

  test('text compares as its UTF-8 bytes do', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        return Math.sign(compareText(a, b)) === Buffer.compare(Buffer.from(a), Buffer.from(b));
      }),
    );
  });
});

/** Texts at which collations, wildcards, escapes, padding and encodings part ways. */
const texts = [
  '',
  'a',
  'A',
  'á',
  'ab',
  'a ',
  'a  b',
  'a\t',
  'a%',
  'a_',
  '%',
  '_',
  '\\',
  "'",
  '"',
  'ß',
  'ss',
  '1',
  '１',
  '张',
  '张三',
  '長',
  '𠮷',
  '\uffee',
  'null',
];
const numbers = [0, 7, 17, 170, -7, 2147483647];

interface StoredRow {
  readonly id: number;
  readonly t: string | null;
  readonly c: string | null;
  readonly n: number | null;
}

const rows: readonly StoredRow[] = [
  ...texts.map((t, i) => ({ id: i, t, c: t, n: numbers[i % numbers.length] ?? null })),
  { id: 100, t: null, c: null, n: null },
];

const anyFilter: fc.Arbitrary<RowFilter> = fc.letrec<{ filter: RowFilter }>((tie) => {
  const value = fc.oneof(
    fc.constantFrom(...texts, ...numbers.map(String)),
    fc.string({ unit: 'grapheme', maxLength: 3 }),
    fc.constantFrom('\0', '\ud800'),
  );
  const column = fc.constantFrom('t', 'c', 'n');
  const bound = fc.option(value, { nil: undefined });
  const branch = fc.record({
    op: fc.constantFrom('and' as const, 'or' as const),
    filters: fc.array(tie('filter'), { maxLength: 3 }),
  });
  return {
    filter: fc.oneof(
      { depthSize: 'small' },
      fc.record({ op: fc.constant('eq' as const), column, value }),
      fc.record({ op: fc.constant('in' as const), column, values: fc.array(value, { maxLength: 4 }) }),
      fc.record({ op: fc.constant('prefix' as const), column, value }),
      fc
        .record({ column, gte: bound, gt: bound, lte: bound, lt: bound })
        .map((range) => ({ op: 'range' as const, ...withoutUndefined(range) })),
      branch,
    ),
  };
}).filter;

function withoutUndefined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  // Only what is undefined is left out.
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as never;
}

/** `CHAR(n)` gives its value back without the blanks that it added. */
function storedValue(row: StoredRow, column: string): unknown {
  return column === 'n' ? row.n : column === 't' ? row.t : row.c;
}

interface Engine {
  /** As far as the engine could store them. */
  readonly rows: readonly StoredRow[];
  readonly text: () => SqlText;
  readonly select: (condition: string, parameters: readonly unknown[]) => Promise<readonly number[]>;
  readonly stop: () => Promise<void>;
}

function describeAgreement(name: string, start: () => Promise<Engine>, numRuns: number): void {
  describe(`row filters in SQL agree with those in memory: ${name}`, () => {
    let engine: Engine;
    beforeAll(async () => {
      engine = await start();
    });
    afterAll(() => engine?.stop());

    const expectAgreement = async (filter: RowFilter): Promise<void> => {
      const text = engine.text();
      const condition = compileRowFilter(filter, text.filter);
      const selected = await engine.select(condition, text.parameters);
      const expected = engine.rows.filter((row) =>
        matchesFilter(filter, (column) => storedValue(row, column)),
      );
      expect(
        [...selected].sort((a, b) => a - b),
        JSON.stringify(filter),
      ).toEqual(expected.map(({ id }) => id));
    };

    test('on every row, for every text that collations see differently', async () => {
      for (const column of ['t', 'c', 'n'] as const) {
        for (const value of [...texts, ...numbers.map(String)]) {
          await expectAgreement({ op: 'eq', column, value });
          await expectAgreement({ op: 'prefix', column, value });
          await expectAgreement({ op: 'range', column, gt: value });
          await expectAgreement({ op: 'range', column, lte: value });
        }
      }
    });

    test('on every row, for any filter', () =>
      fc.assert(fc.asyncProperty(anyFilter, expectAgreement), { numRuns }));
  });
}

const postgresTable = `(id int, t text, c char(8), n int)`;

describeAgreement(
  'PGlite',
  async () => {
    const db = await createEmptyDatabase();
    await db.exec(`CREATE TABLE r ${postgresTable}`);
    for (const { id, t, c, n } of rows)
      await db.query('INSERT INTO r VALUES ($1, $2, $3, $4)', [id, t, c, n]);
    return {
      rows,
      text: () => createPostgresText(noRawColumns),
      select: async (condition, parameters) =>
        (await db.query<{ id: number }>(`SELECT id FROM r WHERE ${condition}`, [...parameters])).rows.map(
          ({ id }) => id,
        ),
      stop: () => db.close(),
    };
  },
  150,
);

if (engines.postgres) {
  describeAgreement(
    'PostgreSQL with a linguistic collation',
    async () => {
      const name = uniqueName();
      const admin = new pg.Client(engines.postgres);
      await admin.connect();
      await admin.query(`CREATE SCHEMA ${name}`);
      await admin.query(`SET search_path = ${name}`);
      await admin.query(
        `CREATE TABLE r (id int, t text COLLATE "und-x-icu", c char(8) COLLATE "und-x-icu", n int)`,
      );
      for (const { id, t, c, n } of rows)
        await admin.query('INSERT INTO r VALUES ($1, $2, $3, $4)', [id, t, c, n]);
      return {
        rows,
        text: () => createPostgresText(noRawColumns),
        select: async (condition, parameters) =>
          (await admin.query(`SELECT id FROM r WHERE ${condition}`, [...parameters])).rows.map(
            ({ id }) => id,
          ),
        stop: async () => {
          await admin.query(`DROP SCHEMA ${name} CASCADE`);
          await admin.end();
        },
      };
    },
    300,
  );
}

if (engines.mysql) {
  for (const collation of ['utf8mb4_unicode_ci', 'gbk_chinese_ci']) {
    describeAgreement(`MariaDB, ${collation}`, () => startMysql(collation), 200);
  }
}

async function startMysql(collation: string): Promise<Engine> {
  const name = uniqueName();
  const uri = engines.mysql ?? '';
  const admin = await mysql.createConnection({
    uri: uri.replace(new URL(uri).pathname, ''),
    charset: 'utf8mb4',
  });
  await admin.query(`CREATE DATABASE ${name}`);
  await admin.query(`USE ${name}`);
  await admin.query(`SET sql_mode = ''`);
  await admin.query(
    `CREATE TABLE r (id int, t varchar(20) COLLATE ${collation}, c char(8) CHARACTER SET utf8mb4, n int)`,
  );
  const isNarrow = !collation.startsWith('utf8mb4');
  const storable = rows.map((row) =>
    isNarrow && !/^[\0-\x7f张三長１]*$/.test(row.t ?? '') ? { ...row, t: null } : row,
  );
  for (const { id, t, c, n } of storable)
    await admin.query('INSERT INTO r VALUES (?, ?, ?, ?)', [id, t, c, n]);
  return {
    rows: storable,
    text: () => createMysqlText(noRawColumns),
    select: async (condition, parameters) => {
      // The driver takes the kinds of parameters that SqlText makes.
      const [selected] = await admin.execute<mysql.RowDataPacket[]>(`SELECT id FROM r WHERE ${condition}`, [
        ...parameters,
      ] as string[]);
      return selected.map(({ id }) => id);
    },
    stop: async () => {
      await admin.query(`DROP DATABASE ${name}`);
      await admin.end();
    },
  };
}
