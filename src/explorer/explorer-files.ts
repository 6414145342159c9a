import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** One file that the explorer's page may load. */
export interface ExplorerFile {
  /** With the hash of its content: another version has another name. */
  readonly name: string;
  readonly type: string;
  readonly content: Buffer;
}

export interface ExplorerFiles {
  /** The page, which names its files. */
  readonly page: string;
  /** By name: what is not in here is not served. */
  readonly assets: ReadonlyMap<string, ExplorerFile>;
}

const script = 'text/javascript; charset=utf-8';
const style = 'text/css; charset=utf-8';

/** In the order in which the page loads them. The first three are built files of their packages, as they were published. */
const sources = [
  { from: 'react', path: 'umd/react.production.min.js', type: script },
  { from: 'react-dom', path: 'umd/react-dom.production.min.js', type: script },
  { from: 'graphiql', path: 'graphiql.min.js', type: script },
  { from: 'graphiql', path: 'graphiql.min.css', type: style },
  { path: 'explorer.css', type: style },
  { path: 'explorer.js', type: script },
] as const;

const require = createRequire(import.meta.url);
const ownFolder = join(import.meta.dirname, '../../explorer');

/** Reads all that the explorer serves, once. Nothing is downloaded and nothing is built. */
export async function readExplorerFiles(): Promise<ExplorerFiles> {
  const files = await Promise.all(sources.map(readSource));
  const page = await readFile(join(ownFolder, 'explorer.html'), 'utf8');
  return {
    page: page.replace('<!-- files -->', files.map(tagOf).join('\n    ')),
    assets: new Map(files.map((file) => [file.name, file])),
  };
}

async function readSource(source: (typeof sources)[number]): Promise<ExplorerFile> {
  const folder = 'from' in source ? dirname(require.resolve(`${source.from}/package.json`)) : ownFolder;
  const content = await readFile(join(folder, source.path));
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 16);
  const name = (source.path.split('/').at(-1) ?? '').replace(/\.(js|css)$/, `.${hash}.$1`);
  return { name, type: source.type, content };
}

function tagOf({ name, type }: ExplorerFile): string {
  const url = `/explorer/${name}`;
  return type === style ? `<link rel="stylesheet" href="${url}" />` : `<script defer src="${url}"></script>`;
}
