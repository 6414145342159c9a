import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { HubError } from '../errors.ts';
import type { ContractFile } from './graph.ts';

/**
 * Reads the contract files of a directory: the hub's own below `core/`, one file per source below `sources/`, sorted by
 * name. Files are named as problems show them: `sources/police-population.graphql`. Rejects with `CONFIG_INVALID` where
 * the directory cannot be read.
 */
export async function readContractFiles(directory: string): Promise<{
  readonly core: readonly ContractFile[];
  readonly sources: readonly ContractFile[];
}> {
  const [core, sources] = await Promise.all([
    readGraphqlFiles(directory, 'core'),
    readGraphqlFiles(directory, 'sources'),
  ]);
  return { core, sources };
}

async function readGraphqlFiles(directory: string, part: string): Promise<ContractFile[]> {
  try {
    const entries = await readdir(path.join(directory, part));
    const names = entries.filter((name) => name.endsWith('.graphql')).sort();
    return await Promise.all(
      names.map(async (name) => ({
        name: `${part}/${name}`,
        text: await readFile(path.join(directory, part, name), 'utf8'),
      })),
    );
  } catch (cause) {
    throw new HubError('CONFIG_INVALID', {
      hintZh: `目录文件夹 ${part}/（HUB_CONTRACTS）无法读取。`,
      hint: `The contract files in ${part}/ (HUB_CONTRACTS) cannot be read.`,
      cause,
    });
  }
}
