import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Connection, SourceSettings } from '../../src/connectors/connector.ts';
import { openKeyRing } from '../../src/keys/key-ring.ts';
import { createKeyText } from '../../src/keys/key-text.ts';
import { createConnectionStore } from '../../src/registry/connection-store-prisma.ts';
import { openConnectors } from '../../src/registry/connector-set.ts';
import { noLists } from '../support/no-lists.ts';
import { openTestStorage, storageKinds, type TestStorage } from '../support/test-storage.ts';

const police: Connection = {
  kind: 'postgres',
  host: '10.1.2.3',
  port: 5432,
  database: 'czrk',
  user: 'hub_ro',
  password: 'Needle-In-The-Haystack-7391',
};
const civilAffairs: Connection = {
  kind: 'http',
  baseUrl: 'https://mz.example',
  oauth2: {
    tokenUrl: 'https://mz.example/token',
    clientId: 'hub',
    clientSecret: 'Needle-In-The-Haystack-7392',
  },
};

/** Which of the texts stand in which files below a directory, as `text in folder`. */
function findTexts(directory: string, texts: readonly string[]): Set<string> {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  const found = names.flatMap((name) => {
    const path = join(directory, name);
    if (!statSync(path).isFile()) return [];
    const content = readFileSync(path);
    return texts.filter((text) => content.includes(text)).map((text) => `${text} in ${name.split('/')[1]}`);
  });
  return new Set(found);
}

