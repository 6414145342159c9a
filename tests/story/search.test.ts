import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPopulation } from '../../examples/population/population.ts';
import { createPolicyStore } from '../../src/policies/policy-store-prisma.ts';
import { type Ask, startHub, type TestHub } from './hub.ts';

const residents = 2000;
const street = { client: 'street-platform', region: '330106002' };
const found = 'nodes { id police { divisionCode residencePermit { divisionCode } } }';
const query = (selection: string) => `query Find($where: ResidentFilter, $first: Int, $after: String) {
  searchResidents(where: $where, first: $first, after: $after) { ${selection} }
}`;

describe('finding people', () => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub({ only: ['police'], residents });
    await hub.app.listen();
  });
  afterAll(() => hub.close());

  const find = (
    variables: Record<string, unknown>,
    selection = `pageInfo { hasNextPage endCursor } ${found}`,
    ask: Partial<Ask> = street,
  ) => hub.ask({ ...ask, query: query(selection), variables });
  const codeOf = ({ body }: Awaited<ReturnType<typeof find>>) => body.errors?.[0]?.extensions.code;

  it('a walk through all pages meets everybody of the street once, registered or floating, dirty keys too', async () => {
    const { police, facts } = createPopulation({ residents });
    const canonical = new Map(facts.dirtyKeys.map(({ stored, id }) => [stored, id]));
    const inStreet = [
      ...police.t_czrk.filter(({ qhdm }) => qhdm.startsWith(street.region)).map(({ gmsfhm }) => gmsfhm),
      ...police.t_ldrk.filter(({ xzdqh }) => xzdqh.startsWith(street.region)).map(({ gmsfhm }) => gmsfhm),
    ];
    const expected = new Set(inStreet.map((stored) => canonical.get(stored) ?? stored));
    const met: string[] = [];
    for (let after: string | null = null, pages = 0; pages < 100; pages++) {
      const { body } = await find({ first: 7, after });
      const { nodes, pageInfo } = body.data.searchResidents;
      met.push(...nodes.map(({ id }: { id: string }) => id));
      after = pageInfo.endCursor;
      if (!pageInfo.hasNextPage) break;
    }
    expect(new Set(met).size).toBe(met.length);
    expect(met).toHaveLength(expected.size);
    expect(expected.size).toBeLessThan(inStreet.length + 1);
  });

  it('a page costs one list of each register, one read per record below, and look-ups for dirty keys alone', async () => {
    hub.departments.police.resetReads();
    const { body } = await find({ first: 100 });
    expect(body.data.searchResidents.nodes.length).toBeGreaterThan(20);
    const reads = hub.departments.police.reads().map(({ what }) => what);
    const looked = reads.length - 4;
    expect([0, 2, 3]).toContain(looked);
    expect(new Set(reads)).toEqual(new Set(['t_czrk', 't_ldrk']));
  });

  it('conditions are the fields of the elements and of each register, and all must hold', async () => {
    const selection = `totalCount nodes { sex police { registrationType residencePermit { reason } } }`;
    const women = await find({ where: { sex: { eq: 'FEMALE' } }, first: 100 }, selection);
    const { nodes, totalCount } = women.body.data.searchResidents;
    expect(nodes.length).toBeGreaterThan(3);
    expect(totalCount).toBeGreaterThanOrEqual(nodes.length);
    const registered = nodes.filter(({ sex }: { sex: string | null }) => sex !== null);
    expect(new Set(registered.map(({ sex }: { sex: string }) => sex))).toEqual(new Set(['FEMALE']));
    const working = { policeResidencePermit: { reason: { in: ['WORK', 'BUSINESS'] } } };
    const workers = await find({ where: working, first: 100 }, selection);
    for (const { police } of workers.body.data.searchResidents.nodes) {
      expect(['WORK', 'BUSINESS']).toContain(police.residencePermit.reason);
    }
    const both = { and: [working, { policeRecord: { registrationType: { eq: 'FAMILY' } } }] };
    expect((await find({ where: both }, selection)).body.data.searchResidents).toEqual({
      totalCount: 0,
      nodes: [],
    });
  });

  it('the record names everybody who was listed, by pseudonym, and every list and count', async () => {
    const { body } = await find({ first: 5 }, `totalCount ${found}`);
    const { nodes } = body.data.searchResidents;
    const audit = await hub.ask({
      client: 'audit-office',
      query: `{ accessRecords(first: 1, where: { client: "street-platform" }) { nodes { index subjects
        decisions { coordinate effect rule } reads { entity role keys rows } } } }`,
    });
    const [record] = audit.body.data.accessRecords.nodes;
    expect(record.index).toBe(body.extensions.receipt.index);
    expect(record.subjects).toHaveLength(nodes.length);
    const roles = record.reads.map(({ role }: { role: string }) => role);
    expect(roles.filter((role: string) => role === 'list')).toHaveLength(2);
    expect(roles.filter((role: string) => role === 'count')).toHaveLength(2);
    const searched = record.decisions.filter(({ coordinate }: { coordinate: string }) =>
      coordinate.includes('#'),
    );
    expect(searched.map(({ coordinate }: { coordinate: string }) => coordinate).toSorted()).toEqual([
      'PoliceRecord.residencePermit#count',
      'PoliceRecord.residencePermit#search',
      'Resident.police#count',
      'Resident.police#search',
    ]);
  });

  it('whoever may read but not search is told so, and nobody is listed', async () => {
    hub.departments.police.resetReads();
    const { body } = await find({}, found, { client: 'mediation-center' });
    expect(body.data).toEqual({ searchResidents: null });
    const denied = body.errors.filter(({ extensions }: { extensions: { coordinate: string } }) =>
      extensions.coordinate.endsWith('#search'),
    );
    expect(denied).toHaveLength(2);
    expect(denied[0].extensions).toMatchObject({ code: 'FIELD_DENIED', reason: 'NO_AGREEMENT' });
    expect(hub.departments.police.reads()).toEqual([]);
  });

  it('a page larger than the agreement allows is refused in clear words', async () => {
    const { status, body } = await find({ first: 101 });
    expect(status).toBe(400);
    expect(body.errors[0].extensions).toMatchObject({ code: 'TOO_MANY_IDENTIFIERS', allowed: 100 });
  });

  it('a cursor serves the search that it was made for, and every other use of it is refused alike', async () => {
    const where = { divisionCode: { prefix: '330106002' } };
    const first = await find({ where, first: 3 });
    const after = first.body.data.searchResidents.pageInfo.endCursor;
    expect((await find({ where, first: 5, after })).status).toBe(200);
    const last = after.at(-20) === 'A' ? 'B' : 'A';
    const attempts = [
      find({ where: { divisionCode: { prefix: '330106' } }, first: 3, after }),
      find({ first: 3, after }),
      find({ where, first: 3, after }, found, { ...street, region: '330106001' }),
      find({ where, first: 3, after: `${after.slice(0, -20)}${last}${after.slice(-19)}` }),
      find({ where, first: 3, after: 'x' }),
      find({ where, first: 3, after: '' }),
    ];
    const answers = await Promise.all(attempts);
    const said = answers.map(({ status, body }) => JSON.stringify([status, body.data, body.errors]));
    expect(new Set(said).size).toBe(1);
    expect(answers.map(codeOf)).toEqual(answers.map(() => 'CURSOR_INVALID'));
    const other = await find({ where, first: 3, after }, found, { client: 'mediation-center' });
    expect(other.body.data).toEqual({ searchResidents: null });
    const denied = other.body.errors.map((one: { extensions: { code: string } }) => one.extensions.code);
    expect(denied).not.toContain('CURSOR_INVALID');
  });

  it('a cursor shows nobody: all have one length, and no id is in them', async () => {
    const { body } = await find({ first: 60 }, 'edges { cursor node { id } } pageInfo { endCursor }');
    const { edges, pageInfo } = body.data.searchResidents;
    const cursors: string[] = edges.map(({ cursor }: { cursor: string }) => cursor);
    expect(new Set([...cursors, pageInfo.endCursor].map(({ length }) => length)).size).toBe(1);
    expect(new Set(cursors).size).toBe(cursors.length);
    for (const cursor of cursors) {
      expect(Buffer.from(cursor, 'base64url').toString('latin1')).not.toMatch(/\d{8}/);
    }
  });

  it('an agreement that is suspended between two pages stops the second', async () => {
    const { body } = await find({ first: 3 });
    const after = body.data.searchResidents.pageInfo.endCursor;
    const store = createPolicyStore(hub.app.storage.prisma);
    for (const id of ['AGR-2026-0008', 'AGR-2026-0022'])
      await store.setAgreementStatus(id, 'SUSPENDED', 'test');
    const next = async () => (await find({ first: 3, after })).body;
    await expect.poll(async () => (await next()).data?.searchResidents, { timeout: 5_000 }).toBeNull();
    expect((await next()).errors[0].extensions.code).toBe('FIELD_DENIED');
    for (const id of ['AGR-2026-0008', 'AGR-2026-0022']) await store.setAgreementStatus(id, 'ACTIVE', 'test');
    await expect
      .poll(async () => (await next()).data?.searchResidents?.nodes.length, { timeout: 5_000 })
      .toBeGreaterThan(0);
  });

  it('a source that is down is told, and the search goes on when it is back', async () => {
    await hub.departments.police.inject({ kind: 'refuse' });
    const { status, body } = await find({ first: 3 }, `totalCount ${found}`);
    expect([status, body.data]).toEqual([200, { searchResidents: null }]);
    expect(body.errors.map(({ extensions }: { extensions: { code: string } }) => extensions.code)).toContain(
      'SOURCE_UNAVAILABLE',
    );
    await hub.departments.police.recover();
    await expect
      .poll(async () => (await find({ first: 3 })).body.data.searchResidents?.nodes.length, {
        timeout: 10_000,
      })
      .toBe(3);
  });
});
