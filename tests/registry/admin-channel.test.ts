import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HubError } from '../../src/errors.ts';
import { findHub } from '../../src/registry/admin-address.ts';
import { openAdminChannel } from '../../src/registry/admin-channel.ts';
import type { Administration } from '../../src/registry/administration.ts';
import { createEmptyDir } from '../support/test-storage.ts';

/** Notes what it is asked to do. */
function createAdministration() {
  const calls: string[] = [];
  const report = async () => ({ changed: [], receipt: {} as never });
  const administration: Administration = {
    importAgreements: async () => {
      calls.push('import');
      throw new HubError('AGREEMENT_INVALID', { details: { problems: [] } });
    },
    setAgreementStatus: async (id, status, said) => {
      calls.push(JSON.stringify(['agreement', id, status, said]));
      return report();
    },
    setClientStatus: async (id, status) => {
      calls.push(JSON.stringify(['client', id, status]));
      return report();
    },
    setOperationStatus: async (code, status) => {
      calls.push(JSON.stringify(['operation', code, status]));
      return report();
    },
    putConnection: async (name) => {
      calls.push(`put ${name}`);
      throw new Error('password hunter2');
    },
    removeConnection: report,
    listAgreements: async () => [],
    showAgreement: async () => {
      throw new HubError('AGREEMENT_INVALID');
    },
    listClients: async () => [],
    listOperations: async () => [],
    listConnections: async () => [],
    async refuse(action, error) {
      calls.push(`refused ${action} ${(error as HubError).code}`);
    },
  };
  return { administration, calls };
}

