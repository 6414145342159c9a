import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createClosers } from '../../src/app/closers.ts';
import { layFoundation } from '../../src/app/lay-foundation.ts';
import { parseConfig } from '../../src/config.ts';
import { HubError } from '../../src/errors.ts';
import { claimDatabase, claimDataDir } from '../../src/storage/hub-mark-prisma.ts';
import { hubGraph } from '../support/hub-graph.ts';
import { createEmptyDir, createTestDataDir, openTestStorage, storageKinds } from '../support/test-storage.ts';

const made: string[] = [];
const emptyDir = () => {
  const dir = createEmptyDir();
  made.push(dir);
  return dir;
};
afterAll(() => {
  for (const dir of made) rmSync(dir, { recursive: true, force: true });
});

async function refusal(run: () => unknown): Promise<HubError> {
  try {
    await run();
  } catch (error) {
    if (error instanceof HubError) return error;
    throw error;
  }
  throw new TypeError('the two were mixed');
}

/** As far as the database; then closed again. */
async function start(dataDir: string, sandbox: 'on' | 'off'): Promise<void> {
  const config = parseConfig({ HUB_DATA_DIR: dataDir, HUB_SANDBOX: sandbox, HUB_LOG_LEVEL: 'silent' });
  const closers = createClosers();
  try {
    await layFoundation(config, { graph: hubGraph }, closers);
  } finally {
    await closers.close();
  }
}

// Synthetic residents in a live log, or live connections in a sandbox, would be taken for the other.
describe('a sandbox and a live hub', () => {
  it.each([
    ['on', 'off'],
    ['off', 'on'],
  ] as const)('never share a data directory: sandbox %s, then %s', async (first, then) => {
    const dataDir = await createTestDataDir();
    made.push(dataDir);
    await start(dataDir, first);
    const error = await refusal(() => start(dataDir, then));
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.message).toContain(dataDir);
    // The mark in the directory is lost: the database has its own.
    rmSync(join(dataDir, 'hub.kind'));
    rmSync(join(dataDir, 'keys.json'));
    const again = await refusal(() => start(dataDir, then));
    expect(again.message).toMatch(/database .* belongs to a (live hub|sandbox)/);
  });

  it('are told apart before anything is written', async () => {
    const dataDir = emptyDir();
    claimDataDir(dataDir, 'LIVE');
    const before = readdirSync(dataDir);
    expect((await refusal(() => claimDataDir(dataDir, 'SANDBOX'))).code).toBe('CONFIG_INVALID');
    expect(readdirSync(dataDir)).toEqual(before);
    claimDataDir(dataDir, 'LIVE');
  });

  it('a directory with keys from before there were marks is a live one', async () => {
    const dataDir = emptyDir();
    writeFileSync(join(dataDir, 'keys.json'), '{}');
    await refusal(() => claimDataDir(dataDir, 'SANDBOX'));
    claimDataDir(dataDir, 'LIVE');
  });

  it('a mark that says neither is neither', async () => {
    const dataDir = emptyDir();
    writeFileSync(join(dataDir, 'hub.kind'), 'BOTH\n');
    for (const kind of ['LIVE', 'SANDBOX'] as const) await refusal(() => claimDataDir(dataDir, kind));
    expect(existsSync(join(dataDir, 'keys.json'))).toBe(false);
  });

  it.each(storageKinds)(
    'a database (%s) belongs to the first that claims it, replicas at once too',
    async (kind) => {
      const { storage, remove } = await openTestStorage(kind);
      await Promise.all([1, 2, 3].map(() => claimDatabase(storage.prisma, 'SANDBOX')));
      await refusal(() => claimDatabase(storage.prisma, 'LIVE'));
      await claimDatabase(storage.prisma, 'SANDBOX');
      await remove();
    },
  );
});
