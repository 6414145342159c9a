import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { formatsOf } from '../../src/contract/formats.ts';
import { masksByType } from '../../src/contract/masks.ts';
import { earlyRules, rules } from '../../src/contract/rules/rules.ts';
import { composeSources, founding } from './build.ts';

const page = await readFile(path.resolve(import.meta.dirname, '../../docs/contract.md'), 'utf8');

/** The cells of the table rows that begin with a name in code. */
function rowsBelow(heading: string): string[][] {
  const [, below = ''] = page.split(heading);
  const rows = below.split('\n').filter((line) => line.startsWith('| `') || line.startsWith('| an enum'));
  return rows.map((line) => line.split('|').map((cell) => cell.trim()));
}

test('the documentation lists exactly the rules that there are', () => {
  const listed = rowsBelow('\n## Rules\n').map(([, name, zh]) => [name, zh]);
  expect(listed).toEqual([...earlyRules, ...rules].map(({ name, zh }) => [`\`${name}\``, zh]));
});

test('the files that the documentation shows compose, together', () => {
  const examples = [...page.matchAll(/```graphql\n([\s\S]*?)```/g)].map(([, text = '']) => text);
  expect(examples.filter((text) => text.includes('@department')).length).toBeGreaterThanOrEqual(2);
  expect(composeSources(...founding.sources, ...examples).problems).toEqual([]);
});

test('the documentation lists every member of an HTTP target, with its default', () => {
  const directives = founding.core.map(({ text }) => text).join('\n');
  const [, members = ''] = /input HttpTarget \{([\s\S]*?)\n\}/.exec(directives) ?? [];
  const declared = [...members.matchAll(/^ {2}(\w+):/gm)].map(([, name]) => `\`${name}\``);
  expect(declared.length).toBeGreaterThan(5);
  const [, table = ''] = page.split('| member of `http` |');
  const [rows = ''] = table.split('\n\n');
  expect(rows.match(/(?<=^\| )`\w+`/gm)).toEqual(declared);
});

test('the documentation tells formats and masks by type as the rules have them', () => {
  const [table = ''] = /\n\| type \| `format`[\s\S]*?\n\n/.exec(page) ?? [];
  for (const type of ['String', 'Date', 'DateTime', 'Month', 'Float', 'Int', 'Boolean']) {
    const [, , formats = '', masks = ''] =
      table
        .split('\n')
        .find((line) => line.startsWith(`| \`${type}\``))
        ?.split('|') ?? [];
    expect(namesIn(formats)).toEqual(formatsOf(type));
    expect(namesIn(masks)).toEqual(masksByType.get(type) ?? []);
  }
});

function namesIn(cell: string): string[] {
  return [...cell.matchAll(/`(\w+)`/g)].map(([, name = '']) => name);
}