describe.each(storageKinds)('the connections in the %s database', (kind) => {
  let database: TestStorage;
  const ring = openKeyRing({ text: createKeyText() });
  beforeAll(async () => {
    database = await openTestStorage(kind);
  });
  afterAll(() => database.remove());

  const createStore = (keys = ring) => createConnectionStore(database.storage.prisma, keys);

  it('come back as they were put, the last one of a name', async () => {
    const store = createStore();
    await store.put('police', civilAffairs, 'wang');
    await store.put('police', police, 'li');
    await store.put('civil-affairs', civilAffairs, 'wang');
    expect(await store.get('police')).toEqual(police);
    expect(await store.get('civil-affairs')).toEqual(civilAffairs);
    expect(await store.get('unknown')).toBeUndefined();
  });

  it('are listed by name, kind, time and person, and never by what they hold', async () => {
    const store = createStore();
    await store.put('police', police, 'li');
    await store.put('civil-affairs', civilAffairs, 'wang');
    const list = await store.list();
    expect(list).toEqual([
      { name: 'civil-affairs', kind: 'http', storedBy: 'wang', storedAt: expect.any(Date) },
      { name: 'police', kind: 'postgres', storedBy: 'li', storedAt: expect.any(Date) },
    ]);
    const [unreadable] = await createStore(openKeyRing({ text: createKeyText() })).list();
    expect(unreadable).toEqual({ name: 'civil-affairs', storedBy: 'wang', storedAt: expect.any(Date) });
  });

  it('get another revision and another hash with every change, also of the same content', async () => {
    const store = createStore();
    const before = await store.revision();
    const first = await store.put('changing', police, 'li');
    const second = await store.put('changing', police, 'li');
    expect([first.change, second.change]).toEqual(['CREATED', 'UPDATED']);
    expect(first.contentHash).not.toBe(second.contentHash);
    expect((await store.revisions()).get('changing')).toBe(before + 2n);
    expect(await store.remove('changing')).toBe(true);
    expect(await store.revision()).toBe(before + 3n);
    expect((await store.revisions()).has('changing')).toBe(false);
    expect(await store.get('changing')).toBeUndefined();
    expect(await store.remove('changing')).toBe(false);
    expect(await store.revision()).toBe(before + 3n);
  });

  it('count every change when several writers come at once', async () => {
    const store = createStore();
    const before = await store.revision();
    await Promise.all(Array.from({ length: 6 }, (_, i) => store.put(`many-${i % 2}`, police, 'li')));
    expect(await store.revision()).toBe(before + 6n);
    const revisions = await store.revisions();
    expect(new Set([revisions.get('many-0'), revisions.get('many-1')])).toContain(before + 6n);
    await Promise.all([store.remove('many-0'), store.remove('many-1')]);
  });

  it('do not open with the keys of another hub, nor in the place of another connection', async () => {
    await createStore().put('police', police, 'li');
    const other = createStore(openKeyRing({ text: createKeyText() }));
    await expect(other.get('police')).rejects.toMatchObject({ code: 'CONFIG_INVALID' });

    const { sealed } = await database.storage.prisma.connection.findUniqueOrThrow({
      where: { name: 'police' },
    });
    await createStore().put('justice', civilAffairs, 'li');
    await database.storage.prisma.connection.update({ where: { name: 'justice' }, data: { sealed } });
    await expect(createStore().get('justice')).rejects.toThrow(
      'The sealed connection "justice" cannot be opened',
    );
  });

  it('reach the sources of every replica once they are stored through one of them', async () => {
    const settings: SourceSettings = {
      name: 'register',
      department: 'd',
      kind: 'http',
      credential: 'two-replicas',
      ...{ deadlineMs: 1000, concurrency: 1, batch: 1, maxResponseBytes: 1, columnCharsets: {} },
    };
    const openReplica = async () => {
      const store = createStore();
      const opened: string[] = [];
      const set = await openConnectors({
        sources: new Map([[settings.name, settings]]),
        connections: store,
        createConnector: ({ name, kind }, connection) => {
          opened.push('baseUrl' in connection ? connection.baseUrl : '');
          const probe = async () => ({ ok: true, notes: [] });
          return {
            ...noLists,
            source: name,
            kind,
            read: () => expect.unreachable(),
            probe,
            close: async () => {},
          };
        },
        observer: { warn: () => {} },
        pollMs: 1_000_000,
        onFailure: () => {},
      });
      return { store, set, opened };
    };
    const [mine, other] = [await openReplica(), await openReplica()];
    await mine.store.put('two-replicas', civilAffairs, 'wang');
    await Promise.all([mine.set.refresh(), other.set.refresh()]);
    await mine.store.put('unrelated', police, 'wang');
    await other.store.put('two-replicas', { ...civilAffairs, baseUrl: 'https://moved.example' }, 'li');
    await Promise.all([mine.set.refresh(), other.set.refresh()]);
    const expected = ['https://mz.example', 'https://moved.example'];
    expect([mine.opened, other.opened]).toEqual([expected, expected]);
    await mine.store.remove('two-replicas');
    await Promise.all([mine.set.refresh(), other.set.refresh()]);
    expect([mine.set.current().size, other.set.current().size]).toEqual([0, 0]);
    await Promise.all([mine.set.close(), other.set.close()]);
  });

  it('do nothing with the name of a prototype', async () => {
    const headers = JSON.parse('{"__proto__":"polluted","X-App":"1"}');
    await createStore().put('hostile', { kind: 'http', baseUrl: 'https://x.example', headers }, 'li');
    const stored = await createStore().get('hostile');
    if (stored?.kind !== 'http') expect.unreachable('another connection');
    expect(Object.getPrototypeOf(stored?.headers)).toBe(Object.prototype);
    expect(stored?.headers?.['X-App']).toBe('1');
  });
});

describe('the data directory', () => {
  it('holds no secret of a connection in clear, neither in the tables nor in the log that is written ahead', async () => {
    const database = await openTestStorage();
    const { dataDir } = database.options;
    const { prisma, sql } = database.storage;
    await createConnectionStore(prisma, openKeyRing({ dataDir })).put('police', police, 'li');
    // The search itself must be able to find: the name of the connection is in the files in clear.
    await prisma.purpose.create({ data: { code: 'findable-needle', title: 'x', caseRequired: false } });
    await sql.query('CHECKPOINT');
    await database.storage.close();

    const encoded = Buffer.from('Needle-In-The-Haystack').toString('base64').slice(0, 24);
    const found = findTexts(dataDir, ['findable-needle', 'Needle-In-The-Haystack', encoded]);
    expect(found).toEqual(new Set(['findable-needle in base', 'findable-needle in pg_wal']));
    await database.remove();
  });
});
