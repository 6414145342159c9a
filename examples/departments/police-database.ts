import type { PGlite } from '@electric-sql/pglite';
import type { PoliceRegister } from '../population/police-register.ts';
import { createEmptyDatabase } from './empty-cluster.ts';

/** Tables and columns as `schema/sources/police-population.graphql` names them. */
export const policeTables: Readonly<Record<keyof PoliceRegister, readonly string[]>> = {
  t_czrk: ['gmsfhm', 'xm', 'xbdm', 'csrq', 'mzdm', 'hklb', 'hh', 'qhdm', 'hjdz', 'lxdh', 'zdrybs', 'gxsj'],
  t_hjh: ['hh', 'hzxm', 'rs', 'hjdz', 'qhdm', 'fwbm'],
  t_xzcf: ['wsbh', 'gmsfhm', 'cfrq', 'ay', 'fcbz'],
  t_jzxx: ['gmsfhm', 'fwbm', 'qhdm', 'rzrq', 'gxsj'],
  t_bzdz_fw: ['fwbm', 'bzdzbm', 'bzdz', 'ldbm', 'lc', 'sh', 'qhdm'],
  t_bzdz_ld: ['ldbm', 'mc', 'dz', 'cs', 'jd', 'wd', 'qhdm'],
  t_ldrk: [
    'djbh',
    'gmsfhm',
    'xm',
    'xbdm',
    'csrq',
    'jzzbh',
    'hjdqh',
    'xzdqh',
    'xzdz',
    'jzsy',
    'djrq',
    'yxqz',
    'gxsj',
  ],
};

/** The only account; it may read and nothing else. */
export const reader = 'hub_reader';

const schema = `
  create table t_czrk (
    gmsfhm char(18) primary key, xm varchar(100) not null, xbdm char(1), csrq char(8), mzdm char(2), hklb char(2),
    hh char(9), qhdm char(12), hjdz varchar(200), lxdh varchar(20), zdrybs char(1), gxsj char(14)
  );
  create table t_hjh (
    hh char(9) primary key, hzxm varchar(100) not null, rs integer, hjdz varchar(200),
    qhdm char(12), fwbm varchar(30)
  );
  create table t_xzcf (wsbh varchar(60) primary key, gmsfhm varchar(20) not null, cfrq integer, ay varchar(100), fcbz char(1));
  create table t_ldrk (
    djbh varchar(32) primary key, gmsfhm varchar(20) not null, xm varchar(100) not null, xbdm char(1), csrq char(8),
    jzzbh varchar(20), hjdqh char(6), xzdqh char(12), xzdz varchar(200), jzsy char(2), djrq char(8), yxqz char(8), gxsj char(14)
  );
  comment on table t_ldrk is '流动人口居住登记';
  comment on table t_czrk is '常住人口登记';
  comment on table t_hjh is '户口登记簿';
  comment on table t_xzcf is '治安管理处罚';
`;

/** 实有人口居住登记 and 标准地址库. */
const placeSchema = `
  create table t_jzxx (
    gmsfhm varchar(20) primary key, fwbm varchar(30) not null, qhdm char(12), rzrq char(8), gxsj char(14)
  );
  create table t_bzdz_fw (
    fwbm varchar(30) primary key, bzdzbm varchar(30), bzdz varchar(200), ldbm varchar(30), lc integer, sh varchar(20),
    qhdm char(12)
  );
  create table t_bzdz_ld (
    ldbm varchar(30) primary key, mc varchar(100), dz varchar(200), cs integer, jd numeric(9, 6), wd numeric(9, 6),
    qhdm char(12)
  );
  comment on table t_jzxx is '实有人口居住登记';
  comment on table t_bzdz_fw is '标准地址库户室';
  comment on table t_bzdz_ld is '标准地址库楼栋';
`;

const indexes = `
  create index on t_czrk (hh);
  create index on t_hjh (fwbm);
  create index on t_jzxx (fwbm);
  create index on t_bzdz_fw (ldbm);
  create index on t_czrk (qhdm);
  create index on t_xzcf (gmsfhm);
  create index on t_ldrk (gmsfhm);
  create index on t_ldrk (xzdqh);
  analyze;
`;

/** A database in memory with the register in it, its only session bound to the reading account for good. */
export async function createPoliceDatabase(register: PoliceRegister): Promise<PGlite> {
  const database = await createEmptyDatabase();
  await database.exec(schema);
  await database.exec(placeSchema);
  for (const [table, rows] of Object.entries(register)) await copyRows(database, table, rows);
  await database.exec(indexes);
  await database.exec(`
    create role ${reader} login;
    grant select on ${Object.keys(policeTables).join(', ')} to ${reader};
    set session authorization ${reader};
  `);
  return database;
}

async function copyRows(database: PGlite, table: string, rows: readonly object[]): Promise<void> {
  // One of the register's, whose keys are the table's.
  const columns = policeTables[table as keyof PoliceRegister];
  const lines = rows.map((row) => {
    const values = new Map<string, unknown>(Object.entries(row));
    return columns.map((column) => copyText(values.get(column))).join('\t');
  });
  const blob = new Blob([lines.map((line) => `${line}\n`).join('')]);
  await database.query(`copy ${table} (${columns.join(', ')}) from '/dev/blob'`, [], { blob });
}

/** The text format of COPY. */
function copyText(value: unknown): string {
  if (value === null || value === undefined) return '\\N';
  return String(value).replace(/[\\\t\n\r]/g, (character) => `\\${character}`);
}
