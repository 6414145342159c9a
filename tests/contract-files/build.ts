import path from 'node:path';
import { type Composition, composeGraph } from '../../src/contract/compose-graph.ts';
import { readContractFiles } from '../../src/contract/contract-files.ts';
import type { ContractFile, ContractProblem, FieldMapping, Graph } from '../../src/contract/graph.ts';

/** The founding files, and the hub's own. */
export const founding = await readContractFiles(path.resolve(import.meta.dirname, '../../schema'));

/** A department of the fixtures alone, with the smallest file that composes. */
export const library = `extend schema
  @department(name: "library", title: "图书馆", prefix: "Library")
  @source(name: "library-db", department: "library", mysql: { credential: "library-db" })
extend type Resident {
  library: LibraryRecord @connect(source: "library-db", sql: { table: "reader" }, key: [{ from: "citizenId", column: "id_no" }])
}
type LibraryRecord {
  card: String @from(column: "card_no") @share(as: CONDITIONAL, level: 1)
}
`;

/** The library over HTTP. */
export const httpLibrary = edit(library, [
  ['mysql: {', 'http: {'],
  ['sql: { table: "reader" }', 'http: { path: "/readers", body: "{\\"ids\\":\\"$keys\\"}", batch: 50 }'],
]);

/** The library over GraphQL. */
export const graphqlLibrary = edit(library, [
  ['mysql: {', 'graphql: {'],
  ['sql: { table: "reader" }', 'graphql: { entities: "Reader" }'],
]);

/** Another department like the library over HTTP. */
export const museum = httpLibrary.replaceAll('Library', 'Museum').replaceAll('library', 'museum');

/** Replaces each first text by its second; a text that is not there is a mistake of the test. */
export function edit(text: string, changes: readonly (readonly [from: string, to: string])[]): string {
  return changes.reduce((edited, [from, to]) => {
    if (!edited.includes(from)) throw new TypeError(`The text to replace is not there: ${from}`);
    return edited.replace(from, () => to);
  }, text);
}

export function composeSources(...texts: readonly (string | ContractFile)[]): Composition {
  const sources = texts.map((text, index) =>
    typeof text === 'string' ? { name: `file-${index}`, text } : text,
  );
  return composeGraph({ core: founding.core, sources });
}

/** The graph of files that must compose; what is wrong with them fails the test. */
export function graphOf(composition: Composition): Graph {
  if (composition.graph) return composition.graph;
  throw new TypeError(`The files do not compose: ${composition.problems.map(tell).join('; ')}`);
}

export function fieldOf<K extends FieldMapping['kind']>(
  graph: Graph,
  kind: K,
  coordinate: FieldMapping['coordinate'],
): Extract<FieldMapping, { kind: K }> {
  const field = graph.fields.get(coordinate);
  // The kind is compared in the same line.
  if (field?.kind === kind) return field as Extract<FieldMapping, { kind: K }>;
  throw new TypeError(`${coordinate} is ${field?.kind ?? 'not there'}, not ${kind}`);
}

/** `rule@line`, the short form in which tests name problems. */
export function rulesOf({ problems }: Composition): string[] {
  return problems.map(({ rule, line }) => `${rule}@${line}`);
}

function tell({ file, line, rule, message }: ContractProblem): string {
  return `${file}:${line} ${rule}: ${message}`;
}
