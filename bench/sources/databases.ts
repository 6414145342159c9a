import { randomBytes } from 'node:crypto';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { createSecret } from '../../examples/departments/credentials.ts';
import { createEmptyDatabase } from '../../examples/departments/empty-cluster.ts';
import { createFaultSwitch } from '../../examples/departments/faults.ts';
import { createListener } from '../../examples/departments/listener.ts';
import { createPoliceServer } from '../../examples/departments/police-wire.ts';
import type { Connection } from '../../src/connectors/connector.ts';
import { civilAffairsColumns, policeColumns, type StoredPerson } from '../population.ts';

export type SqlConnection = Extract<Connection, { kind: 'postgres' | 'mysql' }>;

/** A database with one department's table in it, gone when closed. */
export interface TableSource {
  readonly connection: SqlConnection;
  readonly kind: string;
  close(): Promise<void>;
}

const policeTable = `CREATE TABLE t_czrk (
  gmsfhm varchar(18) PRIMARY KEY, xm varchar(100), xbdm char(1), csrq char(8), hklb char(2), qhdm char(12),
  hjdz varchar(200), lxdh varchar(20))`;

/** On a PostgreSQL server, in a database of its own. */
export async function createPoliceOnServer(
  url: string,
  people: readonly StoredPerson[],
): Promise<TableSource> {
  const database = await createBenchDatabase(url);
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(policeTable);
  for (const rows of chunked(policeRows(people))) {
    const row = policeColumns.map((_, at) => `$${at + 1}::text[]`).join(', ');
    const columns = policeColumns.map((_, at) => rows.map((values) => values[at]));
    await client.query(`INSERT INTO t_czrk SELECT * FROM unnest(${row})`, columns);
  }
  await client.query('ANALYZE t_czrk');
  const { rows } = await client.query('SHOW server_version');
  await client.end();
  return {
    connection: { kind: 'postgres', ...partsOf(database.url, 5432) },
    kind: `PostgreSQL ${String(rows[0]?.server_version).split(' ')[0]}`,
    close: database.drop,
  };
}

/** In this process: PGlite's one session serves everybody in turn, so that reads of concurrent requests wait for each other. */
export async function createPoliceEmbedded(people: readonly StoredPerson[]): Promise<TableSource> {
  const database = await createEmptyDatabase();
  await database.exec(policeTable);
  for (const rows of chunked(policeRows(people))) {
    const values = rows.map((row) => `(${row.map((value) => `'${value}'`).join(', ')})`);
    await database.exec(`INSERT INTO t_czrk VALUES ${values.join(', ')}`);
  }
  const account = { user: 'bench', password: createSecret(), database: 'population' };
  const server = createPoliceServer({
    database,
    account,
    tables: { t_czrk: policeColumns },
    // The relay counts.
    log: { add() {}, all: () => [], reset() {} },
    faults: createFaultSwitch(),
    foreignKey: '',
  });
  const listener = await createListener(server, { host: '127.0.0.1', port: 0 });
  return {
    connection: { kind: 'postgres', host: '127.0.0.1', port: listener.port, ...account, poolSize: 1 },
    kind: 'PGlite, one session',
    async close() {
      await listener.shut();
      await database.close();
    },
  };
}

/** On a MySQL or MariaDB server, in a database of its own. */
export async function createCivilAffairsOnServer(
  url: string,
  people: readonly StoredPerson[],
): Promise<TableSource> {
  const name = `shuqiao_bench_${randomBytes(6).toString('hex')}`;
  const admin = await mysql.createConnection(url);
  await admin.query(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`);
  await admin.query(`CREATE TABLE ${name}.person (
    id_card varchar(18) PRIMARY KEY, real_name varchar(100), marital_code char(2), assist_kind char(1), assist_fen int)`);
  const stored = people.flatMap(({ civilAffairs }) => civilAffairs ?? []);
  for (const rows of chunked(stored)) {
    await admin.query(`INSERT INTO ${name}.person VALUES ?`, [
      rows.map((row) => civilAffairsColumns.map((column) => row[column])),
    ]);
  }
  const [[version]] = await admin.query<mysql.RowDataPacket[]>('SELECT version() AS version');
  const at = new URL(url);
  at.pathname = `/${name}`;
  return {
    connection: { kind: 'mysql', ...partsOf(at.href, 3306) },
    kind: String(version?.['version']).replace(/^([\d.]+)-(MariaDB).*/, '$2 $1'),
    async close() {
      await admin.query(`DROP DATABASE IF EXISTS ${name}`);
      await admin.end();
    },
  };
}

/** An empty database on the server of a PostgreSQL URL. */
export async function createBenchDatabase(
  server: string,
): Promise<{ readonly url: string; drop(): Promise<void> }> {
  const name = `shuqiao_bench_${randomBytes(6).toString('hex')}`;
  await runOn(server, `CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => runOn(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

async function runOn(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

function policeRows(people: readonly StoredPerson[]): string[][] {
  return people.flatMap(({ police }) => (police ? [policeColumns.map((column) => police[column])] : []));
}

function chunked<T>(rows: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(rows.length / 1_000) }, (_, at) =>
    rows.slice(at * 1_000, (at + 1) * 1_000),
  );
}

function partsOf(text: string, defaultPort: number) {
  const { hostname, port, pathname, username, password } = new URL(text);
  return {
    host: hostname,
    port: port === '' ? defaultPort : Number(port),
    database: decodeURIComponent(pathname.slice(1)),
    user: decodeURIComponent(username),
    ...(password === '' ? {} : { password: decodeURIComponent(password) }),
  };
}
