import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SealedRecord } from '../../src/audit/entry.ts';
import { openEntry } from '../../src/audit/open-entry.ts';
import { parseAnswer, startHub, type TestHub } from './hub.ts';

const operation = JSON.stringify({ query: '{ __typename }' });

describe('a flood of refusals fills neither the access log nor the memory, and is on record', () => {
  let hub: TestHub;
  const written: SealedRecord[] = [];
  beforeAll(async () => {
    hub = await startHub({
      only: [],
      environment: {
        HUB_LIMIT_REFUSALS_PER_MINUTE: '3',
        HUB_LIMIT_REFUSALS_PER_MINUTE_IN_ALL: '20',
        HUB_LIMIT_REQUESTS_PER_MINUTE: '5',
        HUB_TRUST_PROXY: '127.0.0.0/8',
      },
      overrides: {
        wrapStore: (store) => ({
          ...store,
          append(records) {
            written.push(...records);
            return store.append(records);
          },
        }),
      },
    });
    written.length = 0;
  });
  afterAll(() => hub.close());

  async function post(url: string, headers: Readonly<Record<string, string>>) {
    const all = { 'content-type': 'application/json', ...headers };
    const { fastify } = hub.app;
    return parseAnswer(await fastify.inject({ method: 'POST', url, headers: all, payload: operation }));
  }

  const summaries = () =>
    written
      .map(openEntry)
      .flatMap((opened) => ('entry' in opened && opened.entry ? [opened.entry] : []))
      .filter(({ kind }) => kind === 'refusals-summary');

  it('from hundreds of networks of IPv6, from addresses that are made up, of paths that are none, and of a verified client', async () => {
    // Each network is another address, none beyond its own limit.
    for (let network = 0; network < 400; network++) {
      const from = { 'x-forwarded-for': `2001:db8:${network.toString(16)}::1` };
      expect((await post('/graphql', { ...from, authorization: 'Bearer x.y.z' })).status).toBe(401);
    }
    expect(written).toHaveLength(20);
    // What is no address is one, whatever it says.
    const madeUp: number[] = [];
    for (let i = 0; i < 10; i++) {
      madeUp.push((await post('/graphql', { 'x-forwarded-for': `made-up-${i}` })).status);
    }
    expect(madeUp).toEqual([401, 401, 401, ...Array(7).fill(429)]);
    const paths: number[] = [];
    for (let i = 0; i < 8; i++) paths.push((await post(`/${i}33010619800315905`, {})).status);
    expect(paths).toEqual([404, 404, 404, ...Array(5).fill(429)]);
    const client: number[] = [];
    for (let i = 0; i < 15; i++) client.push((await hub.ask({ query: '{ __typename }' })).status);
    expect(client).toEqual([...Array(5).fill(200), ...Array(10).fill(429)]);
    expect(written).toHaveLength(20 + 5 + 3);

    await hub.app.close();
    expect(summaries().map(({ caller, outcome, note }) => [caller?.client, outcome.errors, note])).toEqual([
      [
        undefined,
        { NOT_FOUND: 3, RATE_LIMITED: 12, UNAUTHENTICATED: 383 },
        { refusals: 398, addresses: 382 },
      ],
      ['mediation-center', { RATE_LIMITED: 7 }, { refusals: 7, addresses: 1 }],
    ]);
    expect(JSON.stringify(written.map(({ body }) => body.toString()))).not.toContain('33010619800315905');
  });
});
