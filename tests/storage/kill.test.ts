import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { createPolicyStore } from '../../src/policies/policy-store-prisma.ts';
import { openStorage } from '../../src/storage/storage.ts';
import { createTestDataDir } from '../support/test-storage.ts';

/** Kills a process that imports without pause, some milliseconds after its n-th import; returns the last round that it was told of. */
async function killDuringImports(dataDir: string, imports: number, delayMs: number): Promise<number> {
  const script = fileURLToPath(new URL('import-loop.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let acknowledged = 0;
  for await (const chunk of child.stdout) {
    acknowledged = Number(String(chunk).trim().split('\n').at(-1));
    if (acknowledged === imports) setTimeout(() => child.kill('SIGKILL'), delayMs);
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  expect(child.signalCode).toBe('SIGKILL');
  return acknowledged;
}

it.each([
  [1, 3],
  [3, 21],
])(
  'a hub killed during imports keeps whole ones: after import %i and %i ms',
  async (imports, delayMs) => {
    const dataDir = await createTestDataDir();
    try {
      const acknowledged = await killDuringImports(dataDir, imports, delayMs);
      const storage = await openStorage({ dataDir, production: false });
      const { revision, agreements } = await createPolicyStore(storage.prisma).load();
      const history = await storage.prisma.agreementVersion.count();
      await storage.close();

      const round = Number(revision);
      // The import that was running may have ended, its acknowledgement lost.
      expect([acknowledged, acknowledged + 1]).toContain(round);
      expect(new Set(agreements.map((agreement) => agreement.title))).toEqual(new Set([`round ${round}`]));
      expect(agreements.map((agreement) => agreement.version)).toEqual(Array(20).fill(round));
      expect(history).toBe(20 * round);
    } finally {
      rmSync(dataDir, { recursive: true, force: true });
    }
  },
  120_000,
);
