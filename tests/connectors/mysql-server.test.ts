import iconv from 'iconv-lite';
import mysql from 'mysql2/promise';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Connector, ReadRequest, SourceSettings } from '../../src/connectors/connector.ts';
import { createConnector } from '../../src/connectors/create-connector.ts';
import { splitKeys } from '../../src/connectors/key-batch.ts';
import { createMysqlText } from '../../src/connectors/mysql/mysql-text.ts';
import { planLayout } from '../../src/connectors/read-layout.ts';
import { compileList } from '../../src/connectors/sql/compile-list.ts';
import { compileSelect } from '../../src/connectors/sql/compile-select.ts';
import { noRawColumns } from '../../src/connectors/sql/raw-text.ts';
import { cutOf } from '../../src/connectors/sql/select-statements.ts';
import { toFullWidth } from '../../src/resident/width.ts';
import { expectFailure, never } from '../contract/connector.ts';
import { engines } from '../support/engines.ts';
import { allForms, idOf, idWithX } from './support/fixture.ts';
import { type MultiplexingProxy, startMultiplexingProxy } from './support/multiplexing-proxy.ts';
import { listRequest, patient, readValues, silent, sqlRead, walkRegister } from './support/read-request.ts';
import { sqlSettings, uniqueName } from './support/sql-source.ts';

