import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createProject, root, type ThrowawayProject } from './throwaway-project.ts';

const script = 'scripts/ensure-installed.mjs';

/** A project whose packages lie beside it, so that installing needs no registry. */
function projectOf(parts: readonly string[], node = '>=20.19'): Readonly<Record<string, string>> {
  const dependencies = Object.fromEntries(parts.map((part) => [part, `file:${part}`]));
  const manifest = { name: 'small', version: '1.0.0', engines: { node }, dependencies };
  const packages = parts.flatMap((part) => [
    [part, { version: '1.0.0' }],
    [`node_modules/${part}`, { resolved: part, link: true }],
  ]);
  const lock = { name: 'small', version: '1.0.0', lockfileVersion: 3, requires: true };
  return {
    'package.json': JSON.stringify(manifest),
    'package-lock.json': JSON.stringify({
      ...lock,
      packages: { '': manifest, ...Object.fromEntries(packages) },
    }),
    ...Object.fromEntries(
      parts.map((part) => [`${part}/package.json`, JSON.stringify({ name: part, version: '1.0.0' })]),
    ),
  };
}

describe('before npm start and npm test', () => {
  it('a fresh clone is installed, once, and again when the lock has changed', () =>
    within(projectOf(['one']), { installed: false }, async (project) => {
      expect(await runIn(project)).toEqual([0, expect.stringMatching(/npm ci[\s\S]*Installed in \d+ s/)]);
      expect(await runIn(project)).toEqual([0, '']);
      await project.write(projectOf(['one', 'two']));
      expect(await runIn(project)).toEqual([0, expect.stringContaining('npm ci')]);
      expect(await readFile(join(project.folder, 'node_modules/two/package.json'), 'utf8')).toContain('two');
    }));

  it('nothing is done where this repository is installed', () =>
    within({}, { installed: true }, async (project) => {
      expect(await runIn(project)).toEqual([0, '']);
    }));

  it('a registry out of reach is named as the cause', () =>
    within({}, { installed: false }, async (project) => {
      const [code, output] = await runIn(project, {
        npm_config_registry: 'http://127.0.0.1:9',
        npm_config_fetch_retries: '0',
        npm_config_cache: join(project.folder, 'cache'),
      });
      expect(code).toBe(1);
      expect(output).toContain('The npm registry cannot be reached');
    }));

  it('an old Node is told which one is needed, before anything is installed', () =>
    within(projectOf(['one'], '>=99.1'), { installed: false }, async (project) => {
      const [code, output] = await runIn(project);
      expect(code).toBe(1);
      expect(output).toContain(`Node.js >=99.1 is needed; this is ${process.versions.node}.`);
      expect(output).not.toContain('npm ci');
    }));

  it('the needed Node is given in the form that the check reads', async () => {
    const { engines } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    expect(engines.node).toMatch(/^>=\d+\.\d+$/);
  });
});

async function within(
  files: Readonly<Record<string, string>>,
  options: { installed: boolean },
  act: (project: ThrowawayProject) => Promise<void>,
): Promise<void> {
  const project = await createProject(files, options);
  try {
    await act(project);
  } finally {
    await project.remove();
  }
}

async function runIn(project: ThrowawayProject, environment?: NodeJS.ProcessEnv): Promise<[unknown, string]> {
  const run = project.start(process.execPath, [script], environment);
  return [await run.ended, run.output()];
}
