import { describe, expect, it } from 'vitest';
import type {
  Connection,
  Connector,
  ReadRequest,
  ReadResult,
  SourceSettings,
} from '../../src/connectors/connector.ts';
import { HubError } from '../../src/errors.ts';
import { openConnectors } from '../../src/registry/connector-set.ts';
import { noLists } from '../support/no-lists.ts';

/** Connections as several replicas see them: one store, with a revision. */
function createStore() {
  const rows = new Map<string, { connection: Connection; revision: bigint }>();
  let revision = 0n;
  return {
    isDown: false,
    /** Names that this hub's keys do not open. */
    sealedOtherwise: new Set<string>(),
    put(name: string, marker: string) {
      revision += 1n;
      rows.set(name, { connection: { kind: 'http', baseUrl: marker }, revision });
    },
    remove(name: string) {
      revision += 1n;
      rows.delete(name);
    },
    async revision() {
      if (this.isDown) throw new Error('the database is down');
      return revision;
    },
    async revisions() {
      return new Map([...rows].map(([name, row]) => [name, row.revision]));
    },
    async get(name: string) {
      if (this.isDown) throw new Error('the database is down');
      if (this.sealedOtherwise.has(name)) throw new HubError('CONFIG_INVALID');
      return rows.get(name)?.connection;
    },
  };
}

const request = { shape: { entity: 'Thing' } } as ReadRequest;
const signal = new AbortController().signal;

/** Connectors that say where they lead, can be held up while reading, and count what is open. */
function createFactory() {
  const open = new Set<string>();
  let opened = 0;
  let hold: Promise<void> | undefined;
  const create = (settings: SourceSettings, connection: Connection): Connector => {
    const marker = 'baseUrl' in connection ? connection.baseUrl : '';
    if (marker === 'unusable') throw new HubError('CONFIG_INVALID');
    opened += 1;
    const name = `${settings.name} ${marker} ${opened}`;
    open.add(name);
    let isClosed = false;
    const running = new Set<Promise<unknown>>();
    return {
      source: settings.name,
      kind: 'http',
      read() {
        if (isClosed) throw new Error('read on a closed connector');
        const read = Promise.resolve(hold).then(() => {
          if (!open.has(name)) throw new Error('closed while in use');
          return { rows: [{ key: 0, values: [marker] }], readAt: '', reads: 1, findings: {} };
        });
        running.add(read);
        return read;
      },
      ...noLists,
      probe: async () => ({ ok: true, notes: [] }),
      async close() {
        isClosed = true;
        await Promise.allSettled(running);
        open.delete(name);
      },
    };
  };
  return {
    create,
    open,
    /** Reads that begin from now on wait for the function that is returned. */
    holdReads(): () => void {
      let release = () => {};
      hold = new Promise((resolve) => {
        release = resolve;
      });
      return () => {
        hold = undefined;
        release();
      };
    },
  };
}

const source = (name: string, credential: string): SourceSettings => ({
  name,
  department: 'd',
  kind: 'http',
  credential,
  deadlineMs: 1000,
  concurrency: 4,
  batch: 100,
  maxResponseBytes: 1000,
  columnCharsets: {},
});

async function openSet(store: ReturnType<typeof createStore>, factory = createFactory()) {
  const warnings: string[] = [];
  const set = await openConnectors({
    sources: new Map(
      [source('one', 'shared'), source('two', 'shared'), source('three', 'own')].map((one) => [
        one.name,
        one,
      ]),
    ),
    connections: store,
    createConnector: factory.create,
    observer: { warn: (name, message) => warnings.push(`${name}: ${message}`) },
    pollMs: 1_000_000,
    onFailure: () => {},
  });
  return { set, factory, warnings };
}

const markerOf = ({ rows }: ReadResult) => rows[0]?.values[0];
const read = async (connectors: ReadonlyMap<string, Connector>, name: string) =>
  markerOf((await connectors.get(name)?.read(request, signal)) ?? expect.unreachable(name));

