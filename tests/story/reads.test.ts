import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DepartmentName, startHub, type TestHub } from './hub.ts';

describe('reads, counted at the departments', () => {
  let hub: TestHub;
  let ids: { value: string }[];
  beforeAll(async () => {
    hub = await startHub({ residents: 1_400, environment: { HUB_LIMIT_REQUESTS_PER_MINUTE: '100000' } });
    ids = await listCitizenIds(hub, 1_000);
  });
  afterAll(() => hub.close());
  beforeEach(() => {
    for (const department of Object.values(hub.departments)) department.resetReads();
  });

  const query = `query($ids: [ResidentIdentifier!]!) { residents(identifiers: $ids) {
    name sex age
    civilAffairs { maritalStatus }
    socialSecurity { status }
    justice { legalAidCount }
  } }`;
  const readsOf = (name: DepartmentName) => hub.departments[name].reads();

  it('asks each department once for 1,000 residents, or once per batch limit, and the gate once more', async () => {
    const { body } = await hub.ask({
      client: 'street-platform',
      region: '330106',
      query: query.replace('legalAidCount', 'mediationCases { dispute }'),
      variables: { ids },
    });
    expect(body.data.residents).toHaveLength(1_000);
    expect(
      body.data.residents.filter((resident: { name: string | null }) => resident.name !== null).length,
    ).toBeGreaterThan(500);
    // One read of the data with the rule pushed down, one of the gate's columns for the other departments.
    expect(readsOf('police')).toHaveLength(2);
    // 500 keys in one request, as its contract file says.
    expect(readsOf('civil-affairs')).toHaveLength(2);
    // 1,000 stored keys in one request: some residents have two.
    expect(readsOf('social-security').length).toBeLessThanOrEqual(2);
    expect(readsOf('justice').length).toBeLessThanOrEqual(5);
  });

  it('asks nobody more often for 100 residents than for one', async () => {
    const counts: number[][] = [];
    for (const count of [1, 100]) {
      for (const department of Object.values(hub.departments)) department.resetReads();
      await hub.ask({ query, variables: { ids: ids.slice(0, count) } });
      counts.push(Object.values(hub.departments).map((department) => department.reads().length));
    }
    expect(counts[0]).toEqual([1, 1, 1, 1]);
    expect(counts[1]).toEqual([1, 1, 1, 1]);
  });

  it('joins the reads of aliases that ask the same of different residents', async () => {
    const aliases = ids
      .slice(0, 10)
      .map(({ value }, i) => `r${i}: resident(identifier: { value: "${value}" }) { name }`);
    const { body } = await hub.ask({ query: `{ ${aliases.join(' ')} }` });
    expect(Object.keys(body.data)).toHaveLength(10);
    expect(readsOf('police')).toHaveLength(1);
    expect(readsOf('justice')).toHaveLength(0);
  });
});

/** Ids that the population knows, taken from what departments lack and have: the facts list both. */
async function listCitizenIds(hub: TestHub, count: number): Promise<{ value: string }[]> {
  const { createPopulation } = await import('../../examples/population/population.ts');
  const { people } = createPopulation({ residents: hub.facts.residents });
  return people
    .filter(({ identifier }) => identifier.type === 'CITIZEN_ID')
    .slice(0, count)
    .map(({ identifier }) => ({ value: identifier.value }));
}
