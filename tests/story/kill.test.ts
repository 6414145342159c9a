import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Receipt } from '../../src/audit/entry.ts';
import { startHub, type TestHub } from './hub.ts';

/** CI asks for 50. */
const rounds = Number(process.env['SHUQIAO_KILL_ROUNDS'] ?? 2);

describe('kill -9 under load', () => {
  let hub: TestHub;
  let child: ChildProcess | undefined;
  beforeAll(async () => {
    // Stores connections and agreements, then leaves the data directory to the processes that will be killed.
    hub = await startHub({ residents: 100, only: ['police'] });
    await hub.app.close();
  });
  afterAll(async () => {
    child?.kill('SIGKILL');
    await hub.close();
  });

  async function startProcess(): Promise<string> {
    child = spawn(process.execPath, ['--import', 'tsx', 'tests/story/serve-hub.ts'], {
      env: {
        ...process.env,
        HUB_DATA_DIR: hub.dataDir,
        HUB_LOG_LEVEL: 'silent',
        PORT: '0',
        HUB_LIMIT_REQUESTS_PER_MINUTE: '1000000',
      },
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    const [line] = await once(child.stdout ?? process.stdin, 'data');
    return String(line).trim();
  }

  async function kill(): Promise<void> {
    const ending = child && once(child, 'exit');
    child?.kill('SIGKILL');
    await ending;
  }

  async function post(
    url: string,
    client: string,
    headers: Record<string, string>,
    query: string,
  ): Promise<unknown> {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${await hub.token({ client })}`,
        ...headers,
      },
      body: JSON.stringify({ query }),
    });
    return response.json();
  }

  /** Asks over eight connections until the process dies; every answer that arrived whole had a receipt. */
  async function load(url: string, receipts: Receipt[]): Promise<void> {
    const headers = { 'shuqiao-purpose': 'dispute-mediation', 'shuqiao-case': '2026-TJ-0001' };
    const query = `{ resident(identifier: { value: "${hub.facts.fixed.everywhere.value}" }) { name } }`;
    const worker = async () => {
      for (;;) {
        const answer = (await post(url, 'mediation-center', headers, query)) as {
          extensions: { receipt: Receipt };
        };
        receipts.push(answer.extensions.receipt);
      }
    };
    await Promise.allSettled(Array.from({ length: 8 }, worker));
  }

  async function recordedEvents(url: string): Promise<Map<string, { index: string; leafHash: string }>> {
    const events = new Map<string, { index: string; leafHash: string }>();
    let after: string | undefined;
    for (;;) {
      const page = after === undefined ? '' : `, after: "${after}"`;
      const query = `{ accessRecords(first: 200${page}) { nodes { eventId index leafHash } damaged { index } pageInfo { hasNextPage endCursor } } }`;
      const answer = (await post(
        url,
        'audit-office',
        { 'shuqiao-purpose': 'audit-review' },
        query,
      )) as RecordsAnswer;
      const { nodes, damaged, pageInfo } = answer.data.accessRecords;
      expect(damaged).toEqual([]);
      for (const node of nodes) events.set(`${node.eventId} ${node.index}`, node);
      if (!pageInfo.hasNextPage) return events;
      after = pageInfo.endCursor;
    }
  }

  it(`no answered request without its record, ${rounds} times`, {
    timeout: 60_000 + rounds * 30_000,
  }, async () => {
    const receipts: Receipt[] = [];
    for (let round = 0; round < rounds; round++) {
      const url = await startProcess();
      const loading = load(url, receipts);
      const answered = receipts.length;
      await expect
        .poll(() => receipts.length, { timeout: 60_000, interval: 5 })
        .toBeGreaterThan(answered + 50 + 10 * (round % 7));
      await kill();
      await loading;
    }
    const events = await recordedEvents(await startProcess());
    const missing = receipts.filter(
      ({ eventId, index, leafHash }) => events.get(`${eventId} ${index}`)?.leafHash !== leafHash,
    );
    expect(missing).toEqual([]);
    console.info(`${rounds} kills, ${receipts.length} answered requests, ${missing.length} without record`);
    // The log itself is gapless, whatever was killed.
    const indexes = [...events.values()].map(({ index }) => Number(index)).sort((a, b) => a - b);
    expect(indexes).toEqual(indexes.map((_, i) => i));
  });
});

interface RecordsAnswer {
  readonly data: {
    readonly accessRecords: {
      readonly nodes: readonly { eventId: string; index: string; leafHash: string }[];
      readonly damaged: readonly unknown[];
      readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string };
    };
  };
}
