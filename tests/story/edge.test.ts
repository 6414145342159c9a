import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SealedRecord } from '../../src/audit/entry.ts';
import { createConnector } from '../../src/connectors/create-connector.ts';
import { noLists } from '../support/no-lists.ts';
import { callRaw, postHead } from '../support/raw-http.ts';
import { type HubOptions, startHub, type TestHub } from './hub.ts';

interface Recorded {
  readonly outcome: { readonly status: number; readonly errors: Readonly<Record<string, number>> };
}

/** A hub on a port of its own, whose one department answers when the test says so. */
interface EdgeHub extends TestHub {
  readonly url: string;
  readonly records: readonly Recorded[];
  /** Resolves when so many reads have reached the department. */
  readsStarted(count: number): Promise<void>;
  /** Resolves when so many records are written. */
  recordsWritten(count: number): Promise<void>;
  /** From now on reads wait for `letAnswer`, and what was counted is forgotten. */
  hold(): void;
  /** Lets the reads since the last `hold` go on. */
  readonly letAnswer: () => void;
  headers(client?: string): Promise<Record<string, string>>;
  post(client?: string): Promise<Response>;
}

const query = 'query($id: ResidentIdentifier!) { resident(identifier: $id) { name } }';
const purposes: Readonly<Record<string, Record<string, string>>> = {
  'mediation-center': { 'shuqiao-purpose': 'dispute-mediation', 'shuqiao-case': '2026-TJ-0001' },
  'one-stop-hall': { 'shuqiao-purpose': 'one-stop-service' },
};

describe('the edge of the hub, on real connections', () => {
  let hub: EdgeHub;
  beforeAll(async () => {
    hub = await open({
      HUB_LIMIT_BODY_DEADLINE_MS: '150',
      HUB_LIMIT_REQUEST_DEADLINE_MS: '2000',
      HUB_LIMIT_MAX_CONCURRENT_PER_CLIENT: '1',
      HUB_LIMIT_REFUSALS_PER_MINUTE: '5',
    });
  });
  beforeEach(() => hub.hold());
  afterEach(async () => {
    hub.letAnswer();
    expect((await hub.post()).status).toBe(200);
  });
  afterAll(() => hub.close());

  it('a body that trickles in ends with a refusal and a record, whatever its pace, and frees the place', async () => {
    const caller = await callRaw(hub.url);
    caller.send(`${postHead({ ...(await hub.headers()), 'content-length': 100_000 })}\r\n`);
    const trickle = setInterval(() => caller.send(' '), 10);
    const answer = await caller.answer;
    clearInterval(trickle);
    expect(answer).toMatch(/^HTTP\/1.1 408 /);
    expect(answer.toLowerCase()).toContain('connection: close');
    expect(answer).toContain('"receipt"');
    expect(hub.records.map(({ outcome }) => outcome.errors)).toEqual([{ REQUEST_TIMEOUT: 1 }]);
  });

  it('a caller without a valid token cannot hold a connection by uploading', async () => {
    const caller = await callRaw(hub.url);
    caller.send(`${postHead({ authorization: 'Bearer x.y.z', 'content-length': 100_000 })}\r\n{`);
    expect(await caller.answer).toMatch(/^HTTP\/1.1 401 /);
  });

  it('an upload that breaks off leaves a record and frees its place', async () => {
    const caller = await callRaw(hub.url);
    caller.send(`${postHead({ ...(await hub.headers()), 'content-length': 100_000 })}\r\n{`);
    // On a connection of its own, so that the head above has been read by then.
    await fetch(`${hub.url}/healthz`);
    caller.socket.destroy();
    await hub.recordsWritten(1);
    expect(hub.records[0]?.outcome.errors).toEqual({ CLIENT_DISCONNECTED: 1 });
  });

  it('a caller that leaves while a department is asked leaves a record and frees its place', async () => {
    const caller = await callRaw(hub.url);
    const body = JSON.stringify({ query, variables: { id: { value: hub.facts.fixed.everywhere.value } } });
    caller.send(`${postHead({ ...(await hub.headers()), 'content-length': body.length })}\r\n${body}`);
    await hub.readsStarted(1);
    caller.socket.destroy();
    await hub.recordsWritten(1);
    expect(hub.records[0]?.outcome.errors).toHaveProperty('CLIENT_DISCONNECTED', 1);
  });

  it('one client does not get all places: beyond its own it waits, others are served', async () => {
    const first = hub.post();
    await hub.readsStarted(1);
    const second = await hub.post();
    expect(second.status).toBe(429);
    expect(second.headers.get('retry-after')).toBe('1');
    expect(JSON.parse(await second.text()).errors[0].extensions.code).toBe('RATE_LIMITED');
    const other = hub.post('one-stop-hall');
    await hub.readsStarted(2);
    hub.letAnswer();
    expect([(await first).status, (await other).status]).toEqual([200, 200]);
  });

  it('a flood of requests on one connection ends with the connection, and fills no log', async () => {
    const caller = await callRaw(hub.url);
    const head = postHead({ authorization: 'Bearer x.y.z', 'content-length': 2 });
    caller.send(`${head}\r\n{}`.repeat(200));
    const statuses = new Set((await caller.answer).match(/^HTTP\/1.1 \d+/gm));
    expect([...statuses].every((status) => /401|429/.test(status))).toBe(true);
    expect(hub.records.length).toBeLessThanOrEqual(5);
  });

  it('past the deadline, in the middle of a read, the answer is a refusal with a record and without data', async () => {
    const answer = await hub.post();
    expect(answer.status).toBe(503);
    const body = JSON.parse(await answer.text());
    expect(body.data).toBeUndefined();
    expect(body.errors[0].extensions.code).toBe('DEADLINE_EXCEEDED');
    expect(hub.records[0]?.outcome.errors).toHaveProperty('DEADLINE_EXCEEDED', 1);
  });
});

