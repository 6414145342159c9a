import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readContractFiles } from '../../src/contract/contract-files.ts';
import { HubError } from '../../src/errors.ts';

test('contract files are read by folder, sorted, and named as problems show them', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'contract-'));
  try {
    await mkdir(path.join(directory, 'core'));
    await mkdir(path.join(directory, 'sources'));
    await writeFile(path.join(directory, 'core', 'hub.graphql'), 'scalar Date');
    for (const name of ['b.graphql', 'a.graphql', 'notes.txt']) {
      await writeFile(path.join(directory, 'sources', name), `# ${name}`);
    }
    expect(await readContractFiles(directory)).toEqual({
      core: [{ name: 'core/hub.graphql', text: 'scalar Date' }],
      sources: [
        { name: 'sources/a.graphql', text: '# a.graphql' },
        { name: 'sources/b.graphql', text: '# b.graphql' },
      ],
    });
  } finally {
    await rm(directory, { recursive: true });
  }
});

test('a directory without contract files is a fault of the configuration', async () => {
  const reading = readContractFiles(path.join(tmpdir(), 'no-such-directory'));
  await expect(reading).rejects.toThrow(HubError);
  await expect(reading).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
});
