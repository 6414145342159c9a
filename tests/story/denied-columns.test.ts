import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Attempt, attempts } from '../plan/attempts.ts';
import { startHub, type TestHub } from './hub.ts';

/** Columns of the police table, as the department itself sees them asked. */
const columns = { phone: 'lxdh', watchFlag: 'zdrybs' } as const;
const tricks = attempts.filter(
  (attempt): attempt is Attempt & { target: keyof typeof columns } => attempt.target in columns,
);

/** The same table of tricks that planning is tested with, here against departments that write down what they are asked. */
describe('a denied column is never asked of a department', () => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub({ residents: 100, environment: { HUB_LIMIT_REQUESTS_PER_MINUTE: '100000' } });
  });
  afterAll(() => hub.close());
  beforeEach(() => {
    for (const department of Object.values(hub.departments)) department.resetReads();
  });

  const ask = (client: string, { source, variables, operationName }: Attempt) =>
    hub.ask({
      client,
      query: source,
      variables: { ...variables, ...identifiers() },
      ...(operationName === undefined ? {} : { operationName }),
    });
  const identifiers = () => {
    const i = { type: 'CITIZEN_ID', value: hub.facts.fixed.everywhere.value };
    return { i, is: [i, { type: 'CITIZEN_ID', value: hub.facts.fixed.spouse.value }] };
  };
  const asked = (column: string) =>
    hub.departments.police.reads().filter((read) => new RegExp(`\\b${column}\\b`).test(read.asked));

  it(`${tricks.length} ways are tried`, () => {
    expect(tricks.length).toBeGreaterThanOrEqual(40);
  });

  it('not by a caller who may not, all ways at once', async () => {
    const answers = await Promise.all(tricks.map((trick) => ask('one-stop-hall', trick)));
    expect(asked(columns.phone)).toEqual([]);
    expect(asked(columns.watchFlag)).toEqual([]);
    // The other fields were read, so the department did see these callers.
    expect(hub.departments.police.reads().length).toBeGreaterThan(0);
    for (const { status, body } of answers) {
      expect([200, 400, 403]).toContain(status);
      expect(body.extensions.receipt).toBeDefined();
    }
  });

  it('but by a caller who may, by every way that is no mistake; the field that nobody may see is not', async () => {
    for (const trick of tricks) {
      hub.departments.police.resetReads();
      await ask('mediation-center', trick);
      // The demo's agreements give this client no relation, so nothing beyond one is asked for it either.
      const isGiven = !trick.what.startsWith('by a relation');
      if (trick.target === 'phone' && isGiven && !trick.isRefused && !trick.isBlind) {
        expect(asked(columns.phone), trick.what).not.toEqual([]);
      }
      expect(asked(columns.watchFlag), trick.what).toEqual([]);
    }
  });
});
