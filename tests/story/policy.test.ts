import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPolicyStore } from '../../src/policies/policy-store-prisma.ts';
import { runAgreementsCommand } from '../../src/registry/agreements-command.ts';
import { startHub, type TestHub } from './hub.ts';

describe('agreements in a running hub', () => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub({ only: ['police'] });
    await hub.app.listen();
  });
  afterAll(() => hub.close());

  const name = async (client = 'one-stop-hall') => {
    const query = 'query($id: String!) { resident(identifier: { value: $id }) { name } }';
    return hub.ask({ client, query, variables: { id: hub.facts.fixed.everywhere.value } });
  };
  const store = () => createPolicyStore(hub.app.storage.prisma);

  async function importText(text: string) {
    return hub.app.administration.importAgreements([{ name: 'test.json', text }], 'test');
  }

  it('a revoked agreement gives nothing more, within the polling interval', async () => {
    expect((await name()).body.data.resident.name).toBe('沈国强');
    await store().setAgreementStatus('AGR-2026-0005', 'SUSPENDED', 'test');
    await expect
      .poll(async () => (await name()).body.errors?.[0]?.extensions.code, { timeout: 5_000 })
      .toBe('FIELD_DENIED');
    await store().setAgreementStatus('AGR-2026-0005', 'ACTIVE', 'test');
    await expect.poll(async () => (await name()).body.data.resident.name, { timeout: 5_000 }).toBe('沈国强');
  });

  it('a suspended client is stopped at once, token or not', async () => {
    await store().setClientStatus('one-stop-hall', 'SUSPENDED');
    await expect
      .poll(async () => (await name()).body.errors?.[0]?.extensions.code, { timeout: 5_000 })
      .toBe('CLIENT_SUSPENDED');
    await store().setClientStatus('one-stop-hall', 'ACTIVE');
    await expect.poll(async () => (await name()).status, { timeout: 5_000 }).toBe(200);
  });

  it('a used-up quota denies the fields of that agreement, and says until when', async () => {
    const text = await readFile('examples/agreements/hotline-police.json', 'utf8');
    const agreement = JSON.parse(text);
    const field = agreement.grants[0].fields[0].replace('PoliceRecord.', '');
    const query = `query($id: String!) { resident(identifier: { value: $id }) { police { ${field} } } }`;
    const ask = () =>
      hub.ask({ client: 'hotline-12345', query, variables: { id: hub.facts.fixed.everywhere.value } });
    await importText(JSON.stringify({ ...agreement, quota: { requestsPerDay: 2 } }));
    await ask();
    await ask();
    await expect
      .poll(async () => (await ask()).body.errors?.[0]?.extensions.reason, { timeout: 5_000 })
      .toBe('QUOTA_EXCEEDED');
  });

  it('an import with any problem changes nothing and names every problem', async () => {
    const out: string[] = [];
    const code = await runAgreementsCommand(['import', 'tests/story/wrong-agreements.json'], hub.dataDir, {
      out: (line) => out.push(line),
      err: (line) => out.push(line),
    });
    expect(code).toBe(1);
    expect(out.join('\n')).toMatch(/PoliceRecord\.watchFlag|non-shared|unknown/i);
    expect(out.length).toBeGreaterThanOrEqual(3);
    expect((await store().load()).agreements.map(({ id }) => id)).not.toContain('AGR-2026-9001');
  });

  it('an import through the command takes effect and is on record', async () => {
    const out: string[] = [];
    const code = await runAgreementsCommand(['import', 'examples/agreements'], hub.dataDir, {
      out: (line) => out.push(line),
      err: (line) => out.push(line),
    });
    expect(out.join('\n')).toMatch(/记录序号 record: \d+/);
    expect(code).toBe(0);
    const query = '{ accessRecords(first: 5) { nodes { kind index } } }';
    const { body } = await hub.ask({ client: 'audit-office', query });
    expect(body.data.accessRecords.nodes.map((node: { kind: string }) => node.kind)).toContain(
      'administration',
    );
  });
});
