import { type ChildProcess, spawn } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDemoIssuer } from '../../examples/demo-issuer.ts';
import { parseConfig } from '../../src/config.ts';
import { createKey } from '../identity/test-issuer.ts';
import { engines } from '../support/engines.ts';
import { createEmptyDir, createTestDatabase } from '../support/test-storage.ts';

type Environment = Readonly<Record<string, string>>;

const production = { NODE_ENV: 'production' };

describe('the configuration of a hub in production', () => {
  it('asks for a synchronous standby and shows no explorer, unless told otherwise', () => {
    const { isProduction, synchronousStandby, isExplorerOn } = parseConfig(production);
    expect([isProduction, synchronousStandby, isExplorerOn]).toEqual([true, 'required', false]);
    const waived = parseConfig({ ...production, HUB_SYNCHRONOUS_STANDBY: 'waived' });
    expect(waived.synchronousStandby).toBe('waived');
  });

  it.each([
    ['HUB_SANDBOX', { HUB_SANDBOX: 'on' }],
    ['NODE_ENV', { NODE_ENV: 'prod' }],
    ['NODE_ENV', { NODE_ENV: 'Production' }],
    ['HUB_SYNCHRONOUS_STANDBY', { HUB_SYNCHRONOUS_STANDBY: 'waved' }],
    ['HUB_SYNCHRONUS_STANDBY', { HUB_SYNCHRONUS_STANDBY: 'required' }],
  ] satisfies [string, Environment][])('refuses a wrong %s', (variable, environment) => {
    const parse = () => parseConfig({ ...production, ...environment });
    expect(parse).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID', details: { variable } }));
  });
});

const dataDir = createEmptyDir();
const running = new Set<ChildProcess>();
afterAll(async () => {
  for (const child of running) child.kill('SIGKILL');
  await rm(dataDir, { recursive: true, force: true });
});

interface Started {
  readonly code: number | null | 'serves';
  readonly output: string;
}

/** Resolves when it has ended, or serves. */
function start(script: string, environment: Environment): Promise<Started> {
  const { PATH = '' } = process.env;
  const env = { PATH, ...production, PORT: '0', HUB_DATA_DIR: dataDir, ...environment };
  const child = spawn(process.execPath, ['--import', './scripts/typescript.mjs', script], { env });
  running.add(child);
  let output = '';
  return new Promise((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        if (output.includes('/graphql\n')) resolve({ code: 'serves', output });
      });
    }
    child.on('close', (code) => {
      running.delete(child);
      resolve({ code, output });
    });
  });
}

describe('the process of a hub in production', () => {
  it('is not started on the embedded database', async () => {
    const { code, output } = await start('src/main.ts', {});
    expect(code).toBe(1);
    expect(output).toContain('生产环境须有 PostgreSQL 服务器：请设 DATABASE_URL');
    expect(output).toContain('Production needs a PostgreSQL server: set DATABASE_URL.');
  });

  it('is never the demo, with its issuer and departments', async () => {
    const { code, output } = await start('examples/demo.ts', { DATABASE_URL: 'postgres://hub@127.0.0.1/x' });
    expect(code).toBe(1);
    expect(output).toContain('never for production (NODE_ENV=production): use npm run serve');
  });
});

describe.skipIf(engines.postgres === undefined)('on a server without a standby', () => {
  let database: { readonly url: string; drop(): Promise<void> };
  const startHub = (environment: Environment) =>
    start('src/main.ts', { DATABASE_URL: database.url, ...environment });
  const waived = { HUB_SYNCHRONOUS_STANDBY: 'waived' };
  beforeAll(async () => {
    database = await createTestDatabase();
    await createDemoIssuer(dataDir);
  });
  afterAll(() => database.drop());

  it('it is not started, unless that is waived, and never with the demo’s issuer', async () => {
    const [strict, demo] = await Promise.all([startHub({}), startHub(waived)]);
    expect([strict.code, demo.code]).toEqual([1, 1]);
    expect(strict.output).toContain('synchronous_standby_names is empty');
    expect(strict.output).toContain('HUB_SYNCHRONOUS_STANDBY=waived');
    expect(demo.output).toContain('issuers[0].issuer must be a name that somebody owns in production');
    expect(demo.output).toContain('HUB_ISSUERS');
  });

  it('it serves with an issuer that somebody owns, and warns', async () => {
    const { jwk } = await createKey('key-1');
    await writeFile(join(dataDir, 'own.json'), JSON.stringify({ keys: [jwk] }));
    const own = { issuer: 'https://sso.city.gov.cn', audience: 'shuqiao', algorithms: ['ES256'] };
    const file = join(dataDir, 'own-issuers.json');
    await writeFile(file, JSON.stringify([{ ...own, jwksFile: 'own.json', departments: ['police'] }]));
    const { code, output } = await startHub({ ...waived, HUB_ISSUERS: file });
    expect(code).toBe('serves');
    expect(output).toContain('警告 Warning: synchronous_standby_names 为空');
  });
});
