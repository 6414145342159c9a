import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { root } from './throwaway-project.ts';

it('the hub runs from its TypeScript files, and an error names their lines', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'shuqiao-typescript-'));
  const file = join(folder, 'failing.ts');
  await writeFile(
    file,
    'interface Unused {\n  readonly a: string;\n}\nconst fail = (why: string): never => {\n  throw new TypeError(why);\n};\nfail(("because " + fail.name) as string);\n',
  );
  const loader = pathToFileURL(join(root, 'scripts/typescript.mjs')).href;
  const { status, stderr } = spawnSync(process.execPath, ['--import', loader, file], { encoding: 'utf8' });
  await rm(folder, { recursive: true });
  expect(status).toBe(1);
  expect(stderr).toContain('TypeError: because fail');
  expect(stderr).toMatch(/failing\.ts:5:\d/);
});
