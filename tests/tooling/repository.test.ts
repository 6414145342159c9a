import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from './throwaway-project.ts';

interface LockedPackage {
  readonly version: string;
  readonly license?: string;
  readonly resolved?: string;
  readonly dev?: boolean;
}

const notOurs = new Set(['node_modules', '.git', '.shuqiao', 'coverage']);
const { scripts } = await readJson<{ scripts: Record<string, string> }>('package.json');
const { packages: lock } = await readJson<{ packages: Record<string, LockedPackage> }>('package-lock.json');
const files = (await listFiles('')).filter((file) => !file.startsWith('src/generated/prisma/'));

describe('the commands that the documents name', () => {
  const documents = files.filter((file) => /^(README[^/]*|docs\/.+)\.md$/.test(file));

  it('are the two of the README, first of all', async () => {
    expect(documents).toContain('README.md');
    const readme = await readFile(join(root, 'README.md'), 'utf8');
    expect(readme).toContain('npm start');
    expect(readme).toContain('npm test');
  });

  it('exist in package.json', async () => {
    const ofNpm = new Set(['ci', 'install']);
    const missing: string[] = [];
    for (const document of documents) {
      const text = await readFile(join(root, document), 'utf8');
      for (const [command, name = ''] of text.matchAll(/\bnpm (?:run )?([a-z][a-z:-]*)/g)) {
        if (!ofNpm.has(name) && !(name in scripts)) missing.push(`${document}: ${command}`);
      }
    }
    expect(missing).toEqual([]);
  });

  it.each(Object.entries(scripts))('npm run %s starts files that exist', (_, command) => {
    const started = command.match(/\S+\.(ts|mjs)\b/g) ?? [];
    expect(started.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });

  it.each(Object.entries(scripts))('npm run %s is understood by cmd.exe too', (_, command) => {
    expect(command).not.toMatch(/[;'`$]|(^|\s)[A-Z_]+=/);
  });

  // A shell that stays in between ends at a Ctrl-C before what it started; cmd.exe, which looks here first, has no such word.
  it('begin with a word that every shell knows: cmd.exe finds exec in the folder that npm runs them in', async () => {
    const words = new Set(Object.values(scripts).map((command) => command.split(' ')[0]));
    expect([...words].sort()).toEqual(['biome', 'exec', 'node', 'tsc', 'vitest']);
    expect(await readFile(join(root, 'exec.cmd'), 'utf8')).toMatch(/^@rem .*\r\n@%\*\r\n$/);
  });
});

describe('the repository', () => {
  it('locks versions and hashes, and names no host they came from', () => {
    expect(Object.keys(lock).length).toBeGreaterThan(100);
    expect(Object.keys(lock).filter((path) => lock[path]?.resolved !== undefined)).toEqual([]);
  });

  it('holds no path of the machine it was written on', async () => {
    const machinePath = /(^|[^A-Za-z.])\/(work|farm|root|tmp|home|Users)\/[A-Za-z.]/;
    const found: string[] = [];
    for (const file of files) {
      const text = await readFile(join(root, file), 'utf8');
      const line = text.split('\n').findIndex((content) => machinePath.test(content));
      if (line >= 0) found.push(`${file}:${line + 1}`);
    }
    expect(found).toEqual([]);
  });
});

describe('every package that the product is installed with', () => {
  const allowed =
    'MIT Apache-2.0 ISC BSD-2-Clause BSD-3-Clause 0BSD BlueOak-1.0.0 CC0-1.0 Unlicense Python-2.0'.split(' ');
  /** Looked at one by one. */
  const examined: Readonly<Record<string, string>> = {
    'node_modules/seq-queue': 'MIT by its LICENSE file; its package.json does not say',
    'node_modules/elkjs':
      "EPL-2.0; lies in the Prisma command line's studio, unchanged, and nothing of ours loads it",
  };

  it('has a licence that asks for no more than attribution', async () => {
    const refused: string[] = [];
    for (const [path, entry] of Object.entries(lock)) {
      if (path === '' || entry.dev || path in examined) continue;
      const licence = await licenceOf(path, entry);
      if (!permits(licence)) refused.push(`${path}: ${licence}`);
    }
    expect(refused).toEqual([]);
  });

  it.each([
    ['MIT', true],
    ['(MIT AND BSD-3-Clause)', true],
    ['(GPL-3.0 OR MIT)', true],
    ['MIT and ISC', true],
    ['MIT AND Elastic-2.0', false],
    ['Elastic-2.0', false],
    ['SEE LICENSE IN LICENSE', false],
    ['', false],
  ])('of which %j is one: %s', (licence, expected) => {
    expect(permits(licence)).toBe(expected);
  });

  /** One of the alternatives must be allowed in all its parts. */
  function permits(licence: string): boolean {
    const alternatives = licence.replaceAll(/[()]/g, '').split(/ or /i);
    return alternatives.some((parts) => parts.split(/ and /i).every((part) => allowed.includes(part.trim())));
  }
});

/** What the package itself says; the lock's word for one that is made for other machines. */
async function licenceOf(path: string, entry: LockedPackage): Promise<string> {
  if (!existsSync(join(root, path))) return entry.license ?? '';
  const { license } = await readJson<{ license?: unknown }>(`${path}/package.json`);
  return typeof license === 'string' ? license : '';
}

/** What npm wrote, and so has the shape that npm documents. */
async function readJson<T>(file: string): Promise<T> {
  return JSON.parse(await readFile(join(root, file), 'utf8'));
}

async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true });
  const lists = entries
    .filter((entry) => !notOurs.has(entry.name))
    .map((entry) =>
      entry.isDirectory() ? listFiles(`${folder}${entry.name}/`) : [`${folder}${entry.name}`],
    );
  return (await Promise.all(lists)).flat();
}
