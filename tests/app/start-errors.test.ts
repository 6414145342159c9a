import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fastify from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import type { Foundation } from '../../src/app/lay-foundation.ts';
import { listenAll } from '../../src/app/listen-all.ts';
import { HubError } from '../../src/errors.ts';
import { readIssuers } from '../../src/identity/issuer.ts';
import type { Administration } from '../../src/registry/administration.ts';
import { ensureDataDir } from '../../src/storage/data-dir.ts';
import { connectToServer } from '../../src/storage/open-server.ts';

describe('a start that fails says why in one sentence, Chinese first, naming the setting', () => {
  const directory = mkdtempSync(join(tmpdir(), 'start-'));
  let other: Server | undefined;
  afterEach(() => {
    other?.close();
  });

  async function refusal(run: () => unknown): Promise<HubError> {
    try {
      await run();
    } catch (error) {
      if (error instanceof HubError) return error;
      throw error;
    }
    throw new TypeError('the start did not fail');
  }

  function expectSentence(error: HubError, ...names: string[]): void {
    expect(error.code).toBe('CONFIG_INVALID');
    for (const sentence of [error.zh, error.message]) {
      for (const name of names) expect(sentence).toContain(name);
      expect(sentence).not.toMatch(/\n|at .*\.ts/);
    }
    expect(error.zh).toMatch(/^配置无效。.+。$/);
  }

  const occupy = async (): Promise<number> => {
    const server = createServer();
    other = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    return typeof address === 'object' ? (address?.port ?? 0) : 0;
  };

  function listen(host: string, port: number): Promise<string> {
    // Neither is reached: the port is asked for first.
    const foundation = { config: { host, port, dataDir: directory } } as unknown as Foundation;
    return listenAll(foundation, fastify(), {} as Administration, { add: () => {}, close: async () => {} });
  }

  it('HUB_DATA_DIR is a file, or below one', async () => {
    const file = join(directory, 'file');
    writeFileSync(file, '');
    for (const path of [file, join(file, 'data', 'deep')]) {
      expectSentence(await refusal(() => ensureDataDir(path)), 'HUB_DATA_DIR', path);
    }
  });

  it.runIf(process.platform === 'linux')('HUB_DATA_DIR is where nothing can be made', async () => {
    expectSentence(await refusal(() => ensureDataDir('/proc/nope/deeper')), 'HUB_DATA_DIR');
  });

  it('a HUB_DATA_DIR that is not there yet is made, for its owner alone', () => {
    const path = join(directory, 'a', 'b');
    ensureDataDir(path);
    ensureDataDir(path);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    rmSync(path, { recursive: true });
  });

  it('PORT is in use', async () => {
    const port = await occupy();
    expectSentence(await refusal(() => listen('127.0.0.1', port)), `PORT ${port}`, 'HOST 127.0.0.1');
  });

  it('HOST is no address of this machine', async () => {
    expectSentence(await refusal(() => listen('192.0.2.1', 0)), 'HOST 192.0.2.1');
  });

  it('HUB_ISSUERS cannot be read', async () => {
    const file = join(directory, 'issuers.json');
    expectSentence(await refusal(() => readIssuers(file, { isProduction: false })), 'HUB_ISSUERS', file);
  });

  it('DATABASE_URL cannot be reached, and its password is not told', async () => {
    const port = await occupy();
    other?.close();
    const url = `postgres://hub:hunter2@127.0.0.1:${port}/hub`;
    const error = await refusal(() => connectToServer(url, 0));
    expectSentence(error, 'DATABASE_URL', `127.0.0.1:${port}`);
    expect(error.zh + error.message).not.toContain('hunter2');
  });
});
