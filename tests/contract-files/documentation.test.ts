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

test('the file that the documentation shows composes', () => {
  const [, example = ''] = /```graphql\n([\s\S]*?)```/.exec(page) ?? [];
  expect(example).toContain('@department');
  expect(composeSources(...founding.sources, example).problems).toEqual([]);
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
