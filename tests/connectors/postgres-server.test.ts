import iconv from 'iconv-lite';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Connector, ReadRequest, SourceSettings } from '../../src/connectors/connector.ts';
import { createConnector } from '../../src/connectors/create-connector.ts';
import { splitKeys } from '../../src/connectors/key-batch.ts';
import { createPostgresText } from '../../src/connectors/postgres/postgres-text.ts';
import { planLayout } from '../../src/connectors/read-layout.ts';
import { compileList } from '../../src/connectors/sql/compile-list.ts';
import { compileSelect } from '../../src/connectors/sql/compile-select.ts';
import { noRawColumns } from '../../src/connectors/sql/raw-text.ts';
import { cutOf } from '../../src/connectors/sql/select-statements.ts';
import { toFullWidth } from '../../src/resident/width.ts';
import { expectFailure, never } from '../contract/connector.ts';
import { engines } from '../support/engines.ts';
import { allForms, idOf, idWithX } from './support/fixture.ts';
import { type PoolingProxy, startPoolingProxy } from './support/pooling-proxy.ts';
import { listRequest, patient, readValues, silent, sqlRead, walkRegister } from './support/read-request.ts';
import { sqlSettings, uniqueName } from './support/sql-source.ts';

describe.runIf(engines.postgres)('postgres on a server', () => {
  const name = uniqueName();
  const url = new URL(engines.postgres ?? 'postgres://unused');
  let admin: pg.Client;
  let db: pg.Client;
  let open: Connector[] = [];

  const start = async (encoding: string): Promise<void> => {
    admin = new pg.Client(url.href);
    await admin.connect();
    await admin.query(`CREATE DATABASE ${name} TEMPLATE template0 ENCODING '${encoding}' LOCALE 'C'`);
    await admin.query(`CREATE ROLE ${name} LOGIN PASSWORD 'hunter2'`);
    db = new pg.Client(new URL(`/${name}`, url).href);
    await db.connect();
  };
  const stop = async (): Promise<void> => {
    await db.end();
    await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await admin.query(`DROP ROLE ${name}`);
    await admin.end();
  };
  const define = async (sql: string): Promise<void> => {
    await db.query(sql);
    await db.query(`GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${name}`);
  };
  const connect = (
    settings: Partial<SourceSettings> = {},
    user = name,
    port = Number(url.port || 5432),
  ): Connector => {
    const connector = createConnector(
      sqlSettings('postgres', settings),
      {
        kind: 'postgres',
        host: url.hostname,
        port,
        database: name,
        user,
        password: 'hunter2',
      },
      silent,
      patient,
    );
    open.push(connector);
    return connector;
  };
  afterEach(async () => {
    await Promise.all(open.map((connector) => connector.close()));
    open = [];
  });

  describe('in UTF-8', () => {
    beforeAll(() => start('UTF8'));
    afterAll(stop);

    test.each([
      ['text COLLATE "C"', 'text'],
      ['a collation of the engine', 'text COLLATE "und-x-icu"'],
      ['a collation that holds x for X', 'text COLLATE careless'],
      ['varchar', 'varchar(60)'],
      ['char', 'char(60)'],
    ])('lists every key of %s, wherever the page ends', async (_, type) => {
      await db.query('DROP TABLE IF EXISTS equals');
      await db.query(
        `CREATE COLLATION IF NOT EXISTS careless (provider = icu, locale = 'und-u-ks-level1', deterministic = false)`,
      );
      await define(`CREATE TABLE equals (id ${type})`);
      const keys = [
        'a',
        'A',
        'b',
        'B',
        "'",
        '%',
        'Ａ',
        '张',
        '𠮷',
        'x'.repeat(41),
        ...(type === 'char(60)' ? [] : ['A ', 'A  ', ' ']),
      ];
      for (const key of [...keys, null]) await db.query('INSERT INTO equals VALUES ($1)', [key]);
      const met = await walkRegister(connect(), { table: 'equals', column: 'id' });
      expect(met).toHaveLength(keys.length - 1);
      expect(new Set(met.map(({ position }) => position)).size).toBe(met.length);
    });

    test.each(['varchar(20)', 'char(18)', 'bigint'])('lists a page of %s keys by the index', async (type) => {
      await db.query('DROP TABLE IF EXISTS listed');
      await define(`CREATE TABLE listed (id ${type}, name text)`);
      await db.query(
        `INSERT INTO listed SELECT 320102196000000000 + i * 13, 'n' || i FROM generate_series(1, 20000) i`,
      );
      await db.query('CREATE INDEX ON listed (id); ANALYZE listed');
      const text = createPostgresText(noRawColumns);
      const request = {
        ...listRequest({ table: 'listed', column: 'id' }),
        after: '320102196000130000',
        limit: 10,
      };
      const { target } = request;
      const statement = compileList(request, target, planLayout({ columns: [], keyColumns: [] }), text);
      const { rows: plan } = await db.query(`EXPLAIN ${statement}`, [...text.parameters]);
      expect(JSON.stringify(plan)).toMatch(/listed_id_idx/);
      const { rows } = await connect().list(request, never);
      expect(rows.map(({ position }) => position)).toEqual(
        Array.from({ length: 10 }, (_, i) => String(320102196000130000n + 13n * BigInt(i + 1))),
      );
    });

    test('says dates and times as the server writes them, numbers as numbers, what no double holds as text', async () => {
      await define(`CREATE TABLE kinds (id text, d date, t timestamp, z timestamptz, i int8, big int8, n numeric, digits numeric,
        f float8, nan float8, b boolean, c char(6), j jsonb, u uuid, raw bytea)`);
      await db.query(`INSERT INTO kinds VALUES ('a', '2020-02-29', '2020-02-29 08:30:00', '2020-02-29 08:30:00.5+08', 42,
        9007199254740993, 12.50, 123456789012345678.25, 0.1, 'NaN', true, 'ab', '{"a": 1}', '00000000-0000-4000-8000-000000000000', '\\x00ff')`);
      const columns = ['d', 't', 'i', 'big', 'n', 'digits', 'f', 'nan', 'b', 'c', 'j', 'u', 'raw'];
      const [values] = await readValues(connect(), sqlRead('kinds', ['a'], { columns }));
      expect(values).toEqual([
        '2020-02-29',
        '2020-02-29 08:30:00',
        42,
        '9007199254740993',
        12.5,
        '123456789012345678.25',
        0.1,
        'NaN',
        true,
        'ab',
        '{"a": 1}',
        '00000000-0000-4000-8000-000000000000',
        '\\x00ff',
      ]);
      const [[z] = []] = await readValues(connect(), sqlRead('kinds', ['a'], { columns: ['z'] }));
      expect(new Date(String(z)).toISOString()).toBe('2020-02-29T00:30:00.500Z');
    });

    test.each(['varchar(20)', 'char(18)', 'char(20)', 'text', 'bigint'])(
      'finds keys in a %s column by its index, in all forms that fit',
      async (type) => {
        await db.query('DROP TABLE IF EXISTS indexed');
        await define(`CREATE TABLE indexed (id ${type}, name text, fcbz char(1))`);
        await db.query(
          `INSERT INTO indexed SELECT 320102196000000000 + i * 13, 'n' || i, '0' FROM generate_series(1, 20000) i`,
        );
        await db.query('CREATE INDEX ON indexed (id); ANALYZE indexed');
        const ids = ['320102196000000013', '320102196000000026', '999999999999999999'];
        const forms = type === 'bigint' ? [] : allForms;
        const where = { op: 'eq', column: 'fcbz', value: '0' } as const;
        const request = sqlRead('indexed', ids, { keyColumns: [{ column: 'id', forms }], where });
        expect(await readValues(connect(), request)).toEqual([['n1'], ['n2']]);
        for (const rows of ['ONE', 'MANY'] as const) {
          const plan = await explain(
            sqlRead('indexed', ids, {
              keyColumns: [{ column: 'id', forms }],
              where,
              rows,
              order: [{ column: 'name', direction: 'DESC' }],
            }),
          );
          expect(plan).toMatch(/Index/);
          expect(plan).not.toMatch(/Seq Scan/);
        }
      },
    );

    test('finds composite keys by their index, and nobody who has one part of each', async () => {
      await define(`CREATE TABLE composite (id char(18), kind varchar(4), name text, PRIMARY KEY (kind, id));
        INSERT INTO composite SELECT 320102196000000000 + i, CASE i % 2 WHEN 0 THEN '111' ELSE '414' END, 'n' || i FROM generate_series(1, 20000) i`);
      await db.query('ANALYZE composite');
      const keyColumns = [
        { column: 'kind', forms: [] },
        { column: 'id', forms: allForms },
      ];
      // Both parts of the third are asked, and stored, but not together.
      const keys = [
        ['414', '111', '111'],
        ['320102196000000001', '320102196000000002', '320102196000000003'],
      ];
      const request = sqlRead('composite', [], { keyColumns, keys });
      const { rows, findings } = await connect().read(request, never);
      expect(rows.map(({ key, values }) => [key, ...values]).sort()).toEqual([
        [0, 'n1'],
        [1, 'n2'],
      ]);
      expect(findings).toEqual({});
      expect(await explain(request)).toMatch(/Index/);
    });

    // One person's X made the statement fail, and with it the read of everybody else.
    test.each(['bigint', 'numeric(18)', 'int'])(
      'finds keys in a %s column, whatever else is asked',
      async (type) => {
        await db.query('DROP TABLE IF EXISTS numbered');
        await define(`CREATE TABLE numbered (id ${type}, kind int, name text);
        INSERT INTO numbered VALUES (${type === 'int' ? 2147483647 : idOf(1)}, 1, 'n1')`);
        const stored = type === 'int' ? '2147483647' : idOf(1);
        const ids = [idWithX(1), stored, 'E12345678', '', '9'.repeat(60), '-1', ' 7', '1e3'];
        const keyColumns = [{ column: 'id', forms: allForms }];
        const connector = connect();
        for (const _ of ['at first', 'once known'])
          expect(await readValues(connector, sqlRead('numbered', ids, { keyColumns }))).toEqual([['n1']]);
        expect(await readValues(connector, sqlRead('numbered', [idWithX(1)], { keyColumns }))).toEqual([]);
        const composite = {
          keyColumns: [...keyColumns, { column: 'kind', forms: [] }],
          keys: [
            [idWithX(1), stored, stored],
            ['1', '1', 'X'],
          ],
        };
        expect(await readValues(connect(), sqlRead('numbered', [], composite))).toEqual([['n1']]);
      },
    );

    test('leaves out what CHAR(n) adds, in keys, values and filters', async () => {
      await define(`CREATE TABLE padded (id char(24), name char(10), sealed char(3))`);
      await db.query(
        `INSERT INTO padded VALUES ('${idOf(1)}', '张三', 'N'), (' ${idOf(2)}', '李四', 'N'), ('${idOf(3)}', '王五', 'Y')`,
      );
      const where = { op: 'in', column: 'sealed', values: ['N'] } as const;
      const keyColumns = [{ column: 'id', forms: ['PADDED'] as const }];
      const request = sqlRead('padded', [idOf(1), idOf(2), idOf(3)], {
        keyColumns,
        where,
        columns: ['name', 'id'],
      });
      expect(await readValues(connect(), request)).toEqual([
        ['张三', idOf(1)],
        ['李四', ` ${idOf(2)}`],
      ]);
    });

    test('a slow statement is ended by the server too, and the session that ran it is not used again', async () => {
      await define(`CREATE TABLE one (id text, name text); INSERT INTO one VALUES ('a', 'n');
        CREATE VIEW slow AS SELECT id, pg_sleep(30)::text AS name FROM one`);
      const connector = connect({ deadlineMs: 300, concurrency: 1 });
      await expectFailure(connector.read(sqlRead('slow', ['a']), never), 'SOURCE_UNAVAILABLE');
      expect(await readValues(connector, sqlRead('one', ['a']))).toEqual([['n']]);
      await vi.waitFor(async () => {
        const { rows } = await db.query(
          `SELECT 1 FROM pg_stat_activity WHERE usename = $1 AND state = 'active'`,
          [name],
        );
        expect(rows).toEqual([]);
      });
    });

    test('cannot write, even where the account could', async () => {
      await define(`CREATE TABLE spied (id text);
        CREATE FUNCTION spy(text) RETURNS text LANGUAGE sql VOLATILE SECURITY DEFINER AS 'INSERT INTO spied VALUES ($1) RETURNING id';
        CREATE TABLE base (id text); INSERT INTO base VALUES ('a');
        CREATE VIEW writing AS SELECT id, spy(id) AS name FROM base`);
      await expectFailure(connect().read(sqlRead('writing', ['a']), never), 'SOURCE_FAULT');
      expect((await db.query('SELECT * FROM spied')).rows).toEqual([]);
    });

    describe('behind a pooler that gives each transaction another session', () => {
      let pooler: PoolingProxy;
      beforeAll(async () => {
        pooler = await startPoolingProxy({ host: url.hostname, port: Number(url.port || 5432) });
        await define(`CREATE TABLE IF NOT EXISTS behind (id text, name text, born date);
          INSERT INTO behind VALUES ('a', 'n', '2000-01-02'); CREATE TABLE watched (id text);
          CREATE FUNCTION watch(text) RETURNS text LANGUAGE sql VOLATILE SECURITY DEFINER AS 'INSERT INTO watched VALUES ($1) RETURNING id';
          CREATE VIEW watching AS SELECT id, watch(id) AS name FROM behind;
          CREATE VIEW sleeping AS SELECT id, pg_sleep(30)::text AS name FROM behind;
          ALTER DATABASE ${name} SET datestyle = 'SQL, DMY'`);
      });
      afterAll(async () => {
        await db.query(`ALTER DATABASE ${name} RESET datestyle`);
        await pooler.close();
      });

      test('reads as ever', async () => {
        const connector = connect({ concurrency: 1 }, name, pooler.port);
        for (const _ of [1, 2, 3]) {
          const values = await readValues(connector, sqlRead('behind', ['a'], { columns: ['name', 'born'] }));
          expect(values).toEqual([['n', '2000-01-02']]);
        }
        await expectFailure(connector.read(sqlRead('absent', ['a']), never), 'SOURCE_FAULT');
        expect(await readValues(connector, sqlRead('behind', ['a']))).toEqual([['n']]);
      });

      // A setting of the session would hold for somebody else's statements, and not for ours.
      test('cannot write either', async () => {
        const connector = connect({}, name, pooler.port);
        await expectFailure(connector.read(sqlRead('watching', ['a']), never), 'SOURCE_FAULT');
        expect((await db.query('SELECT * FROM watched')).rows).toEqual([]);
      });

      test('a slow statement is ended by the server too', async () => {
        const connector = connect({ deadlineMs: 400, concurrency: 1 }, name, pooler.port);
        await expectFailure(connector.read(sqlRead('sleeping', ['a']), never), 'SOURCE_UNAVAILABLE');
        await vi.waitFor(async () => {
          const text = `SELECT 1 FROM pg_stat_activity WHERE usename = $1 AND state = 'active'`;
          expect((await db.query(text, [name])).rows).toEqual([]);
        });
      });
    });

    test('goes on when a column changes its type under prepared statements', async () => {
      await define(`CREATE TABLE changing (id text, name int); INSERT INTO changing VALUES ('a', 1)`);
      const connector = connect({ concurrency: 1 });
      expect(await readValues(connector, sqlRead('changing', ['a']))).toEqual([[1]]);
      await db.query('ALTER TABLE changing ALTER name TYPE text');
      expect(await readValues(connector, sqlRead('changing', ['a']))).toEqual([['1']]);
      expect(await readValues(connector, sqlRead('changing', ['a']))).toEqual([['1']]);
    });

    test('goes on when something between hub and server loses prepared statements', async () => {
      await define(`CREATE TABLE pooled (id text, name text); INSERT INTO pooled VALUES ('a', 'n');
        CREATE FUNCTION forget() RETURNS text LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'DEALLOCATE ALL'; RETURN 'forgotten'; END $$;
        CREATE VIEW forgetting AS SELECT id, forget() AS name FROM pooled`);
      const connector = connect({ concurrency: 1 });
      expect(await readValues(connector, sqlRead('pooled', ['a']))).toEqual([['n']]);
      expect(await readValues(connector, sqlRead('forgetting', ['a']))).toEqual([['forgotten']]);
      expect(await readValues(connector, sqlRead('pooled', ['a']))).toEqual([['n']]);
      expect(await readValues(connector, sqlRead('pooled', ['a']))).toEqual([['n']]);
    });

    test('goes on when the server ends idle sessions', async () => {
      await define(`CREATE TABLE ended (id text, name text); INSERT INTO ended VALUES ('a', 'n')`);
      const connector = connect();
      await readValues(connector, sqlRead('ended', ['a']));
      await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1', [name]);
      await vi.waitFor(async () =>
        expect(await readValues(connector, sqlRead('ended', ['a']))).toEqual([['n']]),
      );
    });

    test('a flood of rows for one person is cut by the server, and fails no neighbour', async () => {
      await define(`CREATE TABLE flooded (id varchar(20), name varchar(20));
        INSERT INTO flooded SELECT 'a', 'n' || i FROM generate_series(1, 20000) i;
        INSERT INTO flooded SELECT 'c', 'same' FROM generate_series(1, 20000);
        INSERT INTO flooded VALUES ('b', 'n'), ('b', 'n')`);
      // Not even a twentieth of the rows would fit.
      const connector = connect({ maxResponseBytes: 40_000, batch: 10 });
      const { rows, reads } = await connector.read(sqlRead('flooded', ['a', 'b', 'c']), never);
      expect(rows.map(({ key }) => key).sort()).toEqual([0, 0, 1, 2, 2]);
      expect(reads).toBe(2);
    });

    test('an answer beyond the limit is a fault, and is not read to its end', async () => {
      await define(
        `CREATE TABLE long (id text, name text); INSERT INTO long SELECT 'a', repeat('x', 100000) || i FROM generate_series(1, 200) i`,
      );
      const connector = connect({ maxResponseBytes: 1_000_000 });
      await expectFailure(connector.read(sqlRead('long', ['a']), never), 'SOURCE_FAULT');
      expect(await readValues(connector, sqlRead('long', ['b']))).toEqual([]);
    });

    test.each([
      ['a table that is not there', sqlRead('absent', ['a'])],
      ['a table that the account may not read', sqlRead('pg_authid', ['a'])],
      ['a column that is not there', sqlRead('one', ['a'], { columns: ['absent'] })],
      ['a column that is no name', sqlRead('one', ['a'], { columns: ['name" FROM one; --'] })],
      ['a table that is no name', sqlRead('one; DROP TABLE one', ['a'])],
      ['a path', sqlRead('one', ['a'], { columns: ['address.street'] })],
      ['an endpoint', sqlRead('one', ['a'], { target: { kind: 'graphql', batch: 1, filters: [] } })],
    ])('%s is a fault that tells nothing', async (_, request) => {
      await expectFailure(connect().read(request, never), 'SOURCE_FAULT');
    });

    test('a wrong database or account is a source that cannot be asked', async () => {
      await expectFailure(
        connect({}, 'nobody_of_this_name').read(sqlRead('one', ['a']), never),
        'SOURCE_UNAVAILABLE',
      );
    });

    test('probe warns of an account that could write', async () => {
      expect(await connect().probe(never)).toEqual({ ok: true, canWrite: false, notes: [] });
      await db.query(`GRANT UPDATE ON one TO ${name}`);
      expect(await connect().probe(never)).toEqual({
        ok: true,
        canWrite: true,
        notes: ['may write 1 tables'],
      });
      const root = await connect({}, 'postgres').probe(never);
      expect(root).toMatchObject({ canWrite: true, notes: expect.arrayContaining(['superuser']) });
    });

    const explain = async (request: ReadRequest): Promise<string> => {
      const { shape, keys, ...rest } = request;
      const layout = planLayout(shape);
      const [batch] = splitKeys(keys, shape.keyColumns, [], { maxKeys: 1000, maxForms: 10_000 });
      if (!batch || shape.target.kind !== 'sql') throw new TypeError('a test asks a table for somebody');
      const text = createPostgresText(noRawColumns);
      const statement = compileSelect(
        shape,
        { ...rest, target: shape.target, layout, cut: cutOf(shape, 1000) },
        batch,
        text,
      );
      await db.query('DEALLOCATE ALL');
      await db.query(`PREPARE explained AS ${statement}`);
      const values = text.parameters.map((value) => pg.escapeLiteral(String(value))).join(', ');
      const { rows } = await db.query(`EXPLAIN EXECUTE explained (${values})`);
      return rows.map((row) => row['QUERY PLAN']).join('\n');
    };
  });

  describe('holding GBK in a database that does not know it', () => {
    beforeAll(async () => {
      await start('SQL_ASCII');
      await db.query(`SET client_encoding = 'SQL_ASCII'`);
      await define('CREATE TABLE old (id varchar(40), name char(20), region text, age int, born date)');
      const insert = (id: string, names: string, age: number) =>
        db.query(
          `INSERT INTO old SELECT convert_from(decode($1, 'hex'), 'SQL_ASCII'), convert_from(decode($2, 'hex'), 'SQL_ASCII'),
            convert_from(decode($3, 'hex'), 'SQL_ASCII'), $4, '2000-01-02'`,
          [gbk(id), names, gbk('江苏省南京市'), age],
        );
      await insert(idOf(1), gbk('张三丰'), 17);
      await insert(toFullWidth(idOf(2)), gbk('龙門'), 18);
      // Two bytes that GBK does not have, then one character.
      await insert(idOf(3), `ffff${gbk('王')}`, 19);
      await db.query('CREATE INDEX ON old (id)');
    });
    afterAll(stop);

    const gbk = (text: string): string => iconv.encode(text, 'gbk').toString('hex');
    const keyColumns = [{ column: 'id', forms: ['FULL_WIDTH'] as const }];
    const ids = [idOf(1), idOf(2), idOf(3)];

    test('is read as GBK, keys included; numbers and dates stay what they are; broken text is null and counted', async () => {
      const connector = connect({ charset: 'GBK' });
      const request = sqlRead('old', ids, { keyColumns, columns: ['name', 'age', 'born', 'region'] });
      const { rows, findings } = await connector.read(request, never);
      expect([...rows].sort((a, b) => a.key - b.key).map(({ values }) => values)).toEqual([
        ['张三丰', 17, '2000-01-02', '江苏省南京市'],
        ['龙門', 18, '2000-01-02', '江苏省南京市'],
        [null, 19, '2000-01-02', '江苏省南京市'],
      ]);
      expect(findings).toEqual({ undecodable: 1 });
    });

    test('is filtered in GBK', async () => {
      const connector = connect({ columnCharsets: { name: 'GB18030', region: 'GBK' } });
      const read = (where: ReadRequest['where']) =>
        readValues(
          connector,
          sqlRead('old', [idOf(1), idOf(3)], { columns: ['age'], ...(where ? { where } : {}) }),
        );
      expect(await read({ op: 'eq', column: 'name', value: '张三丰' })).toEqual([[17]]);
      expect(await read({ op: 'eq', column: 'name', value: '张三' })).toEqual([]);
      expect(await read({ op: 'prefix', column: 'region', value: '江苏省' })).toEqual([[17], [19]]);
      expect(await read({ op: 'in', column: 'name', values: ['张三丰', '𠮷'] })).toEqual([[17]]);
      expect(await read({ op: 'range', column: 'age', gte: '18' })).toEqual([[19]]);
      const range = { op: 'range', column: 'region', gte: '江' } as const;
      await expectFailure(read(range), 'SOURCE_FAULT');
    });
  });
});
