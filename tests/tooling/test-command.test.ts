import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProject, type ThrowawayProject } from './throwaway-project.ts';

const masks = ['a', 'b', 'c', 'd'].map((name) => [
  `src/mask/${name}.ts`,
  `import { one } from '../errors.ts';\n\nexport const ${name} = one;\n`,
]);

const sound = {
  'biome.json': `{
  "files": { "includes": ["src/**/*.ts"] },
  "formatter": { "indentStyle": "space" },
  "javascript": { "formatter": { "quoteStyle": "single" } }
}
`,
  'vitest.config.ts': 'export default { test: { include: ["tests/**/*.test.ts"] } };\n',
  'scripts/prisma-generate.mjs': '',
  'codegen.ts': '',
  'src/errors.ts': 'export const one = 1;\n',
  ...Object.fromEntries(masks),
  'tests/sound.test.ts': `import { it } from 'vitest';\nit('holds', () => {});\nit.skip('waits', () => {});\n`,
  'tests/other.test.ts': `import { it } from 'vitest';\nit('is not asked for', () => {});\n`,
};

const unsound = {
  'src/errors.ts': 'export const one = 1',
  'tests/false.test.ts': `import { it } from 'vitest';\nit('does not hold', () => { throw new TypeError('it is so'); });\n`,
  'tests/unloadable.test.ts': `throw new TypeError('cannot be loaded');\nexport {};\n`,
};

describe('npm test', () => {
  let project: ThrowawayProject;
  beforeAll(async () => {
    project = await createProject(sound);
  });
  afterAll(() => project.remove());

  async function runTest(
    ...args: string[]
  ): Promise<{ code: unknown; output: string; lastLine: string | undefined }> {
    const run = project.start('npm', ['test', '--', ...args]);
    const code = await run.ended;
    return { code, output: run.output(), lastLine: run.output().trim().split('\n').at(-1) };
  }

  it('runs every step, gives further arguments to vitest, and ends with the plain counts', async () => {
    const { code, output, lastLine } = await runTest('tests/sound.test.ts');
    expect(lastLine, output).toBe('1 passed, 0 failed, 1 skipped');
    expect(code).toBe(0);
    for (const step of [
      'database client',
      'format and lint',
      'import rules',
      'types',
      'generated code',
      'tests',
    ]) {
      expect(output).toMatch(new RegExp(`^ok +${step} +[\\d.]+ s$`, 'm'));
    }
  });

  it('with --all runs the tests in spite of a fault, counts a file that cannot be loaded, and fails', async () => {
    await project.write(unsound);
    await rm(join(project.folder, 'codegen.ts'));
    const { code, output, lastLine } = await runTest('--all');
    expect(lastLine, output).toBe('2 passed, 2 failed, 1 skipped');
    expect(code).toBe(1);
    expect(output).toMatch(/^FAIL +format and lint/m);
    expect(output).toMatch(/^FAIL +generated code/m);
    expect(output).toContain('codegen.ts is missing');
  });

  it('otherwise stops at the first fault and says that no test ran', async () => {
    await project.write(unsound);
    const { code, output, lastLine } = await runTest();
    expect(lastLine, output).toBe('the tests did not run');
    expect(code).toBe(1);
    expect(output).not.toContain('import rules');
  });
});
