import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { clientNames } from '../../examples/demo-clients.ts';
import { createDemoIssuer, openDemoIssuer } from '../../examples/demo-issuer.ts';
import { createAuthenticator } from '../../src/identity/authenticator.ts';
import { readIssuers } from '../../src/identity/issuer.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'shuqiao-demo-issuer-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const authenticate = async (token: string) =>
  createAuthenticator(await readIssuers(join(dataDir, 'issuers.json'), { isProduction: false })).authenticate(
    token,
  );

async function runToken(
  ...args: readonly string[]
): Promise<{ stdout: string; stderr: string; code: number }> {
  const command = ['--import', 'tsx', 'examples/token.ts', ...args];
  const run = promisify(execFile)(process.execPath, command, {
    env: { ...process.env, HUB_DATA_DIR: dataDir },
  });
  return run
    .then(({ stdout, stderr }) => ({ stdout, stderr, code: 0 }))
    .catch((error: { stdout: string; stderr: string; code: number }) => error);
}

describe('the demo issuer', () => {
  test('makes tokens that the hub accepts, for each of its clients', async () => {
    const issuer = await createDemoIssuer(dataDir);
    for (const client of clientNames()) {
      expect((await authenticate(await issuer.issueToken({ client }))).client).toBe(client);
    }
    const street = await authenticate(
      await issuer.issueToken({ client: 'street-platform', roles: ['chief'] }),
    );
    expect(street).toMatchObject({ department: 'grassroots', region: '330106002', roles: ['chief'] });
  });

  test('keeps its key to itself, and to those who were there first', async () => {
    const issuers = await Promise.all([1, 2, 3].map(() => createDemoIssuer(dataDir)));
    expect((await stat(join(dataDir, 'demo-issuer-key.json'))).mode & 0o777).toBe(0o600);
    for (const issuer of [...issuers, await openDemoIssuer(dataDir)]) {
      const subject = await authenticate(await issuer.issueToken({ client: 'one-stop-hall' }));
      expect(subject.client).toBe('one-stop-hall');
    }
    expect(await readFile(join(dataDir, 'jwks.json'), 'utf8')).not.toContain('"d"');
  });

  test('leaves the other issuers of the hub as they are', async () => {
    const other = { issuer: 'https://sso.city.gov.cn' };
    await writeFile(join(dataDir, 'issuers.json'), JSON.stringify([other]));
    await createDemoIssuer(dataDir);
    await createDemoIssuer(dataDir);
    const listed = JSON.parse(await readFile(join(dataDir, 'issuers.json'), 'utf8'));
    expect(listed).toEqual([other, expect.objectContaining({ audience: 'shuqiao' })]);
  });
});

describe('npm run token', () => {
  test('prints a token and nothing else', async () => {
    await createDemoIssuer(dataDir);
    const { stdout, code } = await runToken(
      ...['--client', 'street-platform', '--purpose', 'grassroots-governance', '--region', '330106004'],
    );
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+\n$/)]);
    expect(await authenticate(stdout.trim())).toMatchObject({ region: '330106004' });
  });

  test('says which clients and purposes there are, and where the key should be', async () => {
    const early = await runToken('--client', 'street-platform');
    expect([early.stdout, early.code, early.stderr]).toEqual(['', 1, expect.stringContaining('npm start')]);
    await createDemoIssuer(dataDir);
    const [client, purpose, option] = await Promise.all([
      runToken('--client', 'street'),
      runToken('--client', 'street-platform', '--purpose', 'dispute-mediation'),
      runToken('--clint', 'street-platform'),
    ]);
    expect([client.stdout, client.code, client.stderr]).toEqual([
      '',
      1,
      expect.stringContaining('mediation-center'),
    ]);
    expect([purpose.stdout, purpose.stderr]).toEqual(['', expect.stringContaining('grassroots-governance')]);
    expect([option.stdout, option.code]).toEqual(['', 1]);
  });
});
