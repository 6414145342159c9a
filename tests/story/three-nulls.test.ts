import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHub, type TestHub } from './hub.ts';

describe('the three nulls', () => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub();
  });
  afterAll(() => hub.close());

  const query = `query($id: String!) { resident(identifier: { value: $id }) {
    name age maritalStatus
    police { name divisionCode household { memberCount } }
    civilAffairs { maritalStatus }
    socialSecurity { status }
    justice { mediationCases { dispute } }
    sections { department }
  } }`;
  const askFor = (id: string, region = '330106002') =>
    hub.ask({ client: 'street-platform', region, query, variables: { id } });
  /** Times and receipts differ by nature. */
  const comparable = ({
    data,
    errors,
    extensions,
  }: {
    data: unknown;
    errors?: unknown;
    extensions: { masked?: unknown; sources: { entity: string; outcome: string }[] };
  }) => ({
    data,
    errors,
    masked: extensions.masked,
    sources: extensions.sources.map(({ entity, outcome }) => [entity, outcome]),
  });

  it('inside the scope there is data', async () => {
    const { body } = await askFor(hub.facts.fixed.everywhere.value);
    expect(body.data.resident.name).toBe('沈国强');
    expect(body.data.resident.sections.length).toBeGreaterThan(0);
  });

  it('a person outside the scope answers exactly like one of whom there is no record', async () => {
    const outside = await askFor(hub.facts.fixed.outsider.value);
    const nobody = await askFor(hub.facts.nobody.value);
    expect(nobody.body.data.resident.name).toBeNull();
    expect(comparable(outside.body)).toEqual(comparable(nobody.body));
    expect(outside.status).toBe(nobody.status);
    expect(Object.keys(outside.headers).sort()).toEqual(Object.keys(nobody.headers).sort());
    // Receipts and ids have constant lengths, so not even the size tells.
    expect(outside.text.replace(/\d/g, '0').length).toBe(nobody.text.replace(/\d/g, '0').length);
  });

  it('names the same sources whether or not somebody passed the gate', async () => {
    const inside = await askFor(hub.facts.fixed.everywhere.value);
    const outside = await askFor(hub.facts.fixed.outsider.value);
    expect(comparable(inside.body).sources).toEqual(comparable(outside.body).sources);
    const times = new Set(outside.body.extensions.sources.map((source: { readAt: string }) => source.readAt));
    expect(times.size).toBe(1);
  });

  it('asks no other department about a person outside the scope', async () => {
    for (const department of Object.values(hub.departments)) department.resetReads();
    await askFor(hub.facts.fixed.outsider.value);
    for (const name of ['civil-affairs', 'social-security', 'justice'] as const) {
      expect(hub.departments[name].reads()).toEqual([]);
    }
  });

  it('a caller without a region gets nothing from an agreement that is bound to one', async () => {
    const { resident } = (await askFor(hub.facts.fixed.everywhere.value, '999999999')).body.data;
    expect(resident).toMatchObject({ name: null, police: null, civilAffairs: null, socialSecurity: null });
  });

  it('no record, not available and not granted can be told apart', async () => {
    await hub.departments['social-security'].inject({ kind: 'refuse' });
    try {
      const { body } = await hub.ask({
        query: `query($id: String!) { resident(identifier: { value: $id }) {
          police { watchFlag name } civilAffairs { maritalStatus } socialSecurity { status } } }`,
        variables: { id: hub.facts.nobody.value },
      });
      expect(body.data.resident).toEqual({ police: null, civilAffairs: null, socialSecurity: null });
      const told = body.errors.map((error: { extensions: { code: string; coordinate: string } }) => [
        error.extensions.code,
        error.extensions.coordinate,
      ]);
      expect(told).toEqual([
        ['FIELD_DENIED', 'PoliceRecord.watchFlag'],
        ['SOURCE_UNAVAILABLE', 'Resident.socialSecurity'],
      ]);
    } finally {
      await hub.departments['social-security'].recover();
    }
  });
});
