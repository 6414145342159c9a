import path from 'node:path';
import { composeGraph } from '../../src/contract/compose-graph.ts';
import { readContractFiles } from '../../src/contract/contract-files.ts';
import type { Graph } from '../../src/contract/graph.ts';
import { attachResolvers } from '../../src/resolvers/planned.ts';

const founding = await readContractFiles(path.resolve(import.meta.dirname, '../../schema'));

/** The founding departments' graph, ready to execute. Composed once: it is frozen, and its caches belong to generations. */
export const hubGraph: Graph = composeFixture();

/** The graph of the hub's own files with other departments' in place of the founding ones. */
export function composeFixture(...sources: readonly string[]): Graph {
  const graph = composeWithoutResolvers(...sources);
  attachResolvers(graph, { accessRecords: () => null });
  return graph;
}

export function composeWithoutResolvers(...sources: readonly string[]): Graph {
  const files =
    sources.length === 0 ? founding.sources : sources.map((text, i) => ({ name: `fixture-${i}`, text }));
  const { graph, problems } = composeGraph({ core: founding.core, sources: files });
  if (!graph) throw new TypeError(`the fixture does not compose: ${JSON.stringify(problems)}`);
  return graph;
}
