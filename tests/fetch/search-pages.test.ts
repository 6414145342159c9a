import { describe, expect, it } from 'vitest';
import { toCitizenId15 } from '../../src/resident/citizen-id.ts';
import { toFullWidth } from '../../src/resident/width.ts';
import { hubGraph } from '../support/hub-graph.ts';
import type { StoredRow, Tables } from '../support/recording-connector.ts';
import { citizenId } from '../support/residents.ts';
import { codes, execute, type Run, type RunOptions } from '../support/run-operation.ts';
import { policeRow } from '../support/sample-tables.ts';
import {
  createTablePolicy,
  type DecisionTable,
  inRegion,
  permit,
  permitAllBut,
  permitIf,
} from '../support/table-policy.ts';

const searches: DecisionTable = {
  'Resident.police#search': permitIf(inRegion),
  'Resident.police#count': permit,
  'PoliceRecord.residencePermit#search': permit,
  'PoliceRecord.residencePermit#count': permit,
};
const policyOf = (table: DecisionTable = {}) =>
  createTablePolicy({ ...permitAllBut(hubGraph, {}), ...searches, ...table });
const base: RunOptions = { policy: policyOf(), subject: { region: '330106' } };

const registered = (id: string): StoredRow => ({ ...policeRow(id, 1), qhdm: '330106001001' });
const floating = (id: string): StoredRow => ({
  ...{ gmsfhm: id, xm: '流', xbdm: '1', csrq: '19800101', xzdqh: '330106001001', jzsy: '01' },
});
const ids = Array.from({ length: 12 }, (_, n) => citizenId(n + 1)).toSorted();
const at = (n: number) => ids[n] ?? '';

interface World {
  readonly registered: readonly string[];
  readonly floating: readonly string[];
}
const tablesOf = (world: World): Tables => ({
  PoliceRecord: world.registered.map(registered),
  PoliceResidencePermit: world.floating.map(floating),
});

const source = `query($f: Int, $a: String, $w: ResidentFilter) { searchResidents(first: $f, after: $a, where: $w) {
  edges { cursor node { id } } pageInfo { hasNextPage endCursor } } }`;

async function page(world: World, first: number, after: string | null, options: RunOptions = {}) {
  const run: Run = await execute(
    source,
    { f: first, a: after },
    { ...base, tables: tablesOf(world), ...options },
  );
  expect(run.unknown).toEqual([]);
  const connection = run.data?.searchResidents;
  const met: string[] = (connection?.edges ?? []).map(({ node }: { node: { id: string } }) => node.id);
  const cursors: string[] = (connection?.edges ?? []).map(({ cursor }: { cursor: string }) => cursor);
  const hasNextPage: boolean = connection?.pageInfo.hasNextPage ?? false;
  const endCursor: string | null = connection?.pageInfo.endCursor ?? null;
  return { run, met, cursors, hasNextPage, endCursor };
}

type Page = Awaited<ReturnType<typeof page>>;

/** Walks to the end; `worldAt` says what stands in the registers when the n-th page is read. */
async function walk(first: number, worldAt: (page: number) => World, options: RunOptions = {}) {
  const met: string[] = [];
  let after: string | null = null;
  for (let n = 0; n < 60; n++) {
    const one: Page = await page(worldAt(n), first, after, options);
    met.push(...one.met);
    after = one.endCursor;
    if (!one.hasNextPage) return { met, pages: n + 1 };
    expect(after).toEqual(expect.any(String));
  }
  throw new TypeError('the walk has no end');
}

const referenceOf = async (stored: readonly string[]) => {
  const { met } = await page({ registered: stored, floating: [] }, 100, null);
  return met;
};

