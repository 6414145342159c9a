import { describe, expect, it } from 'vitest';
import type { Connection } from '../../src/connectors/connector.ts';
import { HubError } from '../../src/errors.ts';
import type { PolicyStore } from '../../src/policies/policy-store.ts';
import { createAdministration } from '../../src/registry/administration.ts';
import { hubGraph } from '../support/hub-graph.ts';
import { createFakeLog } from './fake-log.ts';

const hash = (letter: string) => `sha256:${letter.repeat(64)}`;
const secret: Connection = { kind: 'http', baseUrl: 'https://mz.example', headers: { key: 'hunter2' } };
const purposeFile = {
  name: 'purpose.json',
  text: JSON.stringify({ kind: 'purpose', code: 'aid', title: '社会救助', caseRequired: true }),
};

/** An administration over stores that note when they are used, beside the records. */
function setUp(failures: { import?: Error; connection?: Error; check?: Error } = {}) {
  const story: string[] = [];
  const log = createFakeLog(({ administration }) => story.push(`${administration?.outcome}`));
  const written = (id: string) => ({
    revision: 1n,
    changed: [{ kind: 'agreement', id, change: 'UPDATED', version: 2, contentHash: hash('a') }] as const,
    held: [],
  });
  const effect = (failure: Error | undefined) => {
    story.push('effect');
    if (failure) throw failure;
  };
  const policies: PolicyStore = {
    revision: async () => 1n,
    load: async () => ({ revision: 1n, agreements: [], purposes: [], clients: [], operations: [] }),
    history: async () => [],
    async import() {
      effect(failures.import);
      return {
        revision: 1n,
        changed: [{ kind: 'purpose', id: 'aid', change: 'CREATED', contentHash: hash('b') }],
        held: [],
      };
    },
    async setAgreementStatus(id) {
      effect(failures.import);
      return written(id);
    },
    async setOperationStatus(id) {
      effect(failures.import);
      return written(id);
    },
    async setClientStatus(id) {
      effect(failures.import);
      return written(id);
    },
  };
  const administration = createAdministration({
    graph: () => hubGraph,
    refuseOperation: () => undefined,
    shapeOf: () => undefined,
    keeper: {
      current: () => ({
        policy: { fingerprint: '' } as never,
        clients: new Map(),
        purposes: new Map(),
        operations: new Map() as never,
        agreements: [{ id: 'AGR-GONE', status: 'REVOKED' } as never],
      }),
      async refresh() {
        story.push('refresh');
      },
      close() {},
    },
    policies,
    connections: {
      async put() {
        effect(failures.connection);
        return { change: 'CREATED', contentHash: hash('c') };
      },
      async remove(name) {
        effect(failures.connection);
        return name === 'known';
      },
      get: async () => undefined,
      revision: async () => 1n,
      revisions: async () => new Map(),
      list: async () => [],
    },
    connectors: {
      check() {
        if (failures.check) throw failures.check;
      },
      current: () => new Map(),
      async refresh() {
        story.push('refresh');
      },
      async probe() {},
      async close() {},
    },
    log,
    now: () => new Date('2026-11-22T08:00:00.000Z'),
  });
  return { administration, log, story };
}

