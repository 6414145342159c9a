import { randomBytes } from 'node:crypto';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { Pool } from 'undici';
import type { Connection } from '../../src/connectors/connector.ts';
import type { SourceAddresses } from '../sources/source-addresses.ts';
import {
  type CivilAffairsRow,
  type JusticeRow,
  type PoliceRow,
  type SocialSecurityRow,
  toCivilAffairs,
  toJustice,
  toPolice,
  toSocialSecurity,
} from './shown-records.ts';

/**
 * The four reads as a developer would write them by hand: one batched read per department, records by citizen id, ready to be shown.
 * A resident whom a department does not know is in none of its records.
 */
export interface DepartmentReads {
  police(ids: readonly string[]): Promise<ReadonlyMap<string, unknown>>;
  civilAffairs(ids: readonly string[]): Promise<ReadonlyMap<string, unknown>>;
  socialSecurity(ids: readonly string[]): Promise<ReadonlyMap<string, unknown>>;
  justice(ids: readonly string[]): Promise<ReadonlyMap<string, unknown>>;
  close(): Promise<void>;
}

/** As many sessions as the contracts of the hub allow. */
const connections = 10;

export function createDepartmentReads(addresses: SourceAddresses): DepartmentReads {
  const police = createPoliceRead(addresses['police-population']);
  const civilAffairs = createCivilAffairsRead(addresses['civil-affairs-registry']);
  const socialSecurity = createSocialSecurityRead(addresses['social-security-insurance']);
  const justice = createJusticeRead(addresses['justice-cases']);
  return {
    police: police.read,
    civilAffairs: civilAffairs.read,
    socialSecurity: socialSecurity.read,
    justice: justice.read,
    async close() {
      for (const { close } of [police, civilAffairs, socialSecurity, justice]) await close();
    },
  };
}

interface DepartmentRead {
  read(ids: readonly string[]): Promise<ReadonlyMap<string, unknown>>;
  close(): Promise<void>;
}

function createPoliceRead(connection: Connection): DepartmentRead {
  if (connection.kind !== 'postgres') throw new TypeError('the police are on PostgreSQL');
  const { poolSize, kind: _, tls: __, ...address } = connection;
  // Kept while others are measured: PGlite, with its one session for all, still knows what a closed one prepared.
  const pool = new pg.Pool({ ...address, max: poolSize ?? connections, idleTimeoutMillis: 0 });
  const text =
    'SELECT gmsfhm, xm, xbdm, csrq, hklb, qhdm, hjdz, lxdh FROM t_czrk WHERE gmsfhm = ANY($1::text[])';
  // PGlite over the wire has one session for all.
  const name = `police-${randomBytes(4).toString('hex')}`;
  return {
    async read(ids) {
      const idOfKey = new Map<string, string>();
      for (const id of ids) for (const key of policeKeys(id)) idOfKey.set(key, id);
      const { rows } = await pool.query<PoliceRow>({
        name,
        text,
        values: [[...idOfKey.keys()]],
      });
      return new Map(rows.map((row) => [idOfKey.get(row.gmsfhm) ?? '', toPolice(row)]));
    },
    close: () => pool.end(),
  };
}

/** The register holds old numbers of 15 digits, and a small x. */
function policeKeys(id: string): string[] {
  const keys = [id];
  if (id.startsWith('19', 6)) keys.push(id.slice(0, 6) + id.slice(8, 17));
  if (id.endsWith('X')) keys.push(id.toLowerCase());
  return keys;
}

function createCivilAffairsRead(connection: Connection): DepartmentRead {
  if (connection.kind === 'http') return createCivilAffairsHttpRead(connection.baseUrl);
  if (connection.kind !== 'mysql') throw new TypeError('civil affairs are on MySQL or HTTP');
  const { poolSize: _, kind: __, tls: ___, ...address } = connection;
  const pool = mysql.createPool({ ...address, connectionLimit: connections });
  const text =
    'SELECT id_card, real_name, marital_code, assist_kind, assist_fen FROM person WHERE id_card IN (?)';
  return {
    async read(ids) {
      const [rows] = await pool.query<(CivilAffairsRow & mysql.RowDataPacket)[]>(text, [ids]);
      return new Map(rows.map((row) => [row.id_card, toCivilAffairs(row)]));
    },
    close: () => pool.end(),
  };
}

function createCivilAffairsHttpRead(baseUrl: string): DepartmentRead {
  const pool = new Pool(baseUrl, { connections });
  const fields = ['id_card', 'real_name', 'marital_code', 'assist_kind', 'assist_fen'];
  return {
    async read(ids) {
      const { data } = await post<BatchAnswer<CivilAffairsRow>>(pool, '/persons/batch', {
        keys: ids,
        fields,
      });
      return new Map(data.rows.map((row) => [row.id_card, toCivilAffairs(row)]));
    },
    close: () => pool.close(),
  };
}

function createSocialSecurityRead(connection: Connection): DepartmentRead {
  if (connection.kind !== 'http') throw new TypeError('social security is behind HTTP');
  const pool = new Pool(connection.baseUrl, { connections });
  const fields = ['aac002', 'aac031', 'unit.aab004', 'aac049', 'aae180'];
  return {
    async read(ids) {
      const keys = ids.flatMap((id) => (id.endsWith('X') ? [id, id.toLowerCase()] : id));
      const { data } = await post<BatchAnswer<SocialSecurityRow>>(pool, '/insured/batch', { keys, fields });
      return new Map(data.rows.map((row) => [row.aac002.toUpperCase(), toSocialSecurity(row)]));
    },
    close: () => pool.close(),
  };
}

const entitiesQuery = `query ($representations: [_Any!]!) {
  _entities(representations: $representations) {
    ... on Person { idNumber fullName legalAid { count } lastAcceptedOn }
  }
}`;

function createJusticeRead(connection: Connection): DepartmentRead {
  if (connection.kind !== 'graphql') throw new TypeError('justice is behind GraphQL');
  const pool = new Pool(connection.baseUrl, { connections });
  return {
    async read(ids) {
      const representations = ids.map((idNumber) => ({ __typename: 'Person', idNumber }));
      const { data } = await post<{ data: { _entities: (JusticeRow | null)[] } }>(pool, '/', {
        query: entitiesQuery,
        variables: { representations },
      });
      const records = new Map<string, unknown>();
      for (const row of data._entities) if (row) records.set(row.idNumber, toJustice(row));
      return records;
    },
    close: () => pool.close(),
  };
}

interface BatchAnswer<Row> {
  readonly code: string;
  readonly data: { readonly rows: readonly Row[] };
}

async function post<T>(pool: Pool, path: string, body: unknown): Promise<T> {
  const response = await pool.request({
    method: 'POST',
    path,
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(body),
  });
  if (response.statusCode !== 200) throw new TypeError(`a department answered ${response.statusCode}`);
  // The department's documented answer; a caller of one's own department checks no more.
  return (await response.body.json()) as T;
}
