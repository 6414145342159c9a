import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import pg from 'pg';
import { createEmptyDatabase } from '../../../examples/departments/empty-cluster.ts';
import type { ConnectorHarness, RunningSource } from '../../contract/connector.ts';
import { engines } from '../../support/engines.ts';
import type { Fixture } from './fixture.ts';
import { sqlSettings, uniqueName } from './sql-source.ts';
import { startTcpProxy } from './tcp-proxy.ts';

const tables = `
  CREATE TABLE people (id_no varchar(20) NOT NULL, full_name text, region varchar(12), score integer, note text);
  CREATE INDEX people_id ON people (id_no);
  CREATE TABLE events (id_no varchar(20) NOT NULL, happened varchar(8), kind text, sealed char(2));
  CREATE INDEX events_id ON events (id_no);`;

/** A database of one's own on the server, and a role that may only read, as a department should give the hub. */
export const postgresServer: ConnectorHarness = {
  capabilities: { ambiguity: true, batched: true, lists: true },
  start: async (fixture) => {
    const url = new URL(engines.postgres ?? '');
    const name = uniqueName();
    const admin = new pg.Client(url.href);
    await admin.connect();
    await admin.query(`CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8'`);
    await admin.query(`CREATE ROLE ${name} LOGIN PASSWORD 'hunter2'`);
    const database = new pg.Client(new URL(`/${name}`, url).href);
    await database.connect();
    await database.query(tables);
    await insertAll(fixture, (text, values) => database.query(text, [...values]));
    await database.query(`GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${name}; ANALYZE`);
    await database.end();
    const proxy = await startTcpProxy({ host: url.hostname, port: Number(url.port || 5432) });
    return running(name, name, proxy, {}, async () => {
      await proxy.close();
      await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
      await admin.query(`DROP ROLE ${name}`);
      await admin.end();
    });
  },
};

/** PGlite over the wire: one session at a time and no statement timeout, so a hanging statement is cut by the hub alone. */
export const pgliteOverTheWire: ConnectorHarness = {
  capabilities: { ambiguity: true, batched: true, lists: true },
  start: async (fixture) => {
    const db = await createEmptyDatabase();
    await db.exec(tables);
    await insertAll(fixture, (text, values) => db.query(text, [...values]));
    const server = new PGLiteSocketServer({ db, port: 0, host: '127.0.0.1', maxConnections: 16 });
    await server.start();
    const [host = '', port] = server.getServerConn().split(':');
    const proxy = await startTcpProxy({ host, port: Number(port) });
    return running('postgres', 'postgres', proxy, { poolSize: 1 }, async () => {
      await proxy.close();
      await server.stop();
      await db.close();
    });
  },
};

function running(
  database: string,
  user: string,
  proxy: RunningSource['proxy'],
  more: { readonly poolSize?: number },
  stop: () => Promise<void>,
): RunningSource {
  return {
    settings: sqlSettings('postgres'),
    connection: {
      kind: 'postgres',
      host: '127.0.0.1',
      port: proxy.port,
      database,
      user,
      password: 'hunter2',
      ...more,
    },
    people: { target: { kind: 'sql', table: 'people' } },
    events: { target: { kind: 'sql', table: 'public.events' } },
    proxy,
    stop,
  };
}

async function insertAll(
  { people, events }: Fixture,
  query: (text: string, values: readonly unknown[]) => Promise<unknown>,
): Promise<void> {
  await query('INSERT INTO people SELECT * FROM json_populate_recordset(NULL::people, $1)', [
    JSON.stringify(people),
  ]);
  await query('INSERT INTO events SELECT * FROM json_populate_recordset(NULL::events, $1)', [
    JSON.stringify(events),
  ]);
}