describe('people of several registers, page by page', () => {
  const both: World = { registered: [0, 2, 3, 5, 8].map(at), floating: [1, 2, 4, 5, 9].map(at) };

  it('come in one order of identity numbers, whichever register they stand in', async () => {
    const expected = await referenceOf([0, 1, 2, 3, 4, 5, 8, 9].map(at));
    for (const first of [1, 2, 3, 5, 100]) expect((await walk(first, () => both)).met).toEqual(expected);
  });

  it('cost one list of each register, side by side, and nothing else', async () => {
    const { run } = await page(both, 3, null);
    expect(run.lists.map((list) => list.request.entity).toSorted()).toEqual([
      'PoliceRecord',
      'PoliceResidencePermit',
    ]);
    expect(run.reads).toEqual([]);
  });

  it('go on behind every single cursor', async () => {
    const all = await page(both, 100, null);
    for (const [position, cursor] of all.cursors.entries()) {
      expect((await page(both, 100, cursor)).met).toEqual(all.met.slice(position + 1));
    }
  });

  it.each<[what: string, before: World, afterwards: World]>([
    [
      'leaves the first register for the second after the page with it',
      { registered: [0, 1, 4].map(at), floating: [3].map(at) },
      { registered: [0, 4].map(at), floating: [1, 3].map(at) },
    ],
    [
      'leaves the second register for the first before the page with it',
      { registered: [0, 1].map(at), floating: [3, 4].map(at) },
      { registered: [0, 1, 4].map(at), floating: [3].map(at) },
    ],
    [
      'is entered into the first register too, when that was read beyond',
      { registered: [0, 1].map(at), floating: [3, 4].map(at) },
      { registered: [0, 1, 3, 4].map(at), floating: [3, 4].map(at) },
    ],
    [
      'is struck off one of two registers',
      { registered: [0, 1, 3, 4].map(at), floating: [1, 4].map(at) },
      { registered: [0, 3].map(at), floating: [1, 4].map(at) },
    ],
  ])('nobody is missed or met twice who %s', async (_, before, afterwards) => {
    const everybody = [...new Set([...before.registered, ...before.floating])].toSorted();
    const { met } = await walk(2, (n) => (n === 0 ? before : afterwards));
    expect(met).toEqual(await referenceOf(everybody));
  });

  it('whoever moves to and fro all the time is met once, at every page size', async () => {
    const expected = await referenceOf(ids);
    for (const first of [1, 2, 3, 5]) {
      const { met } = await walk(first, (n) => ({
        registered: ids.filter((_, i) => (i * 7 + n * 3) % 5 < 3),
        floating: ids.filter((_, i) => (i * 7 + n * 3) % 5 > 1),
      }));
      expect(met).toEqual(expected);
    }
  });

  it('whose number is stored in another form are met once too, where it is written out if it is anywhere', async () => {
    const odd = ids.flatMap((id) => toCitizenId15(id) ?? []).slice(0, 3);
    expect(odd).toHaveLength(3);
    const [a = '', b = '', c = ''] = odd;
    const clean = ids.filter((id) => [a, b, c].includes(toCitizenId15(id) ?? ''));
    const world: World = {
      // One is written out in the other register, one stands oddly in both, one in the first alone.
      registered: [toFullWidth(a), b, c, ...ids.slice(5)],
      floating: [clean[0] ?? '', ` ${clean[1]}`, ...ids.slice(8)],
    };
    const tables = (): Tables => tablesOf(world);
    for (const first of [1, 2, 3, 50]) {
      const { met } = await walk(first, () => world, { tables });
      expect(new Set(met).size).toBe(met.length);
      expect(met.toSorted()).toEqual(
        (await referenceOf([...new Set([...clean, ...ids.slice(5)])])).toSorted(),
      );
    }
  });
});

describe('whether there is a next page', () => {
  const junk = (n: number) => Array.from({ length: n }, (_, i) => `坏${String(i).padStart(4, '0')}`);

  it('is not said of rows that name nobody', async () => {
    const one = await page({ registered: [at(0), at(1), ...junk(1)], floating: [] }, 2, null);
    expect([one.met.length, one.hasNextPage]).toEqual([2, false]);
  });

  it('is said where somebody stands behind them', async () => {
    const rows = [at(0), at(1), ...junk(3)];
    const { met, pages } = await walk(2, () => ({ registered: rows, floating: [`坏9${at(2)}`] }));
    expect([met.length, pages]).toEqual([2, 1]);
  });

  it('is told in the end of however many of them, in pages whose reads are bounded', async () => {
    const world = { registered: [...junk(60), at(0)], floating: [] };
    let most = 0;
    let after: string | null = null;
    const met: string[] = [];
    for (let n = 0; n < 60; n++) {
      const one: Page = await page(world, 2, after);
      most = Math.max(most, one.run.lists.length);
      met.push(...one.met);
      if (!one.hasNextPage) break;
      expect(one.endCursor).not.toBe(after);
      after = one.endCursor;
    }
    expect(met).toHaveLength(1);
    expect(most).toBeLessThanOrEqual(10);
  });

  it('ends for a source that ignores every filter and has nobody who meets it', async () => {
    const outside = ids.map((id) => ({ ...registered(id), qhdm: '510104001001' }));
    const tables = { PoliceRecord: outside, PoliceResidencePermit: [] };
    const behaviours = { 'police-population': { ignoresFilters: true } };
    const { met } = await walk(1, () => ({ registered: [], floating: [] }), { tables, behaviours });
    expect(met).toEqual([]);
  });
});

describe('a cursor', () => {
  const world: World = { registered: ids, floating: [] };
  const cursorOf = async (options: RunOptions = {}) => (await page(world, 2, null, options)).endCursor;

  it.each<[what: string, options: RunOptions]>([
    ['of another region', { subject: { region: '330105' } }],
    ['whose agreement lost its bounds', { policy: policyOf({ 'Resident.police#search': permit }) }],
    [
      'whose agreement has other bounds',
      {
        policy: policyOf({
          'Resident.police#search': permitIf({
            op: 'prefix',
            attribute: 'PoliceRecord.divisionCode',
            value: '3301',
          }),
        }),
      },
    ],
    [
      'whose agreement for one register is gone',
      {
        policy: policyOf({
          'PoliceRecord.residencePermit#search': {
            effect: 'DENY',
            rule: 'default-deny',
            reason: 'NO_AGREEMENT',
          },
        }),
      },
    ],
  ])('is refused to a caller %s, before anybody is listed', async (_, options) => {
    const after = await cursorOf();
    const { run } = await page(world, 2, after, options);
    expect(codes(run)).toContain('CURSOR_INVALID');
    expect(run.lists).toEqual([]);
    expect(codes((await page(world, 2, after)).run)).not.toContain('CURSOR_INVALID');
  });
});
