import { readFileSync } from 'node:fs';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runAgreementsCommand } from '../../src/registry/agreements-command.ts';
import { runConnectionsCommand } from '../../src/registry/connections-command.ts';
import { startHub, type TestHub } from './hub.ts';

describe.each(['docs/zh-CN/department.md', 'docs/joining.md'])(
  'a department that joins with the files of %s',
  (name) => {
    /** The files that the guide shows, in its order: contract, connection, agreement. */
    const guide = readFileSync(name, 'utf8');
    const [contract = ''] = blocks(guide, 'graphql');
    const [connection = '', agreement = ''] = blocks(guide, 'json');
    let folder: string;
    let hub: TestHub;
    let archive: Server;
    const bodies: string[] = [];
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'shuqiao-joining-'));
      await cp('schema', join(folder, 'schema'), { recursive: true });
      await writeFile(join(folder, 'schema/sources/archive.graphql'), contract);
      hub = await startHub({
        residents: 60,
        only: ['police'],
        environment: { HUB_CONTRACTS: join(folder, 'schema') },
      });
      await hub.app.listen();
      archive = await listen(hub.facts.fixed.everywhere.value, bodies);
    });
    afterAll(async () => {
      await hub?.close();
      archive?.close();
      await rm(folder, { recursive: true, force: true });
    });

    const ask = async () => {
      const query =
        'query($id: String!) { resident(identifier: { value: $id }) { name archive { place volumes note } } }';
      const { body } = await hub.ask({ query, variables: { id: hub.facts.fixed.everywhere.value } });
      const codes = (body.errors ?? []).map(
        ({ extensions }: { extensions: { code: string; coordinate: string } }) =>
          `${extensions.code} ${extensions.coordinate}`,
      );
      return { resident: body.data.resident, codes };
    };
    const run = async (command: typeof runAgreementsCommand, verb: string, ...args: string[]) => {
      const said: string[] = [];
      const print = { out: (line: string) => said.push(line), err: (line: string) => said.push(line) };
      const code = await command([verb, ...args], hub.dataDir, print);
      return { code, said: said.join('\n') };
    };
    const write = async (name: string, text: string) => {
      const file = join(folder, name);
      await writeFile(file, text);
      return file;
    };

    it('is denied before its agreement, answers after it, and stops with it', async () => {
      const { port } = Object(archive.address());
      const stored = connection.replace('https://archive.example/api', `http://127.0.0.1:${port}/api`);
      expect(
        await run(runConnectionsCommand, 'put', 'archive-api', await write('connection.json', stored)),
      ).toMatchObject({
        code: 0,
      });
      expect((await ask()).codes).toEqual([
        'FIELD_DENIED ArchiveRecord.place',
        'FIELD_DENIED ArchiveRecord.volumes',
        'FIELD_DENIED ArchiveRecord.note',
      ]);
      expect(bodies).toEqual([]);

      expect(
        await run(runAgreementsCommand, 'import', await write('agreement.json', agreement)),
      ).toMatchObject({ code: 0 });
      const granted = await ask();
      expect(granted.resident).toEqual({
        name: '沈国强',
        archive: { place: '西湖区档案馆', volumes: 1, note: null },
      });
      expect(granted.codes).toEqual(['FIELD_DENIED ArchiveRecord.note']);
      expect(bodies.join()).not.toContain('note');

      const { id } = JSON.parse(agreement);
      expect(await run(runAgreementsCommand, 'suspend', id, '--reason', '核对')).toMatchObject({ code: 0 });
      expect((await ask()).resident.archive).toBeNull();
    });
  },
);

/** The archive's own system: one POST, rows by identity number. */
async function listen(known: string, bodies: string[]): Promise<Server> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    bodies.push(body);
    const { ids } = JSON.parse(body);
    const rows = ids.includes(known) ? [{ idNo: known, place: '西湖区档案馆', volumes: 3 }] : [];
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ code: '0', data: { rows } }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

function blocks(guide: string, language: string): string[] {
  return [...guide.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)\\n\`\`\`$`, 'gm'))].map(
    ([, block = '']) => block,
  );
}