describe.runIf(engines.mysql)('mysql on a server', () => {
  const name = uniqueName();
  const url = new URL(engines.mysql ?? 'mysql://unused');
  let admin: mysql.Connection;
  let open: Connector[] = [];

  beforeAll(async () => {
    admin = await mysql.createConnection({ uri: url.href.replace(url.pathname, ''), charset: 'utf8mb4' });
    await admin.query(`CREATE DATABASE ${name}`);
    await admin.query(`CREATE USER ${name} IDENTIFIED BY 'hunter2'`);
    await admin.query(`GRANT SELECT, EXECUTE ON ${name}.* TO ${name}`);
    await admin.query(`USE ${name}`);
  });
  afterAll(async () => {
    await admin.query(`DROP DATABASE ${name}`);
    await admin.query(`DROP USER ${name}`);
    await admin.end();
  });
  afterEach(async () => {
    await Promise.all(open.map((connector) => connector.close()));
    open = [];
  });

  const connect = (
    settings: Partial<SourceSettings> = {},
    user = name,
    port = Number(url.port || 3306),
  ): Connector => {
    const connector = createConnector(
      sqlSettings('mysql', settings),
      {
        kind: 'mysql',
        host: url.hostname,
        port,
        database: name,
        user,
        password: user === 'root' ? '' : 'hunter2',
      },
      silent,
      patient,
    );
    open.push(connector);
    return connector;
  };

  test.each([
    ['utf8mb4_general_ci', {}],
    ['utf8mb4_bin', {}],
    ['gbk_chinese_ci', {}],
    ['latin1_swedish_ci', { charset: 'GBK' }],
  ])('lists every key that %s holds for equal, wherever the page ends', async (collation, settings) => {
    await admin.query('DROP TABLE IF EXISTS equals');
    const [charset = ''] = collation.split('_');
    await admin.query(
      `CREATE TABLE equals (id varchar(100) CHARACTER SET ${charset} COLLATE ${collation}, KEY (id))`,
    );
    const keys = ['', ' ', 'a', 'A', 'A ', 'A  ', 'b', 'B', "'", '%', 'x'.repeat(81)];
    for (const key of keys) await admin.query('INSERT INTO equals VALUES (?)', [key]);
    if (charset !== 'latin1') await admin.query("INSERT INTO equals VALUES ('Ａ'), ('张'), (NULL)");
    else await admin.query("INSERT INTO equals VALUES (x'a3c1'), (x'd5c5'), (x'ff'), (NULL)");
    const met = await walkRegister(connect(settings), { table: 'equals', column: 'id' });
    expect(met).toHaveLength(keys.length - 1 + (charset === 'latin1' ? 3 : 2));
    expect(new Set(met.map(({ position }) => position)).size).toBe(met.length);
  });

  test.each(['varchar(20)', 'char(18)', 'bigint'])('lists a page of %s keys by the index', async (type) => {
    await admin.query('DROP TABLE IF EXISTS listed');
    await admin.query(`CREATE TABLE listed (id ${type}, name varchar(20), KEY (id))`);
    await admin.query(
      `INSERT INTO listed SELECT 320102196000000000 + seq * 13, CONCAT('n', seq) FROM seq_1_to_20000`,
    );
    await admin.query('ANALYZE TABLE listed');
    const text = createMysqlText(noRawColumns);
    const request = {
      ...listRequest({ table: 'listed', column: 'id' }),
      after: '320102196000130000',
      limit: 10,
    };
    const { target } = request;
    const statement = compileList(request, target, planLayout({ columns: [], keyColumns: [] }), text);
    const [plan] = await admin.execute(`EXPLAIN ${statement}`, [...text.parameters]);
    expect(JSON.stringify(plan)).toMatch(/"key":"id"/);
    const { rows } = await connect().list(request, never);
    expect(rows.map(({ position }) => position)).toEqual(
      Array.from({ length: 10 }, (_, i) => String(320102196000130000n + 13n * BigInt(i + 1))),
    );
  });

  test('says dates and times as the server writes them, numbers as numbers, what no double holds as text', async () => {
    await admin.query(`CREATE TABLE kinds (id varchar(9), d date, t datetime, i bigint, big bigint, n decimal(10, 2), digits decimal(30, 2),
      f double, b tinyint(1), bits bit(1), c char(6), j json, raw varbinary(20), broken varbinary(20), y year, never_ date)`);
    await admin.query(`INSERT INTO kinds VALUES ('a', '2020-02-29', '2020-02-29 08:30:00', 42, 9007199254740993, 12.50, 123456789012345678.25,
      0.1, 1, b'1', 'ab', '{"a": 1}', '张三', x'ff00', 2020, '0000-00-00')`);
    const columns = [
      'd',
      't',
      'i',
      'big',
      'n',
      'digits',
      'f',
      'b',
      'bits',
      'c',
      'j',
      'raw',
      'broken',
      'y',
      'never_',
    ];
    const { rows, findings } = await connect().read(sqlRead('kinds', ['a'], { columns }), never);
    expect(rows[0]?.values).toEqual([
      '2020-02-29',
      '2020-02-29 08:30:00',
      42,
      '9007199254740993',
      12.5,
      '123456789012345678.25',
      0.1,
      1,
      1,
      'ab',
      '{"a": 1}',
      '张三',
      null,
      2020,
      '0000-00-00',
    ]);
    expect(findings).toEqual({ undecodable: 1 });
  });

  test.each([
    'varchar(20) CHARACTER SET utf8mb4',
    'char(18) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin',
    'varchar(20) CHARACTER SET latin1',
    'char(18) CHARACTER SET ascii',
    'varchar(20) CHARACTER SET gbk',
    'bigint',
  ])('finds keys in a %s column by its index, in all forms that fit', async (type) => {
    await admin.query('DROP TABLE IF EXISTS indexed');
    await admin.query(`CREATE TABLE indexed (id ${type}, name varchar(20), fcbz char(1), KEY (id))`);
    await admin.query(
      `INSERT INTO indexed SELECT 320102196000000000 + seq * 13, CONCAT('n', seq), '0' FROM seq_1_to_20000`,
    );
    await admin.query('ANALYZE TABLE indexed');
    const ids = ['320102196000000013', '320102196000000026', '999999999999999999'];
    const where = { op: 'eq', column: 'fcbz', value: '0' } as const;
    const request = sqlRead('indexed', ids, {
      keyColumns: [{ column: 'id', forms: type === 'bigint' ? [] : allForms }],
      where,
    });
    expect(await readValues(connect(), request)).toEqual([['n1'], ['n2']]);
    const collation = type.includes('latin1')
      ? 'latin1_swedish_ci'
      : type.includes('ascii')
        ? 'ascii_general_ci'
        : undefined;
    for (const rows of ['ONE', 'MANY'] as const)
      expect(await rowsExamined({ ...request, shape: { ...request.shape, rows } }, collation)).toBeLessThan(
        100,
      );
  });

  test('finds composite keys, and nobody who has one part of each', async () => {
    await admin.query(
      `CREATE TABLE composite (id char(18), kind varchar(4), name varchar(20), PRIMARY KEY (kind, id))`,
    );
    await admin.query(
      `INSERT INTO composite SELECT 320102196000000000 + seq, IF(seq % 2, '414', '111'), CONCAT('n', seq) FROM seq_1_to_20000`,
    );
    const keyColumns = [
      { column: 'kind', forms: [] },
      { column: 'id', forms: allForms },
    ];
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
    expect(await rowsExamined(request)).toBeLessThan(100);
  });

  test.each(['bigint', 'bigint unsigned', 'decimal(18)'])(
    'finds keys in a %s column by its index, whatever else is asked',
    async (type) => {
      await admin.query('DROP TABLE IF EXISTS numbered');
      await admin.query(`CREATE TABLE numbered (id ${type} PRIMARY KEY, kind int, name varchar(9))`);
      await admin.query(
        `INSERT INTO numbered VALUES (${idOf(1)}, 1, 'n1'), (${BigInt(idOf(1)) + 1n}, 1, 'n2')`,
      );
      const ids = [idWithX(1), idOf(1), 'E12345678', '', '9'.repeat(60), '1e3'];
      const keyColumns = [{ column: 'id', forms: allForms }];
      const connector = connect();
      for (const _ of ['at first', 'once known'])
        expect(await readValues(connector, sqlRead('numbered', ids, { keyColumns }))).toEqual([['n1']]);
      expect(await readValues(connector, sqlRead('numbered', [idWithX(1)], { keyColumns }))).toEqual([]);
      const composite = {
        keyColumns: [...keyColumns, { column: 'kind', forms: [] }],
        keys: [[idWithX(1)], ['1']],
      };
      expect(await readValues(connector, sqlRead('numbered', [], composite))).toEqual([]);
    },
  );

  test('a collation that takes more for equal than was declared joins nobody', async () => {
    await admin.query('CREATE TABLE loose (id varchar(40) COLLATE utf8mb4_unicode_ci, name varchar(20))');
    const id = idWithX(1);
    await admin.query('INSERT INTO loose VALUES (?, ?)', [toFullWidth(id.toLowerCase()), '张三']);
    expect(await connect().read(sqlRead('loose', [id]), never)).toMatchObject({
      rows: [],
      findings: { foreignRow: 1 },
    });
  });

  test('a slow statement is ended by the server too, and the session that ran it is not used again', async () => {
    await admin.query('CREATE TABLE one (id varchar(9), name varchar(9))');
    await admin.query(`INSERT INTO one VALUES ('a', 'n')`);
    await admin.query('CREATE VIEW slow AS SELECT id, SLEEP(30) AS name FROM one');
    const connector = connect({ deadlineMs: 300, concurrency: 1 });
    await expectFailure(connector.read(sqlRead('slow', ['a']), never), 'SOURCE_UNAVAILABLE');
    expect(await readValues(connector, sqlRead('one', ['a']))).toEqual([['n']]);
    await vi.waitFor(async () => {
      const [running] = await admin.query(
        `SELECT 1 FROM information_schema.processlist WHERE user = ? AND command = 'Execute'`,
        [name],
      );
      expect(running).toEqual([]);
    });
  });

  test('cannot write, even where the account could', async () => {
    await admin.query('CREATE TABLE spied (id varchar(9))');
    await admin.query(`CREATE FUNCTION spy(id varchar(9)) RETURNS varchar(9) MODIFIES SQL DATA
      BEGIN INSERT INTO spied VALUES (id); RETURN id; END`);
    await admin.query('CREATE VIEW writing AS SELECT id, spy(id) AS name FROM one');
    await expectFailure(connect().read(sqlRead('writing', ['a']), never), 'SOURCE_FAULT');
    expect((await admin.query('SELECT * FROM spied'))[0]).toEqual([]);
  });

  describe('through a proxy that runs each statement in another session', () => {
    let proxy: MultiplexingProxy;
    beforeAll(async () => {
      proxy = await startMultiplexingProxy({ host: url.hostname, port: Number(url.port || 3306) });
      await admin.query('CREATE TABLE far (id varchar(9), name varchar(9))');
      await admin.query(`INSERT INTO far VALUES ('a', 'n')`);
    });
    afterAll(() => proxy.close());

    test('cannot write, even where the account could', async () => {
      await admin.query('CREATE TABLE told (id varchar(9))');
      await admin.query(`CREATE FUNCTION tell(id varchar(9)) RETURNS varchar(9) MODIFIES SQL DATA
        BEGIN INSERT INTO told VALUES (id); RETURN id; END`);
      await admin.query('CREATE VIEW telling AS SELECT id, tell(id) AS name FROM far');
      const connector = connect({ concurrency: 1 }, name, proxy.port);
      for (const _ of ['at first', 'again'])
        await expectFailure(connector.read(sqlRead('telling', ['a']), never), 'SOURCE_FAULT');
      expect((await admin.query('SELECT * FROM told'))[0]).toEqual([]);
      expect(await readValues(connector, sqlRead('far', ['a']))).toEqual([['n']]);
    });

    test('every statement has its timeout', async () => {
      // A view names no variable itself.
      await admin.query('CREATE FUNCTION timeout() RETURNS varchar(20) RETURN @@max_statement_time');
      await admin.query('CREATE VIEW timed AS SELECT id, timeout() AS name FROM far');
      const connector = connect({ deadlineMs: 7000, concurrency: 1 }, name, proxy.port);
      for (const _ of ['at first', 'again'])
        expect(await readValues(connector, sqlRead('timed', ['a']))).toEqual([['7']]);
    });
  });

  test('goes on when a column changes its type under prepared statements, and when the server ends sessions', async () => {
    await admin.query('CREATE TABLE changing (id varchar(9), name int)');
    await admin.query(`INSERT INTO changing VALUES ('a', 1)`);
    const connector = connect({ concurrency: 1 });
    expect(await readValues(connector, sqlRead('changing', ['a']))).toEqual([[1]]);
    await admin.query('ALTER TABLE changing MODIFY name varchar(9)');
    expect(await readValues(connector, sqlRead('changing', ['a']))).toEqual([['1']]);
    await admin.query(`KILL USER ${name}`);
    await vi.waitFor(async () =>
      expect(await readValues(connector, sqlRead('changing', ['a']))).toEqual([['1']]),
    );
  });

  test('a flood of rows for one person is cut by the server, and fails no neighbour', async () => {
    await admin.query('CREATE TABLE flooded (id varchar(20), name varchar(20))');
    const flood = Array.from({ length: 20_000 }, (_, i) => [
      ['a', `n${i}`],
      ['c', 'same'],
    ]).flat();
    const neighbour = ['b', 'n'];
    await admin.query('INSERT INTO flooded VALUES ?', [[...flood, neighbour, neighbour]]);
    // Not even a twentieth of the rows would fit.
    const connector = connect({ maxResponseBytes: 40_000, batch: 10 });
    const { rows, reads } = await connector.read(sqlRead('flooded', ['a', 'b', 'c']), never);
    expect(rows.map(({ key }) => key).sort()).toEqual([0, 0, 1, 2, 2]);
    expect(reads).toBe(2);
  });

  test('an answer beyond the limit is a fault, and is not read to its end', async () => {
    await admin.query('CREATE TABLE long_ (id varchar(9), name longtext)');
    await admin.query(`INSERT INTO long_ SELECT 'a', CONCAT(REPEAT('x', 100000), seq) FROM seq_1_to_200`);
    const connector = connect({ maxResponseBytes: 1_000_000 });
    await expectFailure(connector.read(sqlRead('long_', ['a']), never), 'SOURCE_FAULT');
    expect(await readValues(connector, sqlRead('long_', ['b']))).toEqual([]);
  });

  test.each([
    ['a table that is not there', sqlRead('absent', ['a'])],
    ['a table that the account may not read', sqlRead('mysql.user', ['a'])],
    ['a column that is not there', sqlRead('one', ['a'], { columns: ['absent'] })],
    ['a column that is no name', sqlRead('one', ['a'], { columns: ['name` FROM one; --'] })],
    ['a path', sqlRead('one', ['a'], { columns: ['address.street'] })],
  ])('%s is a fault that tells nothing', async (_, request) => {
    await expectFailure(connect().read(request, never), 'SOURCE_FAULT');
  });

  test('a wrong account is a source that cannot be asked', async () => {
    await expectFailure(connect({}, 'nobody').read(sqlRead('one', ['a']), never), 'SOURCE_UNAVAILABLE');
  });

  test('probe warns of an account that could write', async () => {
    expect(await connect().probe(never)).toEqual({ ok: true, canWrite: true, notes: ['granted EXECUTE'] });
    await admin.query(`REVOKE EXECUTE ON ${name}.* FROM ${name}`);
    expect(await connect().probe(never)).toEqual({ ok: true, canWrite: false, notes: [] });
    await admin.query(`GRANT UPDATE (name) ON ${name}.one TO ${name}`);
    expect(await connect().probe(never)).toEqual({ ok: true, canWrite: true, notes: ['granted UPDATE'] });
  });

  describe.each(['latin1', 'gbk', 'binary'])('holding GBK bytes in %s columns', (stored) => {
    const gbk = (text: string): string => iconv.encode(text, 'gbk').toString('hex');
    const table = `old_${stored}`;
    const keyColumns = [{ column: 'id', forms: ['FULL_WIDTH'] as const }];

    beforeAll(async () => {
      const text = stored === 'binary' ? 'varbinary(40)' : `varchar(40) CHARACTER SET ${stored}`;
      await admin.query(
        `CREATE TABLE ${table} (id ${text}, name ${text}, region ${text}, age int, born date, KEY (id))`,
      );
      const insert = (id: string, nameBytes: string, age: number) =>
        admin.query(
          stored === 'binary'
            ? `INSERT INTO ${table} VALUES (UNHEX(?), UNHEX(?), UNHEX(?), ?, '2000-01-02')`
            : `INSERT IGNORE INTO ${table} VALUES (CONVERT(UNHEX(?) USING ${stored}), CONVERT(UNHEX(?) USING ${stored}),
                CONVERT(UNHEX(?) USING ${stored}), ?, '2000-01-02')`,
          [gbk(id), nameBytes, gbk('江苏省南京市'), age],
        );
      await insert(idOf(1), gbk('张三丰'), 17);
      await insert(toFullWidth(idOf(2)), gbk('龙門'), 18);
    });

    test('is read as GBK, keys included; numbers and dates stay what they are', async () => {
      const request = sqlRead(table, [idOf(1), idOf(2)], {
        keyColumns,
        columns: ['name', 'age', 'born', 'region'],
      });
      expect(await readValues(connect({ charset: 'GBK' }), request)).toEqual([
        ['张三丰', 17, '2000-01-02', '江苏省南京市'],
        ['龙門', 18, '2000-01-02', '江苏省南京市'],
      ]);
    });

    test('is filtered in GBK', async () => {
      const connector = connect({ columnCharsets: { name: 'GB18030', region: 'GBK' } });
      const read = (where: ReadRequest['where']) =>
        readValues(connector, sqlRead(table, [idOf(1)], { columns: ['age'], ...(where ? { where } : {}) }));
      expect(await read({ op: 'eq', column: 'name', value: '张三丰' })).toEqual([[17]]);
      expect(await read({ op: 'eq', column: 'name', value: '张三' })).toEqual([]);
      expect(await read({ op: 'prefix', column: 'region', value: '江苏省' })).toEqual([[17]]);
      expect(await read({ op: 'in', column: 'name', values: ['张三丰', '𠮷'] })).toEqual([[17]]);
      await expectFailure(read({ op: 'range', column: 'region', gte: '江' }), 'SOURCE_FAULT');
    });
  });

  /** What the server really touched, not what it planned. */
  const rowsExamined = async (request: ReadRequest, collation?: string): Promise<number> => {
    const { shape, keys, ...rest } = request;
    const layout = planLayout(shape);
    const [batch] = splitKeys(keys, shape.keyColumns, [], { maxKeys: 1000, maxForms: 10_000 });
    if (!batch || shape.target.kind !== 'sql') throw new TypeError('a test asks a table for somebody');
    const text = createMysqlText({ ...noRawColumns, storedAs: () => collation });
    const statement = compileSelect(
      shape,
      { ...rest, target: shape.target, layout, cut: cutOf(shape, 1000) },
      batch,
      text,
    );
    const session = await mysql.createConnection({
      uri: url.href.replace(url.pathname, `/${name}`),
      charset: 'utf8mb4',
    });
    try {
      await session.query('FLUSH STATUS');
      // The driver takes the kinds of parameters that SqlText makes.
      await session.execute(statement, [...text.parameters] as string[]);
      const [status] = await session.query<mysql.RowDataPacket[]>(
        `SHOW SESSION STATUS WHERE Variable_name IN ('Handler_read_rnd_next', 'Handler_read_next', 'Handler_read_key')`,
      );
      const counts = new Map(status.map((row) => [row['Variable_name'], Number(row['Value'])]));
      // A scan is read_rnd_next; the rows of the ranking's own temporary table count there too.
      return (counts.get('Handler_read_rnd_next') ?? 0) + (counts.get('Handler_read_next') ?? 0);
    } finally {
      await session.end();
    }
  };
});
