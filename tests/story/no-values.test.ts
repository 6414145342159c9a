import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPopulation } from '../../examples/population/population.ts';
import { startHub, type TestHub } from './hub.ts';

describe('no personal value in any table, file or log of the hub', () => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub();
  });
  afterAll(() => hub.close());

  it('after every kind of request, none of the values that were asked for or shown is in the data directory', async () => {
    const { people } = createPopulation({ residents: hub.facts.residents });
    const citizens = people.filter(({ identifier }) => identifier.type === 'CITIZEN_ID').slice(0, 100);
    const ids = citizens.map(({ identifier }) => ({ value: identifier.value }));
    const query = `query($ids: [ResidentIdentifier!]!) { residents(identifiers: $ids) {
      id name birthDate address citizenId police { phone household { headName } penalties { cause } watchFlag }
      civilAffairs { marriages { spouseName spouseCitizenId certificateNumber } }
      socialSecurity { employer contributions(first: 3) { amountYuan } }
      justice { mediationCases { caseNumber parties { name } } } } }`;
    const shown = await hub.ask({ query, variables: { ids } });
    expect(shown.status).toBe(200);
    await hub.ask({ query: query.replace('name birthDate', 'nobody'), variables: { ids } });
    await hub.ask({ query, variables: { ids: [{ value: `${ids[0]?.value}0` }] } });
    await hub.ask({ query: `{ resident(identifier: { value: "${ids[0]?.value}" }) { name } }` });
    await hub.ask({
      client: 'audit-office',
      query: `{ accessRecords(where: { resident: { value: "${ids[1]?.value}" } }) { nodes { subjects } } }`,
    });

    const values = [
      ...ids.map(({ value }) => value),
      ...citizens.map((person) => person.name).filter((name) => name.length >= 3),
    ];
    const bytes = await readAll(hub.dataDir);
    const found = values.filter((value) => bytes.some((content) => content.includes(value)));
    expect(found).toEqual([]);
  });
});

async function readAll(folder: string): Promise<Buffer[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return Promise.all(
    entries.filter((entry) => entry.isFile()).map((entry) => readFile(join(entry.parentPath, entry.name))),
  );
}
