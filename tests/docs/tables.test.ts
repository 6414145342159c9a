import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { defaultHubLimits } from '../../src/config.ts';
import { errorTable } from '../../src/errors.ts';

describe('documented tables', () => {
  it('lists every error with its status, sentence and whether to retry, and no other', async () => {
    const rows = await readRows('docs/errors.md', /^[A-Z_]+$/);
    const expected = Object.entries(errorTable).map(([code, { status, retryable, zh, en }]) => [
      code,
      String(status),
      retryable ? 'yes' : 'no',
      zh,
      en,
    ]);
    expect(rows).toEqual(expected);
  });

  it('lists every limit with its default, and no other', async () => {
    const rows = await readRows(
      'docs/limits.md',
      /^(max|headers|body|request|refusals|policy|drain|list|count|cursor)[A-Za-z]+$/,
    );
    expect(rows.map(([name, , value]) => [name, Number(value)])).toEqual(Object.entries(defaultHubLimits));
  });
});

/** The cells of the table rows whose first cell is a code of that form. */
async function readRows(file: string, first: RegExp): Promise<string[][]> {
  const text = await readFile(file, 'utf8');
  return text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('`', '')),
    )
    .filter(([name]) => name !== undefined && first.test(name));
}
