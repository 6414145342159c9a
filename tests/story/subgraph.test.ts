import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Federation, startFederation } from './federation.ts';
import { type Answer, departmentNames, startHub, type TestHub } from './hub.ts';

/** What the page about subgraphs shows. */
const acrossBoth = `{
  cases {
    subject
    resident { name maritalStatus police { phone } cases { id } }
  }
}`;

describe('behind a gateway', () => {
  let hub: TestHub;
  let federation: Federation;
  beforeAll(async () => {
    hub = await startHub({ residents: 60 });
    const { everywhere, spouse } = hub.facts.fixed;
    const [registration, known] = await Promise.all([
      hub.ask({ query: '{ _service { sdl } }' }),
      hub.ask({
        query: 'query($i: [ResidentIdentifier!]!) { residents(identifiers: $i) { id } }',
        variables: { i: [everywhere, spouse] },
      }),
    ]);
    const [first, second] = known.body.data.residents.map(({ id }: { id: string }) => id);
    federation = startFederation(hub, registration.body.data._service.sdl, [
      { id: 'TJ-1', subject: '邻里噪声', resident: first },
      { id: 'TJ-2', subject: '房屋租赁', resident: second },
      { id: 'TJ-3', subject: '停车位', resident: first },
    ]);
    // The gateway lives in the hub’s own process, and holds its event loop while it prepares its first queries.
    for (const query of [acrossBoth, '{ cases { id resident { name } } }'])
      await federation.ask(query, { headers: {} });
  });
  afterAll(async () => {
    await federation.close();
    await hub.close();
  });

  const calm = () => expect.poll(() => hub.app.fastify.isUnderPressure(), { timeout: 20_000 }).toBe(false);
  const ask = async (query: string, client: string, variables = {}): Promise<Answer> => {
    const purposes: Readonly<Record<string, Record<string, string>>> = {
      'mediation-center': { 'shuqiao-purpose': 'dispute-mediation', 'shuqiao-case': '2026-TJ-0001' },
      'one-stop-hall': { 'shuqiao-purpose': 'one-stop-service' },
    };
    const headers = { authorization: `Bearer ${await hub.token({ client })}`, ...purposes[client] };
    await calm();
    for (const name of departmentNames) hub.departments[name].resetReads();
    federation.sent.length = 0;
    return federation.ask(query, { headers, variables });
  };
  const reads = () =>
    Object.fromEntries(departmentNames.map((name) => [name, hub.departments[name].reads().length]));
  const lastRecords = async (client: string, count: number) => {
    const query = `{ accessRecords(first: ${count}, where: { client: "${client}" }) { nodes {
      purpose caseReference status subjects decisions { coordinate effect } errors { code } } } }`;
    return (await hub.ask({ client: 'audit-office', query })).body.data.accessRecords.nodes;
  };

  it('one query spans the hub and the client’s own system: one request, one read for each department, one record', async () => {
    const { status, body, text } = await ask(acrossBoth, 'mediation-center');
    expect([status, body.errors]).toEqual([200, undefined]);
    const resident = {
      name: '沈国强',
      maritalStatus: 'MARRIED',
      police: { phone: expect.stringMatching(/^1\d\d\*{4}\d{4}$/) },
      cases: [{ id: 'TJ-1' }, { id: 'TJ-3' }],
    };
    expect(body.data.cases[0]).toEqual({ subject: '邻里噪声', resident });
    expect(body.data.cases[1]).toMatchObject({ resident: { cases: [{ id: 'TJ-2' }] } });
    expect(body.data.cases[2].resident).toEqual(resident);
    expect(text).not.toContain(hub.facts.fixed.everywhere.value);

    expect(federation.sent).toHaveLength(1);
    expect(federation.sent[0]?.query).toContain('_entities');
    expect(reads()).toEqual({ police: 1, 'civil-affairs': 1, 'social-security': 0, justice: 0 });
    const [record] = await lastRecords('mediation-center', 1);
    expect(record).toMatchObject({
      purpose: 'dispute-mediation',
      caseReference: '2026-TJ-0001',
      status: 200,
      subjects: [expect.any(String), expect.any(String)],
    });
    const decided = record.decisions.map(
      ({ coordinate, effect }: Record<string, string>) => `${coordinate} ${effect}`,
    );
    expect(decided.sort()).toEqual([
      'PoliceRecord.phone MASK',
      'Resident.maritalStatus PERMIT',
      'Resident.name PERMIT',
    ]);
  });

  it('who is asked for by identifier is followed into the other system', async () => {
    const query = 'query($i: ResidentIdentifier!) { resident(identifier: $i) { name cases { subject } } }';
    const { body } = await ask(query, 'mediation-center', { i: hub.facts.fixed.everywhere });
    expect(body.data.resident).toEqual({
      name: '沈国强',
      cases: [{ subject: '邻里噪声' }, { subject: '停车位' }],
    });
  });

  it('the supergraph promises nothing: a caller with less gets null, and the hub’s words for it', async () => {
    const query =
      'query($i: ResidentIdentifier!) { resident(identifier: $i) { name police { sex divisionCode } } }';
    const { body } = await ask(query, 'one-stop-hall', { i: hub.facts.fixed.everywhere });
    expect(body.data.resident).toEqual({ name: '沈国强', police: { sex: 'MALE', divisionCode: null } });
    expect(body.errors).toHaveLength(1);
    expect(body.errors[0]).toMatchObject({
      message: expect.stringMatching(/未获授权/),
      path: ['resident', 'police', 'divisionCode'],
      extensions: { code: 'FIELD_DENIED', coordinate: 'PoliceRecord.divisionCode', rule: 'default-deny' },
    });
    const [record] = await lastRecords('one-stop-hall', 1);
    expect(record.decisions).toContainEqual({ coordinate: 'PoliceRecord.divisionCode', effect: 'DENY' });
    expect(record.errors).toContainEqual({ code: 'FIELD_DENIED' });
  });

  it('references that were given to another client name nobody, and no department hears of them', async () => {
    const { body } = await ask('{ cases { id resident { name } } }', 'one-stop-hall');
    expect(body.data.cases.map(({ resident }: { resident: unknown }) => resident)).toEqual([
      { name: null },
      { name: null },
      { name: null },
    ]);
    expect(Object.values(reads())).toEqual([0, 0, 0, 0]);
    const [record] = await lastRecords('one-stop-hall', 1);
    expect(record).toMatchObject({ subjects: [], errors: [{ code: 'IDENTIFIER_MALFORMED' }] });
  });

  it('a gateway without a token is nobody', async () => {
    await calm();
    const { text } = await federation.ask('{ cases { id resident { name } } }', { headers: {} });
    expect(text).toContain('UNAUTHENTICATED');
    expect(text).not.toContain('沈国强');
  });
});
