import { describe, expect, test } from 'vitest';
import type { Connector, ListedRow, ListRequest, Target } from '../../src/connectors/connector.ts';
import type { HubError } from '../../src/errors.ts';
import { absentId, allForms, crowdIds, fixture, storedPeople } from '../connectors/support/fixture.ts';
import type { TcpProxy } from '../connectors/support/tcp-proxy.ts';

/** What the shared suite hands over: its source, and a connector that is closed after the test. */
export interface ListCases {
  readonly lists: boolean;
  readonly connect: () => Connector;
  readonly source: () => { readonly people: { readonly target: Target }; readonly proxy: TcpProxy };
  readonly expectFailure: (
    work: Promise<unknown>,
    code: 'SOURCE_UNAVAILABLE' | 'SOURCE_FAULT',
  ) => Promise<HubError>;
}

const never = new AbortController().signal;

/** Lists of registers: every kind either keeps all of this or refuses. */
export function describeLists({ lists, connect, source, expectFailure }: ListCases): void {
  const register = (more: Partial<ListRequest> = {}): ListRequest => ({
    requestId: 'req-1',
    entity: 'PersonRecord',
    target: source().people.target,
    keyColumn: { column: 'id_no', forms: ['CANONICAL', ...allForms] },
    columns: ['full_name'],
    limit: 100,
    ...more,
  });
  const list = (connector: Connector, more: Partial<ListRequest> = {}) =>
    connector.list(register(more), never);
  const walk = async (connector: Connector, more: Partial<ListRequest>): Promise<ListedRow[]> => {
    const met: ListedRow[] = [];
    for (let pages = 0; pages < 2_000; pages++) {
      const after = met.at(-1)?.position;
      const { rows } = await list(connector, { ...more, ...(after === undefined ? {} : { after }) });
      met.push(...rows);
      if (rows.length < (more.limit ?? 100)) return met;
    }
    throw new TypeError('the list has no end');
  };

  describe.runIf(lists)('lists a register', () => {
    const stored = [...new Set(fixture.people.map(({ id_no }) => id_no))];
    const odd = {
      op: 'in',
      column: 'full_name',
      values: fixture.people.slice(0, 16).flatMap(({ full_name }) => full_name ?? []),
    } as const;

    test('in pages that meet every stored key, dirty ones too, and end', async () => {
      const rows = await walk(connect(), { limit: 90 });
      expect(new Set(rows.map(({ position }) => position)).size).toBe(stored.length);
      const keys = new Set(rows.map(({ key }) => key));
      for (const id of [...storedPeople.map(({ id }) => id), ...crowdIds]) expect(keys).toContain(id);
    });

    test.each([1, 2, 3])('in pages of %i, without meeting a row twice or passing one over', async (limit) => {
      const connector = connect();
      const all = await list(connector, { where: odd });
      const paged = await walk(connector, { where: odd, limit });
      const distinct = (rows: readonly ListedRow[]) => [...new Set(rows.map(({ position }) => position))];
      expect(distinct(paged)).toEqual(distinct(all.rows));
      expect(paged.length).toBeLessThanOrEqual(all.rows.length);
    });

    test('in the order of the canonical values, as far as keys are stored as those', async () => {
      const rows = await walk(connect(), { limit: 90 });
      const keys = rows.flatMap(({ key, isCanonical }) => (isCanonical && key !== undefined ? [key] : []));
      expect(keys.length).toBeGreaterThan(crowdIds.length);
      expect(keys.length).toBeLessThan(rows.length);
      expect(keys).toEqual(keys.toSorted((a, b) => (a < b ? -1 : 1)));
    });

    test('under the filter, which the source applies, and with the permitted columns alone', async () => {
      const connector = connect();
      const where = { op: 'eq', column: 'full_name', value: '某人1003' } as const;
      const { rows, reads } = await list(connector, { where, columns: ['score'] });
      expect(rows).toEqual([
        { key: crowdIds[3], isCanonical: true, position: expect.any(String), values: [1003] },
      ]);
      expect(reads).toBe(1);
      const asked = source().proxy.takeAsked();
      expect(asked).toContain('full_name');
      for (const column of ['region', 'note']) expect(asked).not.toContain(column);
    });

    test('and counts it, under the same filter', async () => {
      const connector = connect();
      const where = { op: 'eq', column: 'region', value: '110105' } as const;
      const all = await walk(connector, { where, limit: 500 });
      expect(await connector.count(register({ where }), never)).toMatchObject({
        count: all.length,
        reads: 1,
      });
    });

    test.each(["'; DROP TABLE people; --", '\u0001', '𠮷', '１１', 'zz', ''])(
      'and takes a made-up position %j for a position',
      async (after) => {
        const { rows } = await list(connect(), { after, limit: 1 });
        expect(rows.length).toBeLessThanOrEqual(1);
        expect((await list(connect(), { limit: 1 })).rows).toHaveLength(1);
      },
    );

    test('and fails as a read does, holding no value', async () => {
      const connector = connect();
      await list(connector, { limit: 1 });
      await source().proxy.goDown();
      await expectFailure(list(connector, { after: absentId }), 'SOURCE_UNAVAILABLE');
      await expectFailure(connector.count(register(), never), 'SOURCE_UNAVAILABLE');
    });
  });

  test.runIf(!lists)('lists nothing, and says so', async () => {
    const connector = connect();
    await expectFailure(list(connector), 'SOURCE_FAULT');
    await expectFailure(connector.count(register(), never), 'SOURCE_FAULT');
    expect(source().proxy.takeAsked()).toBe('');
  });
}
