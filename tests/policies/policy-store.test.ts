import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashDocument } from '../../src/policies/operation-catalogue.ts';
import type { PolicyStore } from '../../src/policies/policy-store.ts';
import { createPolicyStore } from '../../src/policies/policy-store-prisma.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { openTestStorage, storageKinds, type TestStorage } from '../support/test-storage.ts';
import { createAgreementDocument, createClientDocument, createPurposeDocument } from './documents.ts';

describe.each(storageKinds)('the agreements in the %s database', (kind) => {
  let database: TestStorage;
  let storage: Storage;
  let store: PolicyStore;
  let next = 1;

  beforeAll(async () => {
    database = await openTestStorage(kind);
    storage = database.storage;
    store = createPolicyStore(storage.prisma);
  });
  afterAll(() => database.remove());

  /** Tests share a database, so each has an agreement of its own. */
  const createAgreement = (changes: Parameters<typeof createAgreementDocument>[0] = {}) =>
    createAgreementDocument({ id: `AGR-${next++}`, ...changes });

  const find = async (id: string) => (await store.load()).agreements.find((agreement) => agreement.id === id);

  const readHistory = (agreementId: string) =>
    storage.prisma.agreementVersion.findMany({ where: { agreementId }, orderBy: { version: 'asc' } });

  it('come back as they were imported, with version, times in UTC and one revision', async () => {
    const agreement = createAgreement();
    const documents = [createPurposeDocument(), createClientDocument(), agreement];
    const { revision, changed } = await store.import(documents, 'wang');

    expect(changed.map(({ kind, id, change }) => [kind, id, change])).toEqual([
      ['purpose', 'aid', 'CREATED'],
      ['client', 'one-stop', 'CREATED'],
      ['agreement', agreement.id, 'CREATED'],
    ]);
    const { kind: _, ...terms } = agreement;
    const times = { validFrom: '2025-12-31T16:00:00.000Z', validUntil: '2026-12-31T16:00:00.000Z' };
    const snapshot = await store.load();
    expect(snapshot.revision).toBe(revision);
    expect(snapshot.agreements.find(({ id }) => id === agreement.id)).toEqual({
      ...terms,
      ...times,
      version: 1,
    });
    expect(snapshot.purposes).toEqual([{ code: 'aid', title: '社会救助', caseRequired: true }]);
    expect(snapshot.clients).toEqual([
      {
        id: 'one-stop',
        department: 'civil-affairs',
        title: '一窗通办',
        vendor: '某某科技',
        registeredOnly: false,
        status: 'ACTIVE',
      },
    ]);
  });

  it('keeps registered operations, each text that was ever in force, and no row that was changed by hand', async () => {
    const operation = (document: string, status: 'ACTIVE' | 'SUSPENDED' = 'ACTIVE') =>
      ({ kind: 'operation', code: 'names', title: '姓名', document, status }) as const;
    const { changed } = await store.import([operation('{ a }')], 'wang');
    expect(changed).toMatchObject([{ kind: 'operation', id: 'names', change: 'CREATED' }]);
    expect((await store.import([operation('{ a }')], 'wang')).changed).toEqual([]);
    await store.import([operation('{ b }', 'SUSPENDED')], 'li');
    await store.import([operation('{ a }')], 'li');
    const held = [{ kind: 'operation', id: 'names' }];
    expect(await store.import([operation('{ a }')], 'li')).toMatchObject({ changed: [], held });
    const { operations } = await store.load();
    expect(operations).toMatchObject([{ document: '{ a }', status: 'SUSPENDED' }]);
    expect((await store.setOperationStatus('names', 'ACTIVE')).changed).toMatchObject([{ id: 'names' }]);
    expect((await store.setOperationStatus('names', 'ACTIVE')).changed).toEqual([]);
    expect((await store.load()).operations).toMatchObject([{ document: '{ a }', status: 'ACTIVE' }]);
    expect(operations[0]?.hash).toBe(hashDocument('{ a }'));
    expect(operations[0]).not.toHaveProperty('clients');
    const texts = await storage.prisma.registeredOperationText.findMany({ orderBy: { document: 'asc' } });
    expect(texts.map(({ document, savedBy }) => [document, savedBy])).toEqual([
      ['{ a }', 'wang'],
      ['{ b }', 'li'],
    ]);

    await storage.prisma.registeredOperation.update({
      where: { code: 'names' },
      data: { document: '{ everything }' },
    });
    await expect(store.load()).rejects.toMatchObject({ code: 'POLICY_UNAVAILABLE' });
    await storage.prisma.registeredOperation.update({
      where: { code: 'names' },
      data: { document: '{ a }' },
    });
  });

  it('tell an absent member from an empty one', async () => {
    const {
      scene: _s,
      rowScope: _r,
      quota: _q,
      ...bare
    } = createAgreement({ consumer: { department: 'd', clients: [] } });
    const nobody = createAgreement({ consumer: { department: 'd', clients: ['c'], roles: [] } });
    const { vendor: _v, ...client } = createClientDocument({ id: 'no-vendor' });
    await store.import([bare, nobody, client], 'wang');
    const stored = await find(bare.id);
    expect(Object.keys(stored ?? {})).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(scene|rowScope|quota)$/)]),
    );
    expect(stored?.consumer).toEqual({ department: 'd', clients: [] });
    expect((await find(nobody.id))?.consumer.roles).toEqual([]);
    expect((await store.load()).clients.find(({ id }) => id === 'no-vendor')).not.toHaveProperty('vendor');
  });

  it('stay as they are when the same documents are imported again', async () => {
    const documents = [createPurposeDocument(), createClientDocument(), createAgreement()];
    const first = await store.import(documents, 'wang');
    const second = await store.import(structuredClone(documents), 'li');
    expect(second).toEqual({ revision: first.revision, changed: [], held: [] });
    expect(await store.revision()).toBe(first.revision);
    expect(await readHistory(documents[2]?.kind === 'agreement' ? documents[2].id : '')).toHaveLength(1);
  });

  it('are not changed by another order of members or another spelling of an instant', async () => {
    const agreement = createAgreement();
    await store.import([agreement], 'wang');
    const shuffled = {
      ...Object.fromEntries(Object.entries(agreement).reverse()),
      validFrom: '2025-12-31T16:00:00Z',
    };
    // The same members in another order.
    expect((await store.import([shuffled as typeof agreement], 'wang')).changed).toEqual([]);
  });

  it('get a version with its history at each change, and keep what earlier ones said', async () => {
    const agreement = createAgreement({ title: 'first' });
    const before = await store.import([agreement], 'wang');
    const after = await store.import([{ ...agreement, title: 'second' }], 'li');

    expect(after.revision).toBe(before.revision + 1n);
    expect(after.changed).toMatchObject([{ id: agreement.id, version: 2, change: 'UPDATED' }]);
    const history = await readHistory(agreement.id);
    expect(history.map((row) => [row.version, row.savedBy, JSON.parse(row.content).title])).toEqual([
      [1, 'wang', 'first'],
      [2, 'li', 'second'],
    ]);
    expect(history.map((row) => row.contentHash)).toEqual([
      before.changed[0]?.contentHash,
      after.changed[0]?.contentHash,
    ]);
    expect(await store.history(agreement.id)).toMatchObject([
      { version: 1, savedBy: 'wang', contentHash: before.changed[0]?.contentHash },
      { version: 2, savedBy: 'li', contentHash: after.changed[0]?.contentHash },
    ]);
    expect(await store.history('none')).toEqual([]);
  });

  it('stay suspended when a file that says ACTIVE is imported again', async () => {
    const agreement = createAgreement();
    await store.import([agreement, createClientDocument({ id: 'suspended' })], 'wang');
    await store.setAgreementStatus(agreement.id, 'SUSPENDED', 'police');
    await store.setClientStatus('suspended', 'SUSPENDED');

    expect(await store.import([agreement, createClientDocument({ id: 'suspended' })], 'wang')).toMatchObject({
      changed: [],
      held: [
        { kind: 'client', id: 'suspended' },
        { kind: 'agreement', id: agreement.id },
      ],
    });
    await store.import([{ ...agreement, title: 'new terms' }], 'wang');
    expect(await find(agreement.id)).toMatchObject({ status: 'SUSPENDED', title: 'new terms', version: 3 });
    expect((await store.load()).clients.find(({ id }) => id === 'suspended')?.status).toBe('SUSPENDED');

    await store.setAgreementStatus(agreement.id, 'ACTIVE', 'police');
    await store.setClientStatus('suspended', 'ACTIVE');
    expect((await find(agreement.id))?.status).toBe('ACTIVE');
  });

  it('are suspended by a file that says so', async () => {
    const agreement = createAgreement();
    await store.import([agreement], 'wang');
    await store.import([{ ...agreement, status: 'SUSPENDED' }], 'wang');
    expect((await find(agreement.id))?.status).toBe('SUSPENDED');
  });

  it('stay revoked for good', async () => {
    const agreement = createAgreement();
    await store.import([agreement], 'wang');
    await store.setAgreementStatus(agreement.id, 'REVOKED', 'police');
    const refused = { code: 'AGREEMENT_INVALID', details: { agreement: agreement.id } };
    await expect(store.setAgreementStatus(agreement.id, 'ACTIVE', 'police')).rejects.toMatchObject(refused);
    await expect(store.import([{ ...agreement, title: 'again' }], 'wang')).rejects.toMatchObject(refused);
    await expect(store.import([agreement], 'wang')).rejects.toMatchObject(refused);
    await expect(store.import([{ ...agreement, status: 'SUSPENDED' }], 'wang')).rejects.toMatchObject(
      refused,
    );
    const revoked = { ...agreement, status: 'REVOKED' } as const;
    expect((await store.import([revoked], 'wang')).changed).toEqual([]);
    await expect(store.import([{ ...revoked, title: 'again' }], 'wang')).rejects.toMatchObject(refused);
    expect((await store.setAgreementStatus(agreement.id, 'REVOKED', 'police')).changed).toEqual([]);
    expect((await find(agreement.id))?.status).toBe('REVOKED');
  });

  it('are imported together or not at all', async () => {
    const good = createAgreement();
    const before = await store.revision();
    const bad = [
      [good, good],
      [good, createAgreement({ validFrom: 'tomorrow' })],
      [good, createAgreement({ validFrom: '+012026-01-01T00:00:00Z' })],
      [good, createAgreement({ title: 'a\0b' })],
      [good, createAgreement({ title: 'half \ud800' })],
      [createPurposeDocument({ code: 'unseen' }), createPurposeDocument({ code: 'unseen' })],
    ];
    for (const documents of bad) {
      await expect(store.import(documents, 'wang')).rejects.toMatchObject({ code: 'AGREEMENT_INVALID' });
    }
    expect(await store.revision()).toBe(before);
    expect(await find(good.id)).toBeUndefined();
    expect(await readHistory(good.id)).toEqual([]);
  });

  it('do nothing with the name of a prototype', async () => {
    const hostile = JSON.parse('{"op":"eq","attribute":"a","value":"b","__proto__":{"polluted":true}}');
    const refused = createAgreement({ rowScope: hostile });
    await expect(store.import([refused], 'wang')).rejects.toMatchObject({ code: 'AGREEMENT_INVALID' });

    const members = JSON.parse(
      '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
    );
    const kept = { ...createAgreement({ id: 'constructor' }), ...members };
    await store.import([kept], 'wang');
    const stored = await find('constructor');
    expect(Object.getPrototypeOf(stored)).toBe(Object.prototype);
    expect(Object.hasOwn(stored ?? {}, '__proto__')).toBe(false);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });

  it('are not given at all when one of them was changed behind the hub', async () => {
    const agreement = createAgreement();
    await store.import([agreement], 'wang');
    const set = (grants: object[]) =>
      storage.prisma.agreement.update({ where: { id: agreement.id }, data: { grants } });
    const widened = [{ fields: ['PoliceRecord.citizenId'], operation: 'read' }];
    await set(widened);
    const unavailable = { code: 'POLICY_UNAVAILABLE', details: { agreement: agreement.id } };
    await expect(store.load()).rejects.toMatchObject(unavailable);
    await expect(store.import([agreement], 'wang')).rejects.toMatchObject(unavailable);
    await set(JSON.parse(JSON.stringify(agreement.grants)));
    expect(await find(agreement.id)).toBeDefined();
  });

  it('do not exist under an unknown id', async () => {
    await expect(store.setAgreementStatus('none', 'REVOKED', 'x')).rejects.toMatchObject({
      code: 'AGREEMENT_INVALID',
    });
    await expect(store.setClientStatus('none', 'SUSPENDED')).rejects.toMatchObject({
      code: 'AGREEMENT_INVALID',
    });
    await expect(store.setOperationStatus('none', 'SUSPENDED')).rejects.toMatchObject({
      code: 'AGREEMENT_INVALID',
    });
  });

  it('count every change when several writers come at once', async () => {
    const agreement = createAgreement({ title: 'start' });
    const { revision } = await store.import([agreement], 'wang');
    const writers = Array.from({ length: 6 }, (_, i) =>
      store.import([{ ...agreement, title: `writer ${i}` }], `w${i}`),
    );
    await Promise.all(writers);
    expect(await store.revision()).toBe(revision + 6n);
    expect((await readHistory(agreement.id)).map((row) => row.version)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('hold hundreds in one import', async () => {
    const documents = Array.from({ length: 300 }, () => createAgreement());
    const { changed } = await store.import(documents, 'wang');
    expect(changed).toHaveLength(300);
    expect((await store.load()).agreements.length).toBeGreaterThanOrEqual(300);
  });

  it('are unavailable, not empty, when the database is gone', async () => {
    await storage.close();
    await expect(store.revision()).rejects.toMatchObject({ code: 'POLICY_UNAVAILABLE' });
    await expect(store.load()).rejects.toMatchObject({ code: 'POLICY_UNAVAILABLE' });
    await expect(store.import([createAgreement()], 'wang')).rejects.toMatchObject({
      code: 'POLICY_UNAVAILABLE',
    });
  });
});
