import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Department } from '../../examples/departments/department.ts';
import { startPoliceDepartment } from '../../examples/departments/police.ts';
import { createPopulation } from '../../examples/population/population.ts';
import { readsOfSource } from './contract-reads.ts';

const residents = 400;
const { facts, police } = createPopulation({ residents });
const { everywhere, oldCard, lowerX, fullWidth, sealedMinor, wrongDate, outsider, unsettled, floating } =
  facts.fixed;

let department: Department;
const clients: pg.Client[] = [];

beforeAll(async () => {
  department = await startPoliceDepartment({ residents });
});

afterEach(async () => {
  await department.recover();
  await Promise.all(clients.splice(0).map((client) => client.end().catch(() => {})));
  department.resetReads();
});

afterAll(() => department.close());

describe('the police department', () => {
  it('answers every column of its contract file', async () => {
    const client = await connect();
    for (const { connect, columns } of await readsOfSource('police-population')) {
      if (connect.target.kind !== 'sql') throw new TypeError('the police is asked in SQL');
      const list = columns.map((column) => `"${column}"`).join(', ');
      const { rows } = await client.query(`select ${list} from "${connect.target.table}" limit 1`);
      expect(Object.keys(rows[0])).toEqual(columns);
    }
    expect(new Set(department.reads().map(({ what }) => what))).toEqual(new Set(Object.keys(police)));
  });

  it('holds the whole register, each key in its own form', async () => {
    const client = await connect();
    const { rows } = await client.query('select count(*)::int as count from t_czrk');
    expect(rows[0].count).toBe(police.t_czrk.length);
    const stored = [
      '330106550214913',
      lowerX.value.toLowerCase(),
      '３３０１０６１９７２０６３０９１５３',
      everywhere.value,
    ];
    const found = await select(client, 'xm', 't_czrk', stored);
    expect(new Set(found)).toEqual(new Set(['郑福根', '周立群', '冯建华', '沈国强']));
    expect(
      await select(client, 'xm', 't_czrk', [oldCard.value, lowerX.value, fullWidth.value, floating.value]),
    ).toEqual([]);
    expect(await select(client, 'csrq', 't_czrk', [wrongDate.value])).toEqual(['19900230']);
    expect(await select(client, 'qhdm', 't_czrk', [outsider.value])).toEqual(['330102001051']);
    expect(await select(client, 'hh', 't_czrk', [unsettled.value])).toEqual([null]);
  });

  it('keeps sealed penalties apart from open ones', async () => {
    const client = await connect();
    const sql = 'select fcbz from t_xzcf where btrim(gmsfhm) = any($1) order by cfrq';
    const { rows } = await client.query(sql, [[everywhere.value, sealedMinor.value]]);
    expect(rows.map(({ fcbz }) => fcbz)).toEqual(['0', '1', '1']);
    const trace = facts.sealed.find(({ id, table }) => id === sealedMinor.value && table === 't_xzcf')?.trace;
    const { rows: open } = await client.query("select wsbh from t_xzcf where fcbz in ('0')");
    expect(open.map(({ wsbh }) => wsbh)).not.toContain(trace);
  });

  it('gives the hub an account that can read and nothing else, for good', async () => {
    const client = await connect();
    const attempts = [
      "insert into t_hjh values ('1', '2', 3, '4')",
      'update t_czrk set xm = $$x$$',
      'delete from t_xzcf',
      'create table t_new (a int)',
      'set role postgres',
      'set session authorization postgres',
      "copy t_czrk to '/dev/blob'",
    ];
    for (const sql of attempts) await expect(client.query(sql), sql).rejects.toMatchObject({ code: '42501' });
    for (const sql of ['reset session authorization', 'reset role', 'discard all']) await client.query(sql);
    const { rows } = await client.query(
      'select current_user, session_user, rolsuper from pg_roles where rolname = current_user',
    );
    expect(rows).toEqual([{ current_user: 'hub_reader', session_user: 'hub_reader', rolsuper: false }]);
    await expect(client.query('delete from t_xzcf')).rejects.toMatchObject({ code: '42501' });
  });

  it.each([
    ['a wrong password', { password: 'wrong' }, '28P01'],
    ['another user', { user: 'postgres' }, '28000'],
    ['another database', { database: 'postgres' }, '28000'],
  ])('refuses %s', async (_what, wrong, code) => {
    await expect(connect(wrong)).rejects.toMatchObject({ code });
  });

  it('says which columns of which table it was asked, and for how many keys', async () => {
    const client = await connect();
    await client.query('begin read only');
    await client.query('select "t"."xm", t.csrq as born from "t_czrk" as t where "t"."gmsfhm" = any($1)', [
      ['a', 'b', 'c'],
    ]);
    await client.query('commit');
    const byName = {
      name: 'penalties',
      text: 'select ay from (select p.* from t_xzcf p where gmsfhm = $1) q',
      values: ['a'],
    };
    await client.query(byName);
    await client.query(byName);
    await client.query('select count(*) from t_hjh');
    expect(department.reads().map(({ what, columns, keys }) => ({ what, columns, keys }))).toEqual([
      { what: 't_czrk', columns: ['xm', 'csrq'], keys: 3 },
      { what: 't_xzcf', columns: ['ay', '*'], keys: 1 },
      { what: 't_xzcf', columns: ['ay', '*'], keys: 1 },
      { what: 't_hjh', columns: [], keys: 0 },
    ]);
    expect(department.reads()[0]?.asked).toContain('"t_czrk"');
  });

  it('lets several clients take turns without mixing their statements', async () => {
    const sql = 'select $1::int as count, xm from t_czrk where gmsfhm = $2';
    const askTwenty = async (client: pg.Client, first: number) => {
      for (let count = first; count < first + 20; count++) {
        const { rows } = await client.query(sql, [count, everywhere.value]);
        expect(rows).toEqual([{ count, xm: '沈国强' }]);
      }
    };
    const open = await Promise.all([connect(), connect(), connect()]);
    await Promise.all(open.map((client, index) => askTwenty(client, 100 * index)));
  });

  it('goes on when a client leaves in the middle of a transaction', async () => {
    const [leaving, staying] = [await connect(), await connect()];
    await leaving.query('begin');
    await leaving.query('select xm from t_czrk limit 1');
    const waiting = staying.query('select 1 as one');
    await leaving.end();
    expect((await waiting).rows).toEqual([{ one: 1 }]);
    expect((await staying.query('select txid_current_if_assigned() as id')).rows).toEqual([{ id: null }]);
  });

  it('tells a client of its error and goes on', async () => {
    const client = await connect();
    await expect(client.query('select nothing from t_czrk')).rejects.toMatchObject({ code: '42703' });
    await expect(client.query('select xm from t_czrk where csrq::int = $1', ['x'])).rejects.toMatchObject({
      code: '22P02',
    });
    expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });
});

