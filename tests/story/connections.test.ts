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

  async function run(...args: readonly string[]): Promise<{ code: number; said: string }> {
    const said: string[] = [];
    const print = { out: (line: string) => said.push(line), err: (line: string) => said.push(line) };
    const code = await runConnectionsCommand(args, hub.dataDir, print);
    return { code, said: said.join('\n') };
  }

  async function put(name: string, content: string): Promise<{ code: number; said: string }> {
    const file = join(folder, 'connection.json');
    await writeFile(file, content);
    return run('put', name, file);
  }

  const name = async () => {
    const query = 'query($id: String!) { resident(identifier: { value: $id }) { name } }';
    const { body } = await hub.ask({ query, variables: { id: hub.facts.fixed.everywhere.value } });
    return body.data.resident.name ?? body.errors[0].extensions.code;
  };

  it.each([
    ['of another kind', 'police-population', { kind: 'http', baseUrl: 'https://example.invalid' }],
    ['without an address', 'police-population', { kind: 'http' }],
    ['of no known kind', 'police-population', { kind: 'ftp' }],
    ['that no contract names', 'nonsense', { kind: 'http', baseUrl: 'https://example.invalid' }],
  ])('one %s is refused, and what was there goes on', async (_case, credential, connection) => {
    const { code } = await put(credential, JSON.stringify(connection));
    expect(code).toBe(1);
    expect(await name()).toBe('沈国强');
  });

  it('a file that is no JSON is refused with file, line and column, without a piece of it', async () => {
    const { code, said } = await put('police-population', '{\n  "password": "hunter2');
    expect(code).toBe(1);
    expect(said).toContain('connection.json 不是有效的 JSON，错误在第 2 行第 15 列');
    expect(said).not.toContain('hunter2');
  });

  it.each([[['put', 'police-population']], [['list', 'all']], [['remove']], [[]]])(
    'arguments that are not understood end with 2: %j',
    async (args) => {
      expect(await run(...args)).toMatchObject({ code: 2, said: expect.stringMatching(/^用法 Usage/) });
    },
  );

  it('a good one is used at once, and nothing of it is shown', async () => {
    const { code, said } = await put('police-population', JSON.stringify(hub.departments.police.connection));
    expect(code).toBe(0);
    expect(said).toMatch(/^已更新 updated: connection police-population\n已启用.*\n记录序号 record: \d+$/);
    expect(await name()).toBe('沈国强');
  });

  it('they are listed without what they hold', async () => {
    const { code, said } = await run('list');
    expect(code).toBe(0);
    expect(said).toMatch(/^police-population\tpostgres\t\d{4}-[^\t]+\t\S+$/);
  });

  it('one that is removed gives nothing more, and is used again once it is stored again', async () => {
    expect((await run('remove', 'police-population')).said).toMatch(/^已删除 removed: connection police-/);
    expect(await name()).toBe('SOURCE_UNAVAILABLE');
    expect(await run('remove', 'police-population')).toMatchObject({
      code: 1,
      said: expect.stringContaining('没有保存这个名称的连接'),
    });
    await put('police-population', JSON.stringify(hub.departments.police.connection));
    expect(await name()).toBe('沈国强');
  });
});
