import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServer as startHandWritten } from '../../bench/servers/hand-written.ts';
import { startServer as startHub } from '../../bench/servers/hub.ts';
import { startServer as startBareHub } from '../../bench/servers/hub-bare.ts';
import { startServer as startMercurius } from '../../bench/servers/mercurius.ts';
import {
  type RunningServer,
  requestForms,
  type ServerKind,
  serverKinds,
} from '../../bench/servers/server-kinds.ts';
import type { Sources } from '../../bench/sources/source-addresses.ts';
import { startSources } from '../../bench/sources/start-sources.ts';
import { type Stage, setStage } from '../../bench/stage.ts';
import { ask, requestBodies, requestHeaders } from '../../bench/workload.ts';
import { engines } from '../support/engines.ts';
import { createTestDataDir } from '../support/test-storage.ts';

const people = 30;
const starters: Readonly<Record<ServerKind, typeof startHub>> = {
  hub: startHub,
  'hub-bare': startBareHub,
  'hand-written': startHandWritten,
  mercurius: startMercurius,
};

describe('the servers that npm run bench compares', () => {
  let sources: Sources;
  let stage: Stage;
  const servers = new Map<ServerKind, RunningServer>();

  beforeAll(async () => {
    sources = await startSources(people, engines);
    stage = await setStage(engines, await createTestDataDir());
    const { contractsDir, dataDir } = stage;
    for (const kind of serverKinds) {
      servers.set(kind, await starters[kind]({ sources: sources.counted, contractsDir, dataDir }));
    }
  });

  afterAll(async () => {
    for (const server of servers.values()) await server.close();
    await rm(stage.dataDir, { recursive: true, force: true });
    await sources.close();
    await stage.remove();
  });

  async function answerOf(kind: ServerKind): Promise<unknown> {
    const [body = ''] = requestBodies(requestForms[kind], people, people);
    const headers = requestHeaders(await stage.issueToken());
    const { status, data } = await ask(servers.get(kind)?.url ?? '', headers, body);
    expect(status).toBe(200);
    return data;
  }

  it('give the same answer, with everybody in it, masked where the agreements say so', async () => {
    const written = await answerOf('hand-written');
    for (const kind of serverKinds) expect(await answerOf(kind)).toEqual(written);
    const { residents } = written as { residents: { police: { name: string; phone: string } | null }[] };
    expect(residents).toHaveLength(people);
    expect(residents.every(({ police }) => police?.name.endsWith('**'))).toBe(true);
    expect(
      JSON.stringify(residents.map((resident) => Object.values(resident).filter(Boolean).length)),
    ).toMatch(/4/);
  });

  it('read each department once for a request', async () => {
    for (const kind of serverKinds) {
      await answerOf(kind);
      await sources.takeReads();
      await answerOf(kind);
      expect(Object.values(await sources.takeReads())).toEqual([1, 1, 1, 1]);
    }
  });
});
