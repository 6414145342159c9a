import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, startHub, type TestHub } from './hub.ts';

/** What can be made to fail: the n-th use from now, that one alone or all from then on. */
class Switch {
  used = 0;
  #failsFrom = Number.POSITIVE_INFINITY;
  #isLasting = false;

  arm(n: number, isLasting: boolean): void {
    this.used = 0;
    this.#failsFrom = n;
    this.#isLasting = isLasting;
  }

  disarm(): void {
    this.#failsFrom = Number.POSITIVE_INFINITY;
  }

  pass(): void {
    this.used += 1;
    const fails = this.#isLasting ? this.used >= this.#failsFrom : this.used === this.#failsFrom;
    // What a driver says can quote anything.
    if (fails) throw new Error(`connection lost near ${secrets.join(' ')}`);
  }
}

/** A resident's number and name, which every answer with data holds and nothing else may. */
const secrets: string[] = [];
const switches = { write: new Switch(), search: new Switch(), policy: new Switch() };
const written = new Set<string>();
const bodies: string[] = [];

const cases = (['write', 'search', 'policy'] as const).flatMap((part) =>
  [1, 2, 3].flatMap((n) => [false, true].map((isLasting) => ({ part, n, isLasting }))),
);

describe('whatever fails, and whenever', () => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub({
      residents: 20,
      only: ['police'],
      environment: {
        HUB_LIMIT_POLICY_POLL_MS: '10',
        HUB_LIMIT_POLICY_STALE_MS: '60',
        HUB_LIMIT_REQUESTS_PER_MINUTE: '1000000',
      },
      overrides: {
        auditLimits: { deadlineMs: 100, staleAfterMs: 50, retryMs: 1, maxRetryMs: 5 },
        wrapStore: (store) => ({
          async append(records) {
            switches.write.pass();
            const indexes = await store.append(records);
            for (const { eventId, body } of records) {
              written.add(eventId);
              bodies.push(body.toString());
            }
            return indexes;
          },
          close: () => store.close(),
        }),
        wrapSearch: (sql) => ({
          async query(text, params) {
            switches.search.pass();
            return sql.query(text, params);
          },
          async transaction(work) {
            switches.search.pass();
            return sql.transaction(work);
          },
        }),
        wrapPolicies: (source) => ({
          async revision() {
            switches.policy.pass();
            return source.revision();
          },
          async load() {
            switches.policy.pass();
            return source.load();
          },
          usage: () => source.usage(),
        }),
      },
    });
    secrets.push(hub.facts.fixed.everywhere.value, '沈国强');
  });
  afterAll(() => hub.close());
  beforeEach(() => {
    for (const each of Object.values(switches)) each.disarm();
  });

  const read = () =>
    hub.ask({
      query: 'query($id: ResidentIdentifier!) { resident(identifier: $id) { name } }',
      variables: { id: { value: hub.facts.fixed.everywhere.value } },
    });
  const search = () =>
    hub.ask({ client: 'audit-office', query: '{ accessRecords(first: 1) { nodes { index } } }' });

  it.each(cases)(
    '$part number $n, lasting: $isLasting: no data without its record, no value told, and it mends itself',
    async ({ part, n, isLasting }) => {
      const failing = switches[part];
      failing.arm(n, isLasting);
      const answers: Answer[] = [];
      // Until the failure has struck, however the hub came to use the part; its first answers are checked too.
      do answers.push(await read(), await search());
      while (failing.used < n);
      if (isLasting) answers.push(await read(), await search());
      for (const answer of answers) expectSound(answer);
      failing.disarm();
      await recovered(read);
      await recovered(search);
      for (const body of bodies) for (const secret of secrets) expect(body).not.toContain(secret);
    },
  );

  it('a lasting failure of writes or policies stops all data, one of searches only the search', async () => {
    const outcomes: Record<string, unknown> = {};
    for (const [part, each] of Object.entries(switches)) {
      each.arm(1, true);
      if (part !== 'search') await until(async () => (await read()).status === 503);
      const [{ status, body }, found] = [await read(), await search()];
      outcomes[part] = [status, body.errors?.[0].extensions.code, found.body.data?.accessRecords ?? null];
      each.disarm();
      await recovered(read);
    }
    expect(outcomes).toEqual({
      write: [503, 'AUDIT_UNAVAILABLE', null],
      search: [200, undefined, null],
      policy: [503, 'POLICY_UNAVAILABLE', null],
    });
  });

  function expectSound({ status, body, text }: Answer): void {
    const hasData = body.data?.resident != null || body.data?.accessRecords != null;
    if (hasData) expect(written).toContain(body.extensions.receipt.eventId);
    if (body.extensions?.receipt) expect(written).toContain(body.extensions.receipt.eventId);
    const told = hasData ? JSON.stringify(body.errors ?? []) : text;
    for (const secret of secrets) expect(told).not.toContain(secret);
    if (status >= 400) expect(body.data).toBeUndefined();
    for (const error of body.errors ?? []) expect(error.message).toMatch(/[一-龥]/);
  }

  async function recovered(ask: () => Promise<Answer>): Promise<void> {
    await until(async () => {
      const answer = await ask();
      expectSound(answer);
      return answer.status === 200 && answer.body.errors === undefined;
    });
  }

  /** Asks again at once: what mends itself does so without being told. */
  async function until(isTrue: () => Promise<boolean>): Promise<void> {
    while (!(await isTrue()));
  }
});
