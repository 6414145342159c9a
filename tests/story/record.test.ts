import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditStore } from '../../src/audit/entry.ts';
import { startHub, type TestHub } from './hub.ts';

type Fault = 'down' | 'full' | 'slow' | 'once' | undefined;

/** A store that can be broken while it is in use. `once` heals itself. */
function breakable(): {
  wrap: (store: AuditStore) => AuditStore;
  set(fault: Fault): void;
  held: () => number;
} {
  let fault: Fault;
  let waiting: (() => void)[] = [];
  const fail = (code: string) => Object.assign(new Error('the log store failed'), { code });
  return {
    set(next) {
      fault = next;
      for (const go of waiting) go();
      waiting = [];
    },
    held: () => waiting.length,
    wrap: (store) => ({
      close: () => store.close(),
      async append(records) {
        if (fault === 'down') throw fail('57P01');
        if (fault === 'full') throw fail('53100');
        if (fault === 'once') {
          fault = undefined;
          throw fail('40001');
        }
        if (fault === 'slow') await new Promise<void>((resolve) => waiting.push(resolve));
        return store.append(records);
      },
    }),
  };
}

describe('no record, no data', () => {
  const store = breakable();
  let hub: TestHub;
  beforeAll(async () => {
    const auditLimits = { deadlineMs: 300, staleAfterMs: 200 };
    hub = await startHub({ only: ['police'], overrides: { wrapStore: store.wrap, auditLimits } });
  });
  afterAll(() => hub.close());

  const query = 'query($id: String!) { resident(identifier: { value: $id }) { name police { address } } }';

  it.each(['down', 'full', 'slow'] as const)(
    'log store %s: no data leaves, and it recovers by itself',
    async (fault) => {
      const ask = () => hub.ask({ query, variables: { id: hub.facts.fixed.everywhere.value } });
      expect((await ask()).body.data.resident.name).toBe('沈国强');

      store.set(fault);
      const refused = await ask();
      expect(refused.status).toBe(503);
      expect(refused.text).not.toContain('沈国强');
      expect(refused.body).toMatchObject({
        errors: [{ extensions: { code: 'AUDIT_UNAVAILABLE', retryable: true } }],
      });
      expect(refused.body.extensions.receipt).toBeUndefined();

      // Once it is known to be broken, no department is asked any more.
      hub.departments.police.resetReads();
      const unasked = await ask();
      expect(unasked.status).toBe(503);
      expect(hub.departments.police.reads()).toEqual([]);
      expect((await hub.app.fastify.inject('/readyz')).statusCode).toBe(503);

      store.set(undefined);
      await expect.poll(async () => (await ask()).status, { timeout: 10_000 }).toBe(200);
      expect((await hub.app.fastify.inject('/readyz')).statusCode).toBe(200);
    },
  );

  it('a store that fails once costs nothing but a moment', async () => {
    store.set('once');
    const { status, body } = await hub.ask({ query, variables: { id: hub.facts.fixed.everywhere.value } });
    expect(status).toBe(200);
    expect(body.extensions.receipt.index).toMatch(/^\d+$/);
  });

  it('every answer under concurrent load has its own record, without a gap', async () => {
    const answers = await Promise.all(
      Array.from({ length: 64 }, () =>
        hub.ask({ query, variables: { id: hub.facts.fixed.everywhere.value } }),
      ),
    );
    const indexes = answers.map(({ body }) => Number(body.extensions.receipt.index)).sort((a, b) => a - b);
    expect(indexes).toEqual(Array.from({ length: 64 }, (_, i) => (indexes[0] ?? 0) + i));
  });
});
