import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runConnectionsCommand } from '../../src/registry/connections-command.ts';
import { startHub, type TestHub } from './hub.ts';

describe('the connections of a running hub', () => {
  let hub: TestHub;
  let folder: string;
  beforeAll(async () => {
    hub = await startHub({ only: ['police'] });
    await hub.app.listen();
    folder = await mkdtemp(join(tmpdir(), 'shuqiao-connections-'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
    await hub.close();
  });

  async function put(name: string, content: string): Promise<{ code: number; said: string }> {
    const file = join(folder, 'connection.json');
    await writeFile(file, content);
    const said: string[] = [];
    const print = { out: (line: string) => said.push(line), err: (line: string) => said.push(line) };
    const code = await runConnectionsCommand(['put', name, file], hub.dataDir, print);
    return { code, said: said.join('\n') };
  }

  const name = async () => {
    const query = 'query($id: String!) { resident(identifier: { value: $id }) { name } }';
    const { body } = await hub.ask({ query, variables: { id: hub.facts.fixed.everywhere.value } });
    return body.data.resident.name;
  };

  it.each([
    ['of another kind', 'police-population', { kind: 'http', baseUrl: 'https://example.invalid' }],
    ['without an address', 'police-population', { kind: 'http' }],
    ['that no contract names', 'nonsense', { kind: 'http', baseUrl: 'https://example.invalid' }],
  ])('one %s is refused, and what was there goes on', async (_case, credential, connection) => {
    const { code } = await put(credential, JSON.stringify(connection));
    expect(code).toBe(1);
    expect(await name()).toBe('沈国强');
  });

  it('a file that is no JSON is refused without a piece of it', async () => {
    const { code, said } = await put('police-population', '{"password": "hunter2');
    expect(code).toBe(1);
    expect(said).not.toContain('hunter2');
  });

  it('a good one is used at once, and nothing of it is shown', async () => {
    const { code, said } = await put('police-population', JSON.stringify(hub.departments.police.connection));
    expect([code, said]).toEqual([0, '已保存 stored: police-population']);
    expect(await name()).toBe('沈国强');
  });
});