describe('the connectors of several replicas on one store', () => {
  it('all use what one of them stored, after their next look', async () => {
    const store = createStore();
    store.put('shared', 'old');
    const replicas = await Promise.all([openSet(store), openSet(store)]);
    store.put('shared', 'new');
    store.put('own', 'first');
    await replicas[0].set.refresh();
    expect(await read(replicas[0].set.current(), 'one')).toBe('new');
    expect(await read(replicas[1].set.current(), 'one')).toBe('old');
    await replicas[1].set.refresh();
    for (const { set } of replicas) {
      expect(await read(set.current(), 'two')).toBe('new');
      expect(await read(set.current(), 'three')).toBe('first');
    }
    store.remove('shared');
    await Promise.all(replicas.map(({ set }) => set.refresh()));
    for (const { set, warnings } of replicas) {
      expect([...set.current().keys()]).toEqual(['three']);
      expect(warnings).toEqual([
        'one: the connection shared was removed',
        'two: the connection shared was removed',
      ]);
    }
  });

  it('open again what changed and leave the others alone', async () => {
    const store = createStore();
    store.put('shared', 'a');
    store.put('own', 'b');
    const { set, factory } = await openSet(store);
    const before = [...factory.open].filter((name) => name.startsWith('three'));
    store.put('shared', 'a2');
    await set.refresh();
    expect([...factory.open].filter((name) => name.startsWith('three'))).toEqual(before);
    expect(await read(set.current(), 'one')).toBe('a2');
  });

  it('leave none open and close none in use when one credential is stored many times at once', async () => {
    const store = createStore();
    store.put('shared', 'v0');
    store.put('own', 'x');
    const { set, factory } = await openSet(store);
    const release = factory.holdReads();
    const reads: Promise<unknown>[] = [];
    const refreshes: Promise<void>[] = [];
    for (let i = 1; i <= 20; i++) {
      reads.push(read(set.current(), 'one'), read(set.current(), 'two'));
      store.put('shared', `v${i}`);
      refreshes.push(set.refresh());
      await Promise.resolve();
    }
    await Promise.all(refreshes);
    release();
    // Every read ended where it began; `closed while in use` would have rejected.
    expect(await Promise.all(reads)).toEqual(expect.arrayContaining(['v0']));
    expect(await read(set.current(), 'one')).toBe('v20');
    expect(await read(set.current(), 'two')).toBe('v20');
    await set.close();
    expect([...factory.open]).toEqual([]);
  });

  it('let a request that began before a change go on reading after it', async () => {
    const store = createStore();
    store.put('own', 'before');
    const { set } = await openSet(store);
    const heldByRequest = set.current();
    expect(await read(heldByRequest, 'three')).toBe('before');
    store.put('own', 'after');
    await set.refresh();
    expect(await read(heldByRequest, 'three')).toBe('after');
    store.remove('own');
    await set.refresh();
    await expect(read(heldByRequest, 'three')).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE' });
  });

  it('do not wait for a slow read before they use a new connection, but closing does', async () => {
    const store = createStore();
    store.put('own', 'slow');
    const { set, factory } = await openSet(store);
    const release = factory.holdReads();
    const slow = read(set.current(), 'three');
    store.put('own', 'quick');
    await set.refresh();
    expect(factory.open.size).toBe(2);
    const closing = set.close();
    release();
    expect(await slow).toBe('slow');
    await closing;
    expect([...factory.open]).toEqual([]);
  });

  it('stay as they are while the store cannot be asked, and take the change later', async () => {
    const store = createStore();
    store.put('own', 'a');
    const { set } = await openSet(store);
    store.put('own', 'b');
    store.isDown = true;
    await expect(set.refresh()).rejects.toThrow('down');
    expect(await read(set.current(), 'three')).toBe('a');
    store.isDown = false;
    await set.refresh();
    expect(await read(set.current(), 'three')).toBe('b');
  });

  it('go without one that cannot be opened or used, and say so, while the others serve', async () => {
    const store = createStore();
    store.put('shared', 'unusable');
    store.put('own', 'fine');
    store.sealedOtherwise.add('own');
    const { set, warnings } = await openSet(store);
    expect([...set.current().keys()]).toEqual([]);
    expect(warnings.sort()).toEqual([
      'one: the connection shared cannot be used',
      'three: the connection own cannot be used',
      'two: the connection shared cannot be used',
    ]);
    store.sealedOtherwise.clear();
    store.put('own', 'fine');
    await set.refresh();
    expect(await read(set.current(), 'three')).toBe('fine');
  });

  it('say which connection is missing when they are asked for their health, and not before', async () => {
    const store = createStore();
    store.put('own', 'a');
    const { set, warnings } = await openSet(store);
    expect(warnings).toEqual([]);
    await set.probe(signal);
    expect(warnings).toEqual([
      'one: no connection named shared is stored',
      'two: no connection named shared is stored',
    ]);
  });

  it('leave nothing open after a connection was only checked', async () => {
    const store = createStore();
    const { set, factory } = await openSet(store);
    set.check('shared', { kind: 'http', baseUrl: 'x' });
    expect(() => set.check('unknown', { kind: 'http', baseUrl: 'x' })).toThrow(HubError);
    await set.close();
    expect([...factory.open]).toEqual([]);
  });
});
