import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { firstQuery } from '../../examples/demo-welcome.ts';
import { alwaysDown, createSandboxConnector, neverFound } from '../../examples/sandbox-sources.ts';
import { createApp } from '../../src/app.ts';
import { parseConfig } from '../../src/config.ts';
import type { Connection } from '../../src/connectors/connector.ts';
import { readAgreementFiles } from '../../src/registry/agreements-command.ts';
import { demoCallers } from '../support/demo-policy.ts';
import { askAs } from '../support/explaining.ts';
import { createTestDataDir } from '../support/test-storage.ts';
import { startHub, type TestHub } from './hub.ts';

describe('a sandbox', () => {
  let hub: TestHub;
  beforeAll(async () => {
    const samples: Record<string, Connection> = {};
    hub = await startHub({
      residents: 60,
      environment: { HUB_SANDBOX: 'on' },
      overrides: {
        createConnector: (settings, stored, observer) => {
          samples[settings.credential] ??= stored;
          return createSandboxConnector(samples)(settings, stored, observer);
        },
      },
    });
  });
  afterAll(() => hub.close());

  const nulls = `query($i: [ResidentIdentifier!]!) { residents(identifiers: $i) {
    name police { phone watchFlag } socialSecurity { status } } }`;
  const askFor = (...values: string[]) =>
    hub.ask({ query: nulls, variables: { i: values.map((value) => ({ value })) } });
  const codes = (body: { errors?: { extensions: { code: string; coordinate: string } }[] }) =>
    (body.errors ?? []).map(({ extensions: { code, coordinate } }) => `${code} ${coordinate}`);

  it('says so in every answer, refusals and the schema too, and keeps a log of another name', async () => {
    const answers = [
      await askFor(neverFound),
      await hub.ask({ query: '{ nothing }' }),
      await hub.ask({ query: nulls, variables: { i: 7 } }),
      await hub.ask({ query: '{ __schema { queryType { name } } }' }),
      await hub.ask({ query: nulls, purpose: '' }),
    ];
    for (const { body } of answers) {
      expect(body.extensions.sandbox).toBe(true);
      expect(body.extensions.receipt.origin).toBe('sandbox.shuqiao.local/access');
    }
  });

  it('shows each of the three nulls on demand', async () => {
    const known = await askFor(hub.facts.fixed.everywhere.value);
    expect(known.body.data.residents[0]).toMatchObject({
      name: '沈国强',
      socialSecurity: { status: 'INSURED' },
    });
    const denied = ['FIELD_DENIED PoliceRecord.watchFlag'];
    expect(codes(known.body)).toEqual(denied);
    const nobody = await askFor(neverFound);
    expect(nobody.body.data.residents[0]).toEqual({ name: null, police: null, socialSecurity: null });
    expect(codes(nobody.body)).toEqual(denied);
    const down = await askFor(alwaysDown);
    expect(down.body.data.residents[0]).toMatchObject({ name: '吴敏华', socialSecurity: null });
    expect(codes(down.body)).toEqual([...denied, 'SOURCE_UNAVAILABLE Resident.socialSecurity']);
  });

  it('never reaches a department, whatever connection is stored', async () => {
    let reached = 0;
    const department = createServer((socket) => {
      reached += 1;
      socket.destroy();
    });
    await new Promise<void>((resolve) => department.listen(0, '127.0.0.1', resolve));
    const address = department.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const connection = { kind: 'postgres', host: '127.0.0.1', port, database: 'x', user: 'x' } as const;
    await hub.app.administration.putConnection('police-population', connection, 'test');
    const { body } = await askFor(hub.facts.fixed.everywhere.value);
    expect(body.data.residents[0].name).toBe('沈国强');
    expect(reached).toBe(0);
    await new Promise((resolve) => department.close(resolve));
  });

  it('decides for every demo client and operation as the hub itself does', async () => {
    const [file] = await readAgreementFiles('examples/agreements/operations.json');
    const registered: { document: string }[] = JSON.parse(file?.text ?? '[]');
    const operations = [firstQuery(neverFound).query, nulls, ...registered.map(({ document }) => document)];
    const question =
      'query($o: String!) { explainAccess(operation: $o) { fields { coordinate effect rule } } }';
    let compared = 0;
    for (const caller of demoCallers) {
      const { client, purpose } = caller;
      for (const operation of operations) {
        const { body } = await hub.ask({ client, purpose, query: question, variables: { o: operation } });
        if (body.errors) {
          // Held to registered operations, or asking for a purpose that its token does not name: the hub itself refuses it as well.
          expect(['OPERATION_NOT_REGISTERED', 'PURPOSE_NOT_ALLOWED']).toContain(
            body.errors[0].extensions.code,
          );
          continue;
        }
        compared += 1;
        const real = await askAs(caller, question, { o: operation });
        expect(body.data.explainAccess.fields).toEqual(real.data.explainAccess.fields);
      }
    }
    expect(compared).toBeGreaterThanOrEqual(6 * operations.length);
  });
});

describe('a hub', () => {
  it('is no sandbox in production, with a database of its own, or without sample departments', async () => {
    for (const unfit of [{ NODE_ENV: 'production' }, { DATABASE_URL: 'postgres://hub@127.0.0.1/hub' }]) {
      expect(() => parseConfig({ HUB_SANDBOX: 'on', HUB_SYNCHRONOUS_STANDBY: 'waived', ...unfit })).toThrow(
        /HUB_SANDBOX/,
      );
    }
    const dataDir = await createTestDataDir();
    const config = parseConfig({ HUB_SANDBOX: 'on', HUB_DATA_DIR: dataDir, HUB_LOG_LEVEL: 'silent' });
    await expect(createApp(config)).rejects.toThrow(/npm run sandbox/);
  });
});
