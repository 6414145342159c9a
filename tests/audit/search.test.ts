import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AccessEntry, AuditStore } from '../../src/audit/entry.ts';
import { fetchUsage } from '../../src/audit/fetch-usage.ts';
import { openEntry } from '../../src/audit/open-entry.ts';
import { createProjector } from '../../src/audit/projector.ts';
import { createPseudonymiser, subjectKeyOf } from '../../src/audit/pseudonym.ts';
import type { RecordFilter } from '../../src/audit/record-filter.ts';
import { sealEntry } from '../../src/audit/seal-entry.ts';
import { searchRecords } from '../../src/audit/search.ts';
import type { Sql } from '../../src/audit/sql.ts';
import { createWrittenRecords } from '../../src/audit/written-records.ts';
import { createFaultyStore } from './faulty-store.ts';
import { anyEntry } from './random-entries.ts';
import {
  entriesOf,
  entryOf,
  firstMigrations,
  type LogEngine,
  logEngines,
  openLog,
  readLog,
  searchMigration,
} from './support.ts';

const log = { origin: 'hub.example/log', replica: 'r1' };
const base = entryOf();
const caller = base.caller as NonNullable<AccessEntry['caller']>;
const [read] = base.reads;

describe.each(logEngines)('searching the log on $name', ({ open }) => {
  let engine: LogEngine;
  let store: AuditStore;

  beforeAll(async () => {
    engine = await open();
    store = engine.createStore();
  });
  beforeEach(() => engine.reset());
  afterAll(async () => {
    await store.close();
    await engine.close();
  });

  async function append(...entries: readonly AccessEntry[]): Promise<void> {
    await store.append(entries.map((entry) => sealEntry(entry, log)));
  }

  async function search(filter: RecordFilter, page: { first: number; after?: string } = { first: 100 }) {
    await createProjector(engine.sql).catchUp();
    return searchRecords(engine.sql, filter, page);
  }

  async function indexesOf(filter: RecordFilter): Promise<readonly number[]> {
    return (await search(filter)).records.map((record) => Number(record.index));
  }

  /** What an administrator with all rights can do. */
  async function tamper(statement: string): Promise<void> {
    const tables = ['audit.record', 'audit.record_00000000'];
    await engine.exec(tables.map((table) => `ALTER TABLE ${table} DISABLE TRIGGER append_only;`).join(''));
    await engine.exec(statement);
    await engine.exec(tables.map((table) => `ALTER TABLE ${table} ENABLE TRIGGER append_only;`).join(''));
  }

  /** Ids of patterns are given in the order in which they occurred, so they may differ. */
  async function projections(): Promise<string> {
    const accesses = `(SELECT leaf_index, at, event_id, repeat_of, case_ref, digest, terms
      FROM audit.access JOIN audit.access_pattern AS p ON p.id = pattern)`;
    const tables = ['access_subject', 'access_hour', 'usage', 'finding', 'projection'];
    const texts = await Promise.all(
      [accesses, ...tables.map((table) => `audit.${table}`)].map((table) =>
        engine.sql.query(
          `SELECT coalesce(string_agg(t::text, '\n' ORDER BY t::text), '') AS rows FROM ${table} AS t`,
          [],
        ),
      ),
    );
    return JSON.stringify(texts);
  }

  /** A log whose records are kept for its projector, as in the hub. */
  function openKept(sql: Sql = engine.sql) {
    const written = createWrittenRecords();
    return { kept: openLog(store, { written }), projector: createProjector(sql, { written }) };
  }

  it('gives the entry as it was sealed, with index and leaf', async () => {
    const entry = entryOf();
    await append(entry);
    const [row] = await readLog(engine.sql);
    expect(await search({})).toEqual({
      records: [{ isDamaged: false, index: '0', leafHash: row?.leaf, ...log, entry }],
      hasNextPage: false,
    });
  });

  it('finds by each condition, and by all of them together', async () => {
    const denied = { coordinate: 'PoliceRecord.name', effect: 'DENY', rule: 'default-deny' } as const;
    const permitted = { coordinate: 'PoliceRecord.sex', effect: 'PERMIT', rule: 'AGR-9.v1#0' } as const;
    await append(
      entryOf({
        caller: { ...caller, client: 'other', caseReference: 'BJ-7' },
        decisions: [denied, permitted],
      }),
      entryOf({ caller: { ...caller, department: 'justice', purpose: 'mediation' } }),
      entryOf({ reads: read ? [{ ...read, source: 'justice' }] : [], at: '2026-11-22T00:00:00.000Z' }),
      entryOf({
        outcome: { status: 503, errors: { AUDIT_UNAVAILABLE: 1 } },
        subjects: ['B'.repeat(22), 'C'.repeat(22)],
      }),
      anonymous(),
    );
    const cases: readonly (readonly [RecordFilter, readonly number[]])[] = [
      [{}, [4, 3, 2, 1, 0]],
      [{ client: 'other' }, [0]],
      [{ client: 'nobody' }, []],
      [{ kind: 'access' }, [3, 2, 1, 0]],
      [{ kind: 'refusal' }, [4]],
      [{ kind: 'administration' }, []],
      [{ department: 'justice' }, [1]],
      [{ purpose: 'mediation' }, [1]],
      [{ caseReference: 'BJ-7' }, [0]],
      [{ source: 'justice' }, [2]],
      [{ field: 'PoliceRecord.name' }, [3, 2, 1, 0]],
      [{ effect: 'PERMIT' }, [0]],
      [{ field: 'PoliceRecord.name', effect: 'DENY' }, [0]],
      [{ field: 'PoliceRecord.sex', effect: 'DENY' }, []],
      [{ error: '503' }, [3]],
      [{ error: 'AUDIT_UNAVAILABLE' }, [3]],
      [{ error: 'UNAUTHENTICATED' }, [4]],
      [{ pseudonyms: ['C'.repeat(22), 'D'.repeat(22)] }, [3]],
      [{ pseudonyms: [] }, []],
      [{ from: new Date('2026-11-22T00:00:00Z') }, [2]],
      [{ until: new Date('2026-11-22T00:00:00Z'), department: 'civil-affairs' }, [3, 0]],
      [{ client: 'other', department: 'justice' }, []],
      [{ client: "x' OR true --" }, []],
      [{ error: "1' OR '1'='1" }, []],
    ];
    for (const [filter, indexes] of cases)
      expect(await indexesOf(filter), JSON.stringify(filter)).toEqual(indexes);
  });

  it('finds a resident by the pseudonyms of the departments and months in question', async () => {
    const { pseudonymise, locate } = createPseudonymiser(Buffer.alloc(32, 1));
    const resident = { type: 'CITIZEN_ID', value: '11010119900307123X' };
    const scope = { department: 'civil-affairs', period: '2026-11' };
    const subjects = pseudonymise(scope, [{ ...resident, value: '110101199003071000' }, resident]);
    await append(entryOf(), entryOf({ subjects, subjectKey: subjectKeyOf(scope) }));
    const pseudonyms = locate(resident, [{ ...scope, period: '2026-10' }, scope]);
    expect(await indexesOf({ pseudonyms })).toEqual([1]);
  });

  it('pages newest first, without a repeat or a hole while the log grows', async () => {
    await append(...entriesOf(7));
    const seen: string[] = [];
    let after: string | undefined;
    for (let hasNextPage = true; hasNextPage; ) {
      const page = await search({}, { first: 3, ...(after === undefined ? {} : { after }) });
      seen.push(...page.records.map((record) => record.index));
      after = page.records.at(-1)?.index;
      hasNextPage = page.hasNextPage;
      await append(entryOf());
    }
    expect(seen).toEqual(['6', '5', '4', '3', '2', '1', '0']);
  });

  it('reports a record whose body, leaf, columns or row was changed or removed after it was projected', async () => {
    await append(...entriesOf(6));
    await createProjector(engine.sql).catchUp();
    await tamper(`
      UPDATE audit.record SET body = set_byte(body, 100, (get_byte(body, 100) + 1) % 256) WHERE leaf_index = 0;
      UPDATE audit.record SET leaf = set_byte(leaf, 0, (get_byte(leaf, 0) + 1) % 256) WHERE leaf_index = 1;
      UPDATE audit.record SET dept = 'nobody' WHERE leaf_index = 2;
      UPDATE audit.record SET (at, event_id, dept, body, leaf) =
        (SELECT at, event_id, dept, body, leaf FROM audit.record WHERE leaf_index = 5) WHERE leaf_index = 3;
      DELETE FROM audit.record WHERE leaf_index = 4`);
    expect((await search({ client: 'one-stop-hall' })).records).toMatchObject([
      { index: '5', isDamaged: false },
      { index: '4', isDamaged: true, damage: 'MISSING' },
      { index: '3', isDamaged: true, damage: 'ALTERED' },
      { index: '2', isDamaged: true, damage: 'ALTERED' },
      { index: '1', isDamaged: true, damage: 'ALTERED' },
      { index: '0', isDamaged: true, damage: 'ALTERED' },
    ]);
  });

  it('goes on past records that were changed or removed before it saw them, and keeps the finding', async () => {
    await append(...entriesOf(8));
    await tamper(`
      UPDATE audit.record SET body = '\\x7b7d' WHERE leaf_index = 1;
      UPDATE audit.record SET body = '\\x7b7d', leaf = sha256('\\x007b7d') WHERE leaf_index = 2;
      DELETE FROM audit.record WHERE leaf_index IN (3, 4, 7)`);
    expect((await search({ department: 'civil-affairs' })).records).toMatchObject([
      { index: '6', isDamaged: false },
      { index: '5', isDamaged: false },
      { index: '2', isDamaged: true, damage: 'MALFORMED' },
      { index: '1', isDamaged: true, damage: 'ALTERED' },
      { index: '0', isDamaged: false },
    ]);
    expect(await engine.sql.query(findings, [])).toEqual([
      { a: 1, b: 2, kind: 'damaged' },
      { a: 2, b: 3, kind: 'damaged' },
      { a: 3, b: 5, kind: 'missing' },
      { a: 7, b: 8, kind: 'missing' },
    ]);
    await append(entryOf());
    expect(await indexesOf({ client: 'one-stop-hall' })).toEqual([8, 6, 5, 0]);
  });

  it('refuses to answer from projections that know more than the log', async () => {
    await append(...entriesOf(3));
    await createProjector(engine.sql).catchUp();
    await tamper('DELETE FROM audit.record WHERE leaf_index = 2; UPDATE audit.seq SET next = 2');
    await expect(createProjector(engine.sql).catchUp()).rejects.toThrow(TypeError);
    await createProjector(engine.sql).rebuild();
    expect(await indexesOf({})).toEqual([1, 0]);
  });

  it('takes odd text as it comes', async () => {
    await append(entryOf({ caller: { ...caller, officer: 'a\0b\ud800', client: '"\\{}' } }));
    const [record] = (await search({ client: '"\\{}' })).records;
    expect(record).toMatchObject({ isDamaged: false, entry: { caller: { officer: 'a\0b\ufffd' } } });
  });

  describe('usage', () => {
    const decisionsOf = (...rules: readonly string[]) =>
      rules.map((rule) => ({ coordinate: 'PoliceRecord.sex', effect: 'PERMIT', rule }) as const);

    async function usageOf(day: string): Promise<Readonly<Record<string, number>>> {
      await createProjector(engine.sql).catchUp();
      return Object.fromEntries(await fetchUsage(engine.sql, day));
    }

    it('counts requests per agreement, whatever version, number of fields or grants', async () => {
      await append(
        entryOf({ decisions: decisionsOf('A-1.v1#0', 'A-1.v1#1', 'A-2.v3#0', 'share:UNCONDITIONAL') }),
        entryOf({ decisions: decisionsOf('A-1.v2#0') }),
        entryOf({ decisions: decisionsOf('A-2.v3#0 & 协议-3.v1#2') }),
      );
      expect(await usageOf('2026-11-21')).toEqual({ 'A-1': 2, 'A-2': 2, '协议-3': 1 });
      expect(await usageOf('2026-11-20')).toEqual({});
    });

    it('does not count refused fields, refusals, or the same event twice', async () => {
      const twice = entryOf({ decisions: decisionsOf('A-1.v1#0') });
      const denied = { coordinate: 'PoliceRecord.sex', effect: 'DENY', rule: 'A-1.v1#0' } as const;
      await append(twice, twice, entryOf({ decisions: [denied] }), entryOf({ ...twice, kind: 'refusal' }));
      await usageOf('2026-11-21');
      await append(twice);
      expect(await usageOf('2026-11-21')).toEqual({ 'A-1': 1 });
      expect(await indexesOf({ field: 'PoliceRecord.sex', effect: 'PERMIT' })).toEqual([4, 3, 1, 0]);
    });

    it('is not forgotten, nor counted twice, when the search tables are made anew', async () => {
      await engine.exec(`DROP SCHEMA audit CASCADE; ${firstMigrations}`);
      const given = entryOf({ decisions: decisionsOf('A-1.v1#0') });
      await append(given, entryOf({ decisions: decisionsOf('A-1.v1#0') }));
      await engine.exec(`INSERT INTO audit.usage VALUES ('2026-11-21', 'A-1', 2); UPDATE audit.projection SET next = 2;
        INSERT INTO audit.finding VALUES (7, 8, 'missing')`);
      await engine.exec(searchMigration);
      expect(Object.fromEntries(await fetchUsage(engine.sql, '2026-11-21'))).toEqual({ 'A-1': 2 });
      await append(given, entryOf({ decisions: decisionsOf('A-1.v1#0') }));
      expect(await usageOf('2026-11-21')).toEqual({ 'A-1': 3 });
      expect(await indexesOf({})).toEqual([3, 2, 1, 0]);
      expect(await engine.sql.query(findings, [])).toEqual([{ a: 7, b: 8, kind: 'missing' }]);
      await createProjector(engine.sql).rebuild();
      expect(await usageOf('2026-11-21')).toEqual({ 'A-1': 3 });
    });

    it('belongs to the day in China Standard Time', async () => {
      await append(
        entryOf({ decisions: decisionsOf('A-1.v1#0'), at: '2026-11-21T15:59:59.999Z' }),
        entryOf({ decisions: decisionsOf('A-1.v1#0'), at: '2026-11-21T16:00:00.000Z' }),
      );
      expect([await usageOf('2026-11-21'), await usageOf('2026-11-22')]).toEqual([
        { 'A-1': 1 },
        { 'A-1': 1 },
      ]);
    });
  });

  describe('the projections', () => {
    it('are the same whether several replicas follow the log at once or one rebuilds from its start', async () => {
      const small = { batchRecords: 7, batchBytes: 5_000 };
      const replicas = [
        createProjector(engine.sql, small),
        createProjector(engine.sql),
        createProjector(engine.sql, small),
      ];
      for (let wave = 0; wave < 5; wave++) {
        const repeated = entryOf();
        await append(...entriesOf(20), repeated, anonymous(), repeated);
        await Promise.all(replicas.flatMap((projector) => [projector.catchUp(), projector.catchUp()]));
      }
      const followed = await projections();
      expect(Object.fromEntries(await fetchUsage(engine.sql, '2026-11-21'))).toEqual({
        'AGR-2026-0001': 105,
      });
      await createProjector(engine.sql, { batchRecords: 50 }).rebuild();
      expect(await projections()).toBe(followed);
    });

    it('are the same whether the replica that wrote a record projects it, another one, or a rebuild', async () => {
      const { kept, projector } = openKept();
      const forgetful = openLog(
        createFaultyStore(store, (n) => (n % 9 === 0 ? 'UNKNOWN' : 'OK')),
        { limits: { retryMs: 1 } },
      );
      const odd = fc.sample(anyEntry, { numRuns: 400, seed: 20_261_128 }).map(atSomeTime).filter(isReadable);
      for (const entry of [...odd, ...entriesOf(20)]) {
        await kept.append(entry);
        await forgetful.append(entryOf());
        if (odd.indexOf(entry) % 3 === 0) await projector.catchUp();
      }
      await projector.catchUp();
      const followed = await projections();
      await createProjector(engine.sql).rebuild();
      expect(await projections()).toBe(followed);
      expect(odd.length).toBeGreaterThan(20);
    });

    it('are filled without reading the bodies that the own replica wrote', async () => {
      const read: number[] = [];
      const watched: Sql = {
        ...engine.sql,
        transaction: (work) => engine.sql.transaction((tx) => work({ query: watch(tx) })),
      };
      const watch = (tx: Pick<Sql, 'query'>): Sql['query'] => {
        return async (statement, params) => {
          const rows = await tx.query(statement, params);
          const bodies = rows.filter((row) => row['body'] instanceof Uint8Array);
          read.push(...bodies.map((row) => Number(row['leaf_index'])));
          return rows;
        };
      };
      const { kept, projector } = openKept(watched);
      await append(entryOf());
      await Promise.all(entriesOf(20).map((entry) => kept.append(entry)));
      await append(entryOf());
      await projector.catchUp();
      expect(read).toEqual([0, 21]);
      expect(await indexesOf({})).toHaveLength(22);
    });

    it('show what became of a record between its writing and its projection', async () => {
      const { kept, projector } = openKept();
      await Promise.all(entriesOf(7).map((entry) => kept.append(entry)));
      const other = sealEntry(entryOf({ caller: { ...caller, client: 'other' } }), log);
      await tamper(`
        UPDATE audit.record SET body = set_byte(body, 100, (get_byte(body, 100) + 1) % 256) WHERE leaf_index = 1;
        UPDATE audit.record SET dept = 'nobody' WHERE leaf_index = 2;
        UPDATE audit.record SET at = at + interval '1 ms' WHERE leaf_index = 3;
        UPDATE audit.record SET event_id = '${other.eventId}', at = '${other.at}', dept = '${other.department}',
          body = '\\x${other.body.toString('hex')}', leaf = '\\x${other.leaf.toString('hex')}' WHERE leaf_index = 4;
        DELETE FROM audit.record WHERE leaf_index = 5`);
      await projector.catchUp();
      // The fourth is a record by itself, and not the one for which the caller holds a receipt.
      expect(await engine.sql.query(findings, [])).toEqual([
        { a: 1, b: 2, kind: 'damaged' },
        { a: 2, b: 3, kind: 'damaged' },
        { a: 3, b: 4, kind: 'damaged' },
        { a: 4, b: 5, kind: 'damaged' },
        { a: 5, b: 6, kind: 'missing' },
      ]);
      expect(await indexesOf({ client: 'one-stop-hall' })).toEqual([6, 0]);
      expect(await indexesOf({ client: 'other' })).toEqual([4]);
      expect(await indexesOf({ department: 'civil-affairs' })).toEqual([6, 4, 3, 1, 0]);
      expect((await fetchUsage(engine.sql, '2026-11-21')).get('AGR-2026-0001')).toBe(3);
    });

    it('hold whatever was committed before catchUp was called', async () => {
      const projector = createProjector(engine.sql);
      for (let i = 0; i < 10; i++) {
        const earlier = projector.catchUp();
        await append(entryOf());
        await projector.catchUp();
        expect((await searchRecords(engine.sql, {}, { first: 1 })).records[0]?.index).toBe(String(i));
        await earlier;
      }
    });

    it('take records of the largest size', async () => {
      const subjects = Array.from({ length: 4_000 }, (_, i) => String(i).padStart(22, 'x'));
      await append(entryOf({ subjects }), entryOf({ subjects }), entryOf());
      expect(await indexesOf({ pseudonyms: subjects.slice(-1) })).toEqual([1, 0]);
    });

    it('lose nothing when a batch fails half-way', async () => {
      await append(...entriesOf(5));
      await engine.exec('ALTER TABLE audit.usage ADD CONSTRAINT "full" CHECK (false) NOT VALID');
      await expect(createProjector(engine.sql).catchUp()).rejects.toMatchObject({
        code: 'AUDIT_UNAVAILABLE',
      });
      expect((await searchRecords(engine.sql, {}, { first: 9 })).records).toEqual([]);
      await engine.exec('ALTER TABLE audit.usage DROP CONSTRAINT "full"');
      expect(await indexesOf({})).toEqual([4, 3, 2, 1, 0]);
      expect((await fetchUsage(engine.sql, '2026-11-21')).get('AGR-2026-0001')).toBe(5);
    });
  });
});

const findings =
  'SELECT leaf_index::integer AS a, until_index::integer AS b, kind FROM audit.finding ORDER BY 1';

function atSomeTime(entry: AccessEntry): AccessEntry {
  const { eventId, at } = entryOf();
  return { ...entry, eventId, at };
}

/** May be written, and is of the types that a hub writes: whole numbers, and nothing like an identity number. */
function isReadable(entry: AccessEntry): boolean {
  try {
    return !openEntry(sealEntry(entry, log)).isDamaged;
  } catch {
    return false;
  }
}

/** A refusal of a request whose token could not be verified. */
function anonymous(): AccessEntry {
  const { eventId, at, requestId } = entryOf();
  const nothing = { decisions: [], subjects: [], reads: [] };
  return {
    eventId,
    kind: 'refusal',
    at,
    requestId,
    ...nothing,
    outcome: { status: 401, errors: { UNAUTHENTICATED: 1 } },
  };
}
