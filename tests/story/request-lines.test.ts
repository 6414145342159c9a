import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDemoIssuer, type DemoIssuer } from '../../examples/demo-issuer.ts';
import { createTestDataDir } from '../support/test-storage.ts';

/** The log goes to the standard output of a hub in a process of its own. */
const lines: string[] = [];
const citizenId = '330106198003159057';
let dataDir: string;
let issuer: DemoIssuer;
let hub: ReturnType<typeof spawn>;
let url = '';
beforeAll(async () => {
  dataDir = await createTestDataDir();
  issuer = await createDemoIssuer(dataDir);
  const env = { ...process.env, HUB_DATA_DIR: dataDir, HUB_LOG_LEVEL: 'debug', PORT: '0' };
  hub = spawn(process.execPath, ['--import', './scripts/typescript.mjs', 'tests/story/serve-hub.ts'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  if (!hub.stdout) throw new TypeError('its output is piped');
  const reader = createInterface({ input: hub.stdout });
  await new Promise<void>((resolve) => {
    reader.on('line', (line) => {
      if (!line.startsWith('http')) return void lines.push(line);
      url = line;
      resolve();
    });
  });
});
afterAll(async () => {
  const gone = once(hub, 'exit');
  hub.kill('SIGKILL');
  await gone;
  await rm(dataDir, { recursive: true, force: true });
});

it('at debug each request is one line with its id, its end and its codes, and without a value', async () => {
  const token = await issuer.issueToken({ client: 'mediation-center' });
  const ask = async (headers: Record<string, string>) => {
    const query = `{ resident(identifier: { value: "${citizenId}" }) { name } }`;
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query }),
    });
    return response.headers.get('x-request-id');
  };
  // No client is registered here: its name is the token's text, and stays out.
  const ids = [await ask({}), await ask({ authorization: `Bearer ${token}`, 'shuqiao-purpose': citizenId })];
  const answered = () =>
    lines.filter((line) => line.includes('"msg":"answered"')).map((line) => JSON.parse(line));
  await expect.poll(() => answered().length).toBe(2);
  expect(answered()).toMatchObject([
    { requestId: ids[0], status: 401, errors: { UNAUTHENTICATED: 1 }, ms: expect.any(Number) },
    { requestId: ids[1], status: 403, errors: { CLIENT_SUSPENDED: 1 }, ms: expect.any(Number) },
  ]);
  expect(lines.join()).not.toContain(citizenId);
  expect(lines.join()).not.toContain('mediation-center');
});
