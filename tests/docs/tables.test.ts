import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { defaultHubLimits, parseConfig } from '../../src/config.ts';
import { errorTable } from '../../src/errors.ts';
import { answerExtensionsSchema, errorSchema } from '../../src/services/describe-extensions.ts';

describe('documented tables', () => {
  it('lists every error with its status, sentence and whether to retry, and no other', async () => {
    const rows = await readRows('docs/errors.md', /^[A-Z_]+$/, 5);
    const expected = Object.entries(errorTable).map(([code, { status, retryable, zh, en }]) => [
      code,
      String(status),
      retryable ? 'yes' : 'no',
      zh,
      en,
    ]);
    expect(rows).toEqual(expected);
  });

  it('lists every reason of a denial, and no other', async () => {
    const rows = await readRows('docs/errors.md', /^[A-Z_]+$/, 3);
    const [, members = ''] =
      /reason:((?:\s*\|?\s*'[A-Z_]+')+)/.exec(await readFile('src/policies/decision.ts', 'utf8')) ?? [];
    const reasons = [...members.matchAll(/'([A-Z_]+)'/g)].map(([, reason]) => reason);
    expect(reasons.length).toBeGreaterThanOrEqual(5);
    expect(rows.map(([reason]) => reason)).toEqual(reasons);
  });

  it('lists every setting, and no other', async () => {
    const rows = await readRows('docs/deployment.md', /^(PORT|HOST|DATABASE_URL|NODE_ENV|HUB_[A-Z_]+)$/);
    const read = [...(await readFile('src/config.ts', 'utf8')).matchAll(/'([A-Z]+(?:_[A-Z]+)*)'/g)];
    const names = read.map(([, name = '']) => name).filter((name) => name !== 'CONFIG_INVALID');
    expect(rows.map(([name]) => name).toSorted()).toEqual([...new Set(names)].toSorted());
  });

  it('lists every setting that has a fixed default with it', async () => {
    const rows = await readRows('docs/deployment.md', /^(PORT|HOST|NODE_ENV|HUB_[A-Z_]+)$/);
    const config = parseConfig({ HUB_TRACES_ENDPOINT: 'https://collector/v1/traces' });
    const production = parseConfig({ NODE_ENV: 'production' });
    const said = new Map(rows.map(([name, value]) => [name, value]));
    expect(said.get('PORT')).toBe(String(config.port));
    expect(said.get('HOST')).toBe(config.host);
    expect(said.get('HUB_DATA_DIR')).toBe(relative('', config.dataDir));
    expect(said.get('HUB_CONTRACTS')).toBe(relative('', config.contractsDir));
    expect(said.get('HUB_LOG_ORIGIN')).toBe(config.logOrigin);
    expect(said.get('HUB_LOG_LEVEL')).toContain(config.logLevel);
    expect(said.get('HUB_SYNCHRONOUS_STANDBY')).toBe(config.synchronousStandby);
    expect([config.isExplorerOn, production.isExplorerOn]).toEqual([true, false]);
    expect(said.get('HUB_TRACES_PERCENT')).toBe(String((config.tracing?.ratio ?? 0) * 100));
  });

  it('lists every limit with its default, and no other', async () => {
    const rows = await readRows(
      'docs/limits.md',
      /^(max|headers|body|request|refusals|policy|drain|list|count|cursor)[A-Za-z]+$/,
    );
    expect(rows.map(([name, , value]) => [name, Number(value)])).toEqual(Object.entries(defaultHubLimits));
  });
});

describe('documented members', () => {
  const namesOf = ({ properties }: { readonly properties: object }) => Object.keys(properties).toSorted();

  it.each([
    ['of an error', '## Members of `extensions`\n', errorSchema.properties.extensions, ['code']],
    ['of an answer', '## Members of `extensions` of the whole answer\n', answerExtensionsSchema, []],
  ])('%s are those of the OpenAPI document', async (_, heading, schema, obvious) => {
    const text = await readFile('docs/errors.md', 'utf8');
    const [section = ''] = (text.split(heading)[1] ?? '').split('\n## ');
    const cells = [...section.matchAll(/^\| (`[^|]+) \|/gm)].map(([, cell = '']) => cell);
    const names = cells.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, name = '']) => name));
    expect([...new Set([...names, ...obvious])].toSorted()).toEqual(namesOf(schema));
  });
});

/** The cells of the table rows whose first cell is a code of that form. */
async function readRows(file: string, first: RegExp, cells?: number): Promise<string[][]> {
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
    .filter(([name]) => name !== undefined && first.test(name))
    .filter((row) => cells === undefined || row.length === cells);
}