describe('a broken police department', () => {
  const sql = 'select gmsfhm, xm from t_czrk where gmsfhm = any($1) order by csrq';
  const ask = async (client: pg.Client) =>
    (await client.query(sql, [[everywhere.value, wrongDate.value]])).rows;

  it.each([
    [{ kind: 'reset' }, /terminated/],
    [{ kind: 'empty' }, /terminated/],
    [{ kind: 'half' }, /terminated/],
    [{ kind: 'html' }, /terminated/],
    [{ kind: 'status', status: 503 }, /out of memory/],
    [{ kind: 'wrong-shape' }, /column does not exist/],
  ] as const)('does not answer with $kind', async (fault, message) => {
    const client = await connect();
    await department.inject(fault);
    await expect(ask(client)).rejects.toThrow(message);
    await department.recover();
    expect(await ask(await connect())).toHaveLength(2);
  });

  it('adds somebody else, repeats, reverses and retypes rows', async () => {
    const client = await connect();
    const right = await ask(client);
    await department.inject({ kind: 'foreign-row' });
    expect(await ask(client)).toEqual([{ ...right[0], gmsfhm: outsider.value }, ...right]);
    await department.inject({ kind: 'duplicate-rows' });
    expect(await ask(client)).toEqual(right.flatMap((row) => [row, row]));
    await department.inject({ kind: 'reversed-rows' });
    expect(await ask(client)).toEqual(right.toReversed());
    await department.inject({ kind: 'wrong-types' });
    expect((await ask(client)).map(({ xm }) => xm)).toEqual(['{"unexpected":true}', '{"unexpected":true}']);
    await department.inject({ kind: 'huge', bytes: 1_000_000 });
    expect((await ask(client)).map(({ xm }) => xm.length)).toEqual([1_000_000, right[1]?.xm.length]);
    await department.recover();
    expect(await ask(client)).toEqual(right);
  });

  it('hangs until it recovers, and others wait no longer than that', async () => {
    const client = await connect();
    await department.inject({ kind: 'hang' });
    const hanging = expect(ask(client)).rejects.toThrow(/terminated/);
    await vi.waitFor(() => expect(department.delayed()).toBe(1));
    const other = await connect();
    await department.recover();
    await hanging;
    expect(await ask(other)).toHaveLength(2);
  });

  it('comes back on the same port after refusing', async () => {
    const client = await connect();
    const cut = new Promise((resolve) => client.once('end', resolve));
    await department.inject({ kind: 'refuse' });
    await cut;
    await expect(connect()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await department.recover();
    expect(await ask(await connect())).toHaveLength(2);
  });

  it('answers late when it is slow', async () => {
    const client = await connect();
    await department.inject({ kind: 'slow', ms: 60 });
    const started = performance.now();
    expect(await ask(client)).toHaveLength(2);
    expect(performance.now() - started).toBeGreaterThan(50);
  });
});

async function connect(wrong: Partial<pg.ClientConfig> = {}): Promise<pg.Client> {
  const { connection } = department;
  if (connection.kind !== 'postgres') throw new TypeError('the police is reached by PostgreSQL');
  const { host, port, database, user, password } = connection;
  const client = new pg.Client({ host, port, database, user, ...(password ? { password } : {}), ...wrong });
  client.on('error', () => {});
  clients.push(client);
  await client.connect();
  return client;
}

async function select(
  client: pg.Client,
  column: string,
  table: string,
  keys: readonly string[],
): Promise<unknown[]> {
  const { rows } = await client.query(`select ${column} as value from ${table} where gmsfhm = any($1)`, [
    keys,
  ]);
  return rows.map(({ value }) => value);
}