describe('a command that is carried out', () => {
  it('is on record as intended before it takes effect, and as done after it holds, under one request', async () => {
    const { administration, log, story } = setUp();
    const said = { by: 'wang', reason: '有效期内暂停供数' };
    const report = await administration.setAgreementStatus('AGR-1', 'SUSPENDED', said);

    expect(story).toEqual(['INTENT', 'effect', 'refresh', 'DONE']);
    const act = { action: 'agreement.suspend', object: 'AGR-1', ...said };
    const changed = [
      { kind: 'agreement', id: 'AGR-1', change: 'UPDATED', version: 2, contentHash: hash('a') },
    ];
    expect(log.acts()).toEqual([
      { ...act, outcome: 'INTENT' },
      { ...act, outcome: 'DONE', changed, contentHash: hash('a') },
    ]);
    const [intent, done] = log.entries;
    expect(intent?.requestId).toBe(done?.requestId);
    expect(intent?.eventId).not.toBe(done?.eventId);
    expect([intent?.outcome.status, done?.outcome.status]).toEqual([202, 200]);
    expect(report).toMatchObject({ changed, receipt: { index: '1' } });
  });

  it('names what an import changed, by id and hash, under the hash of the whole import', async () => {
    const { administration, log } = setUp();
    const report = await administration.importAgreements([purposeFile], 'wang');
    const [intent, done] = log.acts();
    expect(intent).toEqual({
      action: 'agreements.import',
      by: 'wang',
      outcome: 'INTENT',
      contentHash: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    });
    expect(done).toMatchObject({
      outcome: 'DONE',
      contentHash: intent?.contentHash,
      changed: [{ kind: 'purpose', id: 'aid', contentHash: hash('b') }],
    });
    expect(report).toMatchObject({ unchanged: 0, held: [] });
  });

  it('is on record as failed, with the code, where the store fails', async () => {
    const failure = new HubError('POLICY_UNAVAILABLE');
    const { administration, log, story } = setUp({ import: failure });
    const done = administration.setClientStatus('desk', 'SUSPENDED', { by: 'wang' });
    await expect(done).rejects.toBe(failure);
    expect(story).toEqual(['INTENT', 'effect', 'FAILED']);
    expect(log.entries[1]).toMatchObject({
      outcome: { status: 503, errors: { POLICY_UNAVAILABLE: 1 } },
      administration: { action: 'client.suspend', object: 'desk', outcome: 'FAILED' },
    });
  });

  it('calls an unforeseen failure INTERNAL, and none of its words gets into the record', async () => {
    const { administration, log } = setUp({ connection: new Error('password hunter2 refused') });
    await expect(administration.putConnection('registry', secret, 'wang')).rejects.toThrow('hunter2');
    expect(log.entries[1]?.outcome).toEqual({ status: 500, errors: { INTERNAL: 1 } });
    expect(JSON.stringify(log.entries)).not.toContain('hunter2');
  });

  it('does nothing where the intent cannot be recorded', async () => {
    const { administration, log, story } = setUp();
    log.failWhen(() => true);
    const unavailable = { code: 'AUDIT_UNAVAILABLE' };
    await expect(administration.importAgreements([purposeFile], 'wang')).rejects.toMatchObject(unavailable);
    await expect(administration.putConnection('registry', secret, 'wang')).rejects.toMatchObject(unavailable);
    await expect(administration.removeConnection('known', 'wang')).rejects.toMatchObject(unavailable);
    await expect(administration.setAgreementStatus('AGR-1', 'REVOKED', { by: 'wang' })).rejects.toMatchObject(
      unavailable,
    );
    expect(story).not.toContain('effect');
  });

  it('says that it took effect where only its outcome could not be recorded', async () => {
    const { administration, log, story } = setUp();
    log.failWhen(({ administration: act }) => act?.outcome === 'DONE');
    await expect(administration.putConnection('registry', secret, 'wang')).rejects.toMatchObject({
      code: 'AUDIT_UNAVAILABLE',
      message: expect.stringContaining('变更已生效'),
    });
    expect(story).toEqual(['INTENT', 'effect', 'refresh']);
  });

  it('keeps what a connection holds out of the record: only the hash of its sealed bytes is there', async () => {
    const { administration, log } = setUp();
    await administration.putConnection('registry', secret, 'wang');
    await administration.removeConnection('known', 'wang');
    expect(log.acts().map(({ action, outcome, changed }) => [action, outcome, changed])).toEqual([
      ['connection.put', 'INTENT', undefined],
      [
        'connection.put',
        'DONE',
        [{ kind: 'connection', id: 'registry', change: 'CREATED', contentHash: hash('c') }],
      ],
      ['connection.remove', 'INTENT', undefined],
      ['connection.remove', 'DONE', [{ kind: 'connection', id: 'known', change: 'REMOVED' }]],
    ]);
    expect(JSON.stringify(log.entries)).not.toMatch(/hunter2|mz\.example/);
  });
});

