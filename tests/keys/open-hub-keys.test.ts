import { rmSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createKeyText } from '../../src/keys/key-text.ts';
import { openHubKeys } from '../../src/keys/open-hub-keys-prisma.ts';
import { createEmptyDir, openTestStorage, storageKinds, type TestStorage } from '../support/test-storage.ts';

describe.each(storageKinds)('the keys of a hub on the %s database', (kind) => {
  let database: TestStorage;
  beforeAll(async () => {
    database = await openTestStorage(kind);
  });
  afterAll(() => database.remove());
  beforeEach(async () => {
    await database.storage.prisma.keyFingerprint.deleteMany({});
  });

  it('are noted by the first start, and a hub with others does not start', async () => {
    const { prisma } = database.storage;
    const text = createKeyText();
    const ring = await openHubKeys(prisma, { text });
    expect((await openHubKeys(prisma, { text })).fingerprints).toEqual(ring.fingerprints);
    await expect(openHubKeys(prisma, { text: createKeyText() })).rejects.toThrow(
      'Restore the ring that belongs to the database',
    );
    expect(await prisma.keyFingerprint.count()).toBe(6);
  });

  it('are not made anew when their file is lost', async () => {
    const { prisma } = database.storage;
    const dataDir = createEmptyDir();
    await openHubKeys(prisma, { dataDir });
    rmSync(dataDir, { recursive: true });
    await expect(openHubKeys(prisma, { dataDir })).rejects.toThrow('is missing');
  });

  it('grow by a key that was added, and never shrink', async () => {
    const { prisma } = database.storage;
    const text = createKeyText();
    const more = JSON.stringify({
      version: 1,
      keys: [...JSON.parse(text).keys, JSON.parse(createKeyText()).keys[0]],
    });
    await openHubKeys(prisma, { text });
    await openHubKeys(prisma, { text: more });
    expect(await prisma.keyFingerprint.count()).toBe(7);
    await expect(openHubKeys(prisma, { text })).rejects.toThrow('lacks the key');
  });

  it('are one ring, whoever of several new replicas comes first', async () => {
    const starts = [1, 2, 3].map(() => openHubKeys(database.storage.prisma, { text: createKeyText() }));
    const outcomes = (await Promise.allSettled(starts)).map((each) => each.status);
    expect(outcomes.sort()).toEqual(['fulfilled', 'rejected', 'rejected']);
    expect(await database.storage.prisma.keyFingerprint.count()).toBe(6);
  });
});