describe("the operator's channel", () => {
  let dataDir: string;
  let file: string;
  let channel: { close(): Promise<void> };
  let made: ReturnType<typeof createAdministration>;
  beforeEach(async () => {
    dataDir = createEmptyDir();
    file = join(dataDir, 'admin.json');
    made = createAdministration();
    channel = await openAdminChannel(dataDir, made.administration, 1_000);
  });
  afterEach(async () => {
    await channel.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  async function send(path: string, options: { body?: string; key?: string; type?: string } = {}) {
    const { url, key } = JSON.parse(readFileSync(file, 'utf8'));
    const response = await fetch(new URL(path, url), {
      method: options.body === undefined ? 'GET' : 'POST',
      headers: {
        'x-admin-key': options.key ?? key,
        'content-type': options.type ?? 'application/json',
      },
      ...(options.body === undefined ? {} : { body: options.body }),
    });
    return { status: response.status, text: await response.text() };
  }

  it('is known to the owner of the data directory alone, for as long as it is open', async () => {
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(file, 'utf8')).url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    await channel.close();
    expect(() => statSync(file)).toThrow('ENOENT');
    await expect(findHub(dataDir)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });

  it.each(['', 'x', 'x'.repeat(43), '钥'])('is not there for somebody with the key %j', async (key) => {
    const body = '{"id":"AGR-1","by":"mallory"}';
    const wrong = await send('/agreements/revoke', { body, key: encodeURIComponent(key) });
    const nowhere = await send('/nowhere', { body, key: encodeURIComponent(key) });
    expect([wrong.status, nowhere.status]).toEqual([404, 404]);
    expect(wrong.text.replace('/agreements/revoke', '')).toBe(nowhere.text.replace('/nowhere', ''));
    const looking = await send('/clients', { key: encodeURIComponent(key) });
    expect(looking.status).toBe(404);
    expect(made.calls).toEqual([]);
  });

  it('has nothing at an unknown address, also for the operator', async () => {
    expect((await send('/nowhere')).status).toBe(404);
    expect((await send('/agreements/delete', { body: '{}' })).status).toBe(404);
    expect((await send('/agreements/import')).status).toBe(404);
    expect(made.calls).toEqual([]);
  });

  it.each([
    ['too large', '/agreements/import', { body: `"${'x'.repeat(2_000)}"` }, 413, 'BODY_TOO_LARGE'],
    ['no JSON', '/connections/put', { body: '{"password": "hunter2' }, 400, 'BAD_REQUEST'],
    ['of another type', '/clients/suspend', { body: 'x', type: 'text/xml' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['poisoned', '/clients/suspend', { body: '{"__proto__":{"a":1}}' }, 400, 'BAD_REQUEST'],
    ['no object', '/agreements/revoke', { body: '[]' }, 400, 'BAD_REQUEST'],
    ['without an operator', '/agreements/revoke', { body: '{"id":"AGR-1"}' }, 400, 'BAD_REQUEST'],
    ['with a number for an id', '/agreements/revoke', { body: '{"id":1,"by":"w"}' }, 400, 'BAD_REQUEST'],
    ['without files', '/agreements/import', { body: '{"by":"w","files":{}}' }, 400, 'BAD_REQUEST'],
    [
      'without a connection',
      '/connections/put',
      { body: '{"name":"n","by":"w","connection":"postgres"}' },
      400,
      'BAD_REQUEST',
    ],
  ])('refuses a body that is %s, and has it recorded', async (_case, path, options, status, code) => {
    const answer = await send(path, options);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text).code).toBe(code);
    expect(answer.text).not.toContain('hunter2');
    expect(made.calls).toEqual([
      `refused ${path
        .slice(1)
        .replace('/', '.')
        .replace(/^(agreement|client|connection)s\.(?!import)/, '$1.')} ${code}`,
    ]);
  });

  it('leaves the record of what it began to the administration, and shows nothing of an unforeseen failure', async () => {
    const files = JSON.stringify({ by: 'w', files: [{ name: 'a', text: '{}' }] });
    expect(await send('/agreements/import', { body: files })).toMatchObject({ status: 400 });
    const connection = JSON.stringify({ by: 'w', name: 'n', connection: { kind: 'http' } });
    const failed = await send('/connections/put', { body: connection });
    expect(failed.status).toBe(500);
    expect(failed.text).not.toContain('hunter2');
    expect(made.calls).toEqual(['import', 'put n']);
  });

  it('passes on who did what, and why', async () => {
    const body = '{"id":"AGR-1","by":"wang","reason":"到期"}';
    expect((await send('/agreements/suspend', { body })).status).toBe(200);
    await send('/agreements/reactivate', { body: '{"id":"AGR-1","by":"wang"}' });
    await send('/clients/suspend', { body: '{"id":"desk","by":"wang"}' });
    await send('/operations/reactivate', { body: '{"id":"view","by":"wang"}' });
    expect(made.calls).toEqual([
      '["agreement","AGR-1","SUSPENDED",{"by":"wang","reason":"到期"}]',
      '["agreement","AGR-1","ACTIVE",{"by":"wang"}]',
      '["client","desk","SUSPENDED"]',
      '["operation","view","ACTIVE"]',
    ]);
  });

  it('records no look, not even one that fails', async () => {
    expect((await send('/agreements/show?id=none')).status).toBe(400);
    expect((await send('/agreements/show')).status).toBe(400);
    expect((await send('/clients')).text).toBe('{"clients":[]}');
    expect(made.calls).toEqual([]);
  });
});

describe('a file that a killed hub left behind', () => {
  let dataDir: string;
  let impostor: Server | undefined;
  beforeEach(() => {
    dataDir = createEmptyDir();
  });
  afterEach(async () => {
    await new Promise((resolve) => (impostor ? impostor.close(resolve) : resolve(undefined)));
    impostor = undefined;
    await rm(dataDir, { recursive: true, force: true });
  });
  const leave = (url: string) =>
    writeFileSync(join(dataDir, 'admin.json'), JSON.stringify({ url, key: 'old-key' }));

  it('is replaced by the next hub', async () => {
    leave('http://127.0.0.1:1');
    const { administration } = createAdministration();
    const channel = await openAdminChannel(dataDir, administration);
    expect((await findHub(dataDir)).key).not.toBe('old-key');
    await channel.close();
  });

  it('says that no hub runs, where nobody answers or the file is damaged', async () => {
    leave('http://127.0.0.1:1');
    await expect(findHub(dataDir)).rejects.toMatchObject({
      zh: expect.stringMatching(/没有平台在.*运行/),
      message: expect.stringMatching(/No hub is running/),
    });
    writeFileSync(join(dataDir, 'admin.json'), '{"url":');
    await expect(findHub(dataDir)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });

  // What an attacker gains who takes over the port: neither the key nor what the command would have sent.
  it('gives no key and no secret to another process at its port', async () => {
    const heard: string[] = [];
    impostor = createServer((request, response) => {
      heard.push(`${request.method} ${request.url} ${request.headers['x-admin-key'] ?? ''}`);
      response.end(JSON.stringify({ proof: '0'.repeat(64) }));
    });
    await new Promise<void>((resolve) => impostor?.listen(0, '127.0.0.1', resolve));
    leave(`http://127.0.0.1:${(impostor.address() as AddressInfo).port}`);
    await expect(findHub(dataDir)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    expect(heard).toEqual([expect.stringMatching(/^GET \/proof\?nonce=[0-9a-f]{32} $/)]);
  });
});
