import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { composeGraph } from '../../src/contract/compose-graph.ts';
import type { Graph } from '../../src/contract/graph.ts';
import { defaultLimits } from '../../src/plan/limits.ts';
import { refuseOperation } from '../../src/plan/refuse-operation.ts';
import type { DocumentCatalogue } from '../../src/policies/agreement-document.ts';

/** The four founding departments and the agreements of the demo, as a newcomer runs them. */

const root = new URL('../../', import.meta.url);

export function readFolder(folder: string): readonly { readonly name: string; readonly text: string }[] {
  const path = fileURLToPath(new URL(folder, root));
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => ({ name, text: readFileSync(`${path}/${name}`, 'utf8') }));
}

export function composeDemo(): Graph {
  const { graph, problems } = composeGraph({
    core: readFolder('schema/core'),
    sources: readFolder('schema/sources'),
  });
  if (!graph) throw new TypeError(`the demo contracts must compose: ${JSON.stringify(problems)}`);
  return graph;
}

/** Nothing is registered yet but the departments. */
export function emptyCatalogue({ schema, fields, elements, departments }: Graph): DocumentCatalogue {
  const refuse = (document: string) => refuseOperation(document, schema, defaultLimits);
  const registered = { purposes: new Set<string>(), clients: new Map() };
  return { fields, elements, departments, ...registered, refuseOperation: refuse };
}