describe('a command that is refused', () => {
  it('leaves one record with the number of problems and their rules, and nothing of the file', async () => {
    const { administration, log, story } = setUp();
    const text = '{"kind":"agreement","title":"机密内容","id":"AGR-GONE","unknown-thing":1}';
    const refused = administration.importAgreements([{ name: 'a.json', text }], 'wang');
    await expect(refused).rejects.toMatchObject({ code: 'AGREEMENT_INVALID' });
    expect(story).toEqual(['refresh', 'REFUSED']);
    const [act] = log.acts();
    expect(act).toMatchObject({ action: 'agreements.import', by: 'wang', outcome: 'REFUSED' });
    expect(act?.problems).toBeGreaterThan(5);
    expect(act?.rules).toEqual(expect.arrayContaining(['missing-member', 'revoked-id', 'unknown-member']));
    expect(JSON.stringify(log.entries)).not.toMatch(/机密|unknown-thing|a\.json/);
    expect(log.entries[0]?.outcome).toEqual({ status: 400, errors: { AGREEMENT_INVALID: 1 } });
  });

  it('leaves a record of a connection that no source could use, without its address', async () => {
    const { administration, log, story } = setUp({ check: new HubError('CONFIG_INVALID') });
    const refused = administration.putConnection('registry', secret, 'wang');
    await expect(refused).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    expect(story).toEqual(['REFUSED']);
    expect(log.acts()).toEqual([
      { action: 'connection.put', object: 'registry', by: 'wang', outcome: 'REFUSED' },
    ]);
    expect(JSON.stringify(log.entries)).not.toContain('mz.example');
  });

  it.each([
    ['an empty name of the operator', { by: '' }],
    ['a long one', { by: 'w'.repeat(65) }],
    ['one with a line break', { by: 'wang\nroot' }],
    ['one with an identity number', { by: 'w330106198003159057' }],
    ['an identity number as reason', { reason: '因 330106198003159057 投诉' }],
    ['full-width digits as reason', { reason: '３３０１０６１９８００３１５９０５７' }],
    ['a long reason', { reason: '长'.repeat(201) }],
    ['an empty reason', { reason: '' }],
    ['a reason with control characters', { reason: 'a\u0007b' }],
    ['half a character', { reason: 'a\ud800' }],
    ['an id with blanks', { id: 'AGR 1' }],
    ['an id of digits', { id: '330106198003159057' }],
  ])('%s is refused, and the record holds nothing of it', async (_case, changes) => {
    const { administration, log, story } = setUp();
    const { id, by, reason } = { id: 'AGR-1', by: 'wang', reason: '到期', ...changes };
    const refused = administration.setAgreementStatus(id, 'SUSPENDED', { by, reason });
    await expect(refused).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    expect(story).toEqual(['REFUSED']);
    const text = JSON.stringify(log.acts());
    for (const [name, value] of Object.entries({ id, by, reason })) {
      if (value !== '' && name in changes) expect(text).not.toContain(JSON.stringify(value));
    }
  });

  it('is not answered where the refusal cannot be recorded', async () => {
    const { administration, log } = setUp();
    log.failWhen(() => true);
    const refused = administration.importAgreements([{ name: 'a.json', text: '{' }], 'wang');
    await expect(refused).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
  });

  it('of an unknown connection is on record as intended and failed', async () => {
    const { administration, log } = setUp();
    await expect(administration.removeConnection('unknown', 'wang')).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
    expect(log.acts().map(({ outcome }) => outcome)).toEqual(['INTENT', 'FAILED']);
  });
});
