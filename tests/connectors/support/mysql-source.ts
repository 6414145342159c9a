import mysql from 'mysql2/promise';
import type { ConnectorHarness } from '../../contract/connector.ts';
import { engines } from '../../support/engines.ts';
import type { Fixture } from './fixture.ts';
import { sqlSettings, uniqueName } from './sql-source.ts';
import { startTcpProxy } from './tcp-proxy.ts';

const tables = [
  `CREATE TABLE people (id_no varchar(20) NOT NULL, full_name varchar(80), region varchar(12), score int, note text,
    KEY people_id (id_no)) DEFAULT CHARSET utf8mb4`,
  `CREATE TABLE events (id_no varchar(20) NOT NULL, happened varchar(8), kind varchar(20), sealed char(2),
    KEY events_id (id_no)) DEFAULT CHARSET utf8mb4`,
];

/** A database of one's own on the server, and an account that may only read, as a department should give the hub. */
export const mysqlServer: ConnectorHarness = {
  capabilities: { ambiguity: true, batched: true, lists: true },
  start: async (fixture) => {
    const url = new URL(engines.mysql ?? '');
    const name = uniqueName();
    const admin = await mysql.createConnection({
      uri: url.href.replace(url.pathname, ''),
      charset: 'utf8mb4',
    });
    await admin.query(`CREATE DATABASE ${name}`);
    await admin.query(`CREATE USER ${name} IDENTIFIED BY 'hunter2'`);
    await admin.query(`GRANT SELECT ON ${name}.* TO ${name}`);
    await admin.query(`USE ${name}`);
    for (const table of tables) await admin.query(table);
    await insertAll(fixture, admin);
    const proxy = await startTcpProxy({ host: url.hostname, port: Number(url.port || 3306) });
    return {
      settings: sqlSettings('mysql'),
      connection: {
        kind: 'mysql',
        host: '127.0.0.1',
        port: proxy.port,
        database: name,
        user: name,
        password: 'hunter2',
      },
      people: { target: { kind: 'sql', table: 'people' } },
      events: { target: { kind: 'sql', table: `${name}.events` } },
      proxy,
      stop: async () => {
        await proxy.close();
        await admin.query(`DROP DATABASE ${name}`);
        await admin.query(`DROP USER ${name}`);
        await admin.end();
      },
    };
  },
};

async function insertAll({ people, events }: Fixture, admin: mysql.Connection): Promise<void> {
  for (const [table, rows] of Object.entries({ people, events })) {
    await admin.query(`INSERT INTO ${table} VALUES ?`, [rows.map((row) => Object.values(row))]);
  }
}
