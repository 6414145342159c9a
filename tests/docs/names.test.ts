import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const pages = [
  'README.md',
  'README.zh-CN.md',
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
];
const ofUs = /\b(?:src|tests|docs|schema|examples|scripts|prisma)\/[\w./-]*\w/g;
/** Made by a command, and not in the repository. */
const generated = /^src\/generated\/prisma/;

describe('what the documents name', () => {
  it.each(pages)('%s names files and folders that exist', (page) => {
    const named = readFileSync(page, 'utf8').match(ofUs) ?? [];
    expect(named.filter((file) => !existsSync(file) && !generated.test(file))).toEqual([]);
  });

  it.each(pages)('%s links to pages that exist', (page) => {
    const folder = page.includes('/') ? page.slice(0, page.lastIndexOf('/') + 1) : '';
    const links = [...readFileSync(page, 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)/g)];
    expect(links.map(([, link = '']) => folder + link).filter((link) => !existsSync(link))).toEqual([]);
  });

  it('the way of a request leads through functions that are where it says', () => {
    const [drawing = ''] = /```\n caller[\s\S]*?```/.exec(readFileSync('docs/architecture.md', 'utf8')) ?? [];
    const steps = [...drawing.matchAll(/(src\/\S+\.ts) {2}(\w+)/g)];
    expect(steps.length).toBeGreaterThanOrEqual(4);
    for (const [, file = '', name = ''] of steps) {
      expect(readFileSync(file, 'utf8'), file).toMatch(new RegExp(`function ${name}\\b`));
    }
  });

  it('the architecture has a row for every folder of src', () => {
    const [, table = ''] = readFileSync('docs/architecture.md', 'utf8').split('\n## Folders\n');
    const folders = readdirSync('src', { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const missing = folders.map(({ name }) => `\`src/${name}/\``).filter((name) => !table.includes(name));
    expect(missing).toEqual([]);
  });

  it('the page of audit events lists every kind of record', () => {
    const page = readFileSync('docs/audit-events.md', 'utf8');
    const [, members = ''] = /kind: ('access'.*);/.exec(readFileSync('src/audit/entry.ts', 'utf8')) ?? [];
    const kinds = [...members.matchAll(/'([\w-]+)'/g)].map(([, kind = '']) => kind);
    expect(kinds.length).toBeGreaterThanOrEqual(4);
    const [, table = ''] = page.split('| kind |');
    const listed = [...(table.split('\n\n')[0] ?? '').matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
    expect(listed).toEqual(kinds.map((kind) => kind.toUpperCase().replaceAll('-', '_')));
  });

  it('every threat but the one that is not caught has a control, and a test of that name', () => {
    const rows = readFileSync('docs/threat-model.md', 'utf8')
      .split('\n')
      .filter((line) => /^\| [A-Z]/.test(line))
      .map((line) => line.split(/ ?\| ?/).slice(1, -1));
    const caught = rows.filter(([threat]) => threat !== 'A hub that lies');
    expect(caught.length).toBeGreaterThan(20);
    for (const [threat, control, , tests = ''] of caught) {
      expect(control, threat).toMatch(/\w/);
      expect(tests, threat).toMatch(/^`tests\//);
      for (const [, file = '', name] of tests.matchAll(/`(tests\/[^`]+)`(?:: \*([^*]+)\*)?/g)) {
        if (name) expect(readFileSync(file, 'utf8').includes(`'${name}'`), `${file}: ${name}`).toBe(true);
      }
    }
  });
});