describe('a hub on its way out', () => {
  it('says so at once, lets nobody in, finishes what it can, and closes at the drain limit with the rest on record', async () => {
    const hub = await open({ HUB_LIMIT_DRAIN_MS: '1000' });
    try {
      const finished = hub.post();
      await hub.readsStarted(1);
      const letFinish = hub.letAnswer;
      hub.hold();
      const stuck = hub.post('one-stop-hall');
      await hub.readsStarted(1);
      const closing = hub.app.close();
      const ready = await fetch(`${hub.url}/readyz`);
      expect([ready.status, await ready.json()]).toEqual([
        503,
        { status: 'not ready', waitingFor: ['draining'] },
      ]);
      const late = await hub.post('one-stop-hall');
      expect(late.status).toBe(503);
      expect([late.headers.get('retry-after'), late.headers.get('connection')]).toEqual(['1', 'close']);
      letFinish();
      expect(JSON.parse(await (await finished).text()).data.resident.name).toBe('沈国强');
      expect((await stuck).status).toBe(503);
      await closing;
      expect(hub.records.map(({ outcome }) => [outcome.status, outcome.errors])).toEqual([
        [503, { OVERLOADED: 1 }],
        [200, {}],
        [503, expect.objectContaining({ OVERLOADED: 1 })],
      ]);
    } finally {
      await hub.close();
    }
  });
});

async function open(environment: HubOptions['environment'] & object): Promise<EdgeHub> {
  const records: Recorded[] = [];
  let reads = 0;
  let gate = createGate();
  const note = (written: readonly SealedRecord[]) => {
    const entries = written.map(({ body }) => JSON.parse(body.toString()).entry);
    records.push(...entries.filter(({ kind }) => kind === 'access' || kind === 'refusal'));
  };
  const hub = await startHub({
    residents: 20,
    only: ['police'],
    environment,
    overrides: {
      wrapStore: (store) => ({
        async append(sealed) {
          const indexes = await store.append(sealed);
          note(sealed);
          return indexes;
        },
        close: () => store.close(),
      }),
      createConnector: (...settings) => {
        const inner = createConnector(...settings);
        return {
          source: inner.source,
          kind: inner.kind,
          async read(request, signal) {
            reads += 1;
            await Promise.race([gate.passed, aborted(signal)]);
            return inner.read(request, signal);
          },
          ...noLists,
          probe: (signal) => inner.probe(signal),
          close: () => inner.close(),
        };
      },
    },
  });
  const url = await hub.app.listen();
  const headers = async (client = 'mediation-center') => ({
    'content-type': 'application/json',
    authorization: `Bearer ${await hub.token({ client })}`,
    ...purposes[client],
  });
  const variables = { id: { value: hub.facts.fixed.everywhere.value } };
  return define(hub, {
    url,
    records,
    hold() {
      gate = createGate();
      reads = 0;
      records.length = 0;
    },
    get letAnswer() {
      return gate.open;
    },
    readsStarted: (count: number) => until(() => reads >= count),
    recordsWritten: (count: number) => until(() => records.length >= count),
    headers,
    post: async (client?: string) =>
      fetch(`${url}/graphql`, {
        method: 'POST',
        headers: await headers(client),
        body: JSON.stringify({ query, variables }),
      }),
  });
}

function createGate(): { readonly passed: Promise<void>; readonly open: () => void } {
  let open = () => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open: () => open() };
}

/** Looks again whenever the process has done something else. */
async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setImmediate(resolve));
}

/** `Object.assign` would call the getters once and keep what they gave. */
function define<A extends object, B extends object>(target: A, members: B): A & B {
  return Object.defineProperties(target, Object.getOwnPropertyDescriptors(members)) as A & B;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
