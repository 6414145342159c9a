import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createDemoIssuer, type DemoIssuer } from '../examples/demo-issuer.ts';
import type { Engines } from './sources/source-addresses.ts';
import { client, department, purpose } from './workload.ts';

/** Folders and keys that the servers share. */
export interface Stage {
  readonly contractsDir: string;
  readonly dataDir: string;
  /** For 15 minutes. */
  issueToken(): Promise<string>;
  remove(): Promise<void>;
}

/**
 * Lays out the contracts that fit the departments, and an issuer whose tokens all servers accept. `given`: the hub's data directory; a new one if not
 * given.
 */
export async function setStage(engines: Engines, given?: string): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'shuqiao-bench-'));
  const [contractsDir, dataDir] = [join(folder, 'contracts'), given ?? join(folder, 'data')];
  await layContracts(contractsDir, engines.mysql ? 'mysql' : 'http');
  const issuer: DemoIssuer = await createDemoIssuer(dataDir);
  return {
    contractsDir,
    dataDir,
    issueToken: () => issuer.issueToken({ client, department, purposes: [purpose], roles: [] }),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

async function layContracts(contractsDir: string, civilAffairs: 'mysql' | 'http'): Promise<void> {
  const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
  await mkdir(join(contractsDir, 'sources'), { recursive: true });
  await cp(at('../schema/core'), join(contractsDir, 'core'), { recursive: true });
  for (const [file, name] of [
    ['police-population', 'police-population'],
    [`civil-affairs-${civilAffairs}`, 'civil-affairs-registry'],
    ['social-security-insurance', 'social-security-insurance'],
    ['justice-cases', 'justice-cases'],
  ] as const) {
    await cp(at(`contracts/${file}.graphql`), join(contractsDir, 'sources', `${name}.graphql`));
  }
}
