import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, inflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPopulation } from '../../examples/population/population.ts';
import { openStorage, type Storage } from '../../src/storage/storage.ts';
import { storageKinds } from '../support/test-storage.ts';
import { startHub, type TestHub } from './hub.ts';

const query = `query($ids: [ResidentIdentifier!]!) { residents(identifiers: $ids) {
  id name birthDate address citizenId police { phone household { headName } penalties { cause } watchFlag }
  civilAffairs { marriages { spouseName spouseCitizenId certificateNumber } }
  socialSecurity { employer contributions(first: 3) { amountYuan } }
  justice { mediationCases { caseNumber parties { name } } } } }`;
const found = `query($where: ResidentFilter, $after: String) { searchResidents(where: $where, first: 5, after: $after) {
  totalCount pageInfo { endCursor } nodes { id name } } }`;

describe.each(storageKinds)('no personal value in any table, file or log of the hub (%s)', (kind) => {
  let hub: TestHub;
  let child: ChildProcess;
  let url: string;
  let log = '';
  /** Whatever was asked for or shown. */
  const values = new Set<string>();
  beforeAll(async () => {
    hub = await startHub({ storage: kind });
    await hub.app.close();
    // The process that operators run, at its most talkative.
    child = spawn(process.execPath, ['--import', './scripts/typescript.mjs', 'tests/story/serve-hub.ts'], {
      env: { PATH: process.env['PATH'], ...hub.environment, HUB_LOG_LEVEL: 'debug' },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        log += text;
      });
    }
    while (child.stdout && !/^http:\S+\n/m.test(log)) await once(child.stdout, 'data');
    url = /^http:\S+/m.exec(log)?.[0] ?? '';
    await askEverything();
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  });
  afterAll(async () => {
    child?.kill('SIGKILL');
    await hub.close();
  });

  interface Ask {
    readonly client?: string;
    readonly path?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body: unknown;
  }

  async function ask({ client = 'mediation-center', path = '/graphql', headers = {}, body }: Ask) {
    const response = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${await hub.token({ client })}`,
        'shuqiao-purpose': 'dispute-mediation',
        'shuqiao-case': '2026-TJ-0001',
        ...headers,
      },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return { status: response.status, answer: JSON.parse(await response.text()) };
  }

  async function askEverything(): Promise<void> {
    const { people } = createPopulation({ residents: hub.facts.residents });
    const citizens = people.filter(({ identifier }) => identifier.type === 'CITIZEN_ID').slice(0, 100);
    const ids = citizens.map(({ identifier }) => ({ value: identifier.value }));
    const id = ids[0]?.value ?? '';
    for (const { identifier, name } of citizens) {
      values.add(identifier.value);
      if (name.length >= 3) values.add(name);
    }
    const shown = await ask({ body: { query, variables: { ids } } });
    expect(shown.status).toBe(200);
    noteShown(shown.answer.data);
    const street = { client: 'street-platform', headers: { 'shuqiao-purpose': 'grassroots-governance' } };
    const page = await ask({
      ...street,
      body: { query: found, variables: { where: { sex: { eq: 'FEMALE' } } } },
    });
    expect(page.answer.errors).toBeUndefined();
    noteShown(page.answer.data);
    const after = page.answer.data.searchResidents.pageInfo.endCursor;
    const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
    const audit = { client: 'audit-office', headers: { 'shuqiao-purpose': 'audit-review' } };
    const odd: readonly Ask[] = [
      { ...street, body: { query: found, variables: { where: { name: { eq: citizens[0]?.name } } } } },
      { ...street, body: { query: found, variables: { after } } },
      { ...street, body: { query: found, variables: { after: id } } },
      {
        ...audit,
        body: { query: `{ accessRecords(where: { resident: { value: "${id}" } }) { nodes { subjects } } }` },
      },
      { body: { query: query.replace('name birthDate', 'nobody'), variables: { ids } } },
      { body: { query: `{ resident(identifier: { value: "${id}" }) { name } }` } },
      {
        body: { query: `query Q${id} { r${id}: resident(identifier: { value: "${id}" }) { n${id}: name } }` },
      },
      { body: { query: `{ resident(identifier: { value: "${id}" }) { n${id} } }` } },
      { body: { query: `{ resident(identifier: { value: "${id}" ` } },
      { body: { query: '{ __typename }', operationName: id, variables: { [id]: id } } },
      { body: { query, variables: { ids: [{ value: `${id}0` }, { value: id, [id]: id }] } } },
      { body: `{"query": "${id}` },
      { body: [id] },
      { path: `/services/s${id}`, body: { identifier: { value: id } } },
      { path: `/${id}?name=${id}`, body: {} },
      { headers: { 'shuqiao-case': id }, body: { query: '{ __typename }' } },
      { headers: { 'shuqiao-purpose': id }, body: { query: '{ __typename }' } },
      { headers: bearer(`${id}.a.b`), body: { query: '{ __typename }' } },
      {
        headers: bearer(`e30.${Buffer.from(JSON.stringify({ iss: id })).toString('base64url')}.x`),
        body: {},
      },
      { headers: { 'content-type': `text/${id}` }, body: id },
    ];
    for (const one of odd) await ask(one);
    // What departments say wrong is what the hub speaks of most.
    for (const fault of [
      'wrong-types',
      'foreign-row',
      'duplicate-rows',
      'half',
      'wrong-shape',
      'refuse',
    ] as const) {
      const departments = Object.values(hub.departments);
      await Promise.all(departments.map((department) => department.inject({ kind: fault })));
      await ask({ body: { query, variables: { ids: ids.slice(0, 5) } } });
      await Promise.all(departments.map((department) => department.recover()));
    }
  }

  /** Texts of an answer that could tell somebody; not what the agreements themselves say. */
  function noteShown(answer: unknown): void {
    if (typeof answer === 'string' && (/\d{6}|\d-\d/.test(answer) || /\p{Script=Han}{3}/u.test(answer))) {
      values.add(answer);
    } else if (typeof answer === 'object' && answer !== null) {
      for (const part of Object.values(answer)) noteShown(part);
    }
  }

  const foundIn = (contents: readonly Buffer[]) => findValues([...values], contents);

  it('after every kind of request and every fault, none is in what the process wrote at its most talkative', () => {
    const lines = log.split('\n').filter((line) => line.startsWith('{'));
    const messages = new Set(lines.map((line) => JSON.parse(line).msg));
    expect(messages).toContain('a source could not be used as it should');
    expect(messages).toContain('a token was refused');
    expect(values.size).toBeGreaterThan(200);
    expect(foundIn([Buffer.from(log)])).toEqual([]);
  });

  it('nor in any file of the data directory', async () => {
    expect(foundIn(await readAll(hub.dataDir))).toEqual([]);
  });

  it('nor in any column of any table, however it is stored', async () => {
    const { DATABASE_URL: databaseUrl } = hub.environment;
    const storage = await openStorage({
      dataDir: hub.dataDir,
      production: false,
      ...(databaseUrl === undefined ? {} : { databaseUrl }),
    });
    try {
      const tables = await readTables(storage);
      expect(tables.size).toBeGreaterThan(10);
      expect([...tables.keys()]).toContain('audit.record');
      expect(tables.get('audit.record')?.length).toBeGreaterThan(20);
      const told = [...tables].flatMap(([table, rows]) => foundIn(rows).map((value) => `${table} ${value}`));
      expect(told).toEqual([]);
      // This search would see one: long enough to be compressed, as bytes, and compressed by the hub itself.
      const [value = ''] = values;
      await storage.sql.query('CREATE TABLE probe (body bytea)');
      const hidden = Buffer.from(value.repeat(10_000));
      await storage.sql.query('INSERT INTO probe VALUES ($1)', [hidden]);
      expect(foundIn((await readTables(storage)).get('public.probe') ?? [])).toEqual([value]);
    } finally {
      await storage.close();
    }
  });
});

/** Rows by table, each as its text and as all that is hidden in it as bytes. */
async function readTables({ sql }: Storage): Promise<ReadonlyMap<string, readonly Buffer[]>> {
  const tables = await sql.query(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
     WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1`,
  );
  const rows = new Map<string, readonly Buffer[]>();
  for (const { name } of tables) {
    const texts = await sql.query(`SELECT t::text AS row FROM ${String(name)} t`);
    rows.set(
      String(name),
      texts.flatMap(({ row }) => [Buffer.from(String(row)), ...bytesIn(String(row))]),
    );
  }
  return rows;
}

function bytesIn(row: string): Buffer[] {
  return [...row.matchAll(/\\x([0-9a-f]{2,})/g)].flatMap(([, hex = '']) => {
    const bytes = Buffer.from(hex, 'hex');
    return [bytes, ...unpack(bytes, gunzipSync), ...unpack(bytes, inflateSync)];
  });
}

function unpack(bytes: Buffer, how: (bytes: Buffer) => Buffer): Buffer[] {
  try {
    return [how(bytes)];
  } catch {
    return [];
  }
}

async function readAll(folder: string): Promise<Buffer[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return Promise.all(
    entries.filter((entry) => entry.isFile()).map((entry) => readFile(join(entry.parentPath, entry.name))),
  );
}

/** Those of the values that stand in the contents. One walk over each, however many values there are: files are large. */
function findValues(values: readonly string[], contents: readonly Buffer[]): string[] {
  const begins = new Uint8Array(65_536);
  const byBegin = new Map<number, Buffer[]>();
  for (const value of values.map((text) => Buffer.from(text))) {
    begins[value.readUInt16BE(0)] = 1;
    const begin = value.readUInt32BE(0);
    byBegin.set(begin, [...(byBegin.get(begin) ?? []), value]);
  }
  const found = new Set<string>();
  for (const bytes of contents) {
    for (let at = 0; at + 4 <= bytes.length; at++) {
      if (!begins[((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)]) continue;
      for (const value of byBegin.get(bytes.readUInt32BE(at)) ?? []) {
        if (bytes.subarray(at, at + value.length).equals(value)) found.add(value.toString());
      }
    }
  }
  return [...found];
}
