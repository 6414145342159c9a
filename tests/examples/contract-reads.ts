import { composeGraph } from '../../src/contract/compose-graph.ts';
import { readContractFiles } from '../../src/contract/contract-files.ts';
import type { Connect, ConnectField, Graph } from '../../src/contract/graph.ts';

/** Everything that a contract file can ever make the hub ask in one read. */
export interface ContractRead {
  readonly coordinate: string;
  readonly connect: Connect;
  /** Columns of every field of the type, of the key, the order, the filters and the row's own time. */
  readonly columns: readonly string[];
}

/** The reads of one source, from the contract files of this repository. */
export async function readsOfSource(source: string): Promise<readonly ContractRead[]> {
  const { graph, problems } = composeGraph(await readContractFiles('schema'));
  if (!graph) throw new TypeError(problems.map(({ message }) => message).join('\n'));
  const fields = [...graph.fields.values()].flatMap((field) => {
    if (field.kind === 'relation' || field.kind === 'tally') return field.read ?? [];
    return field.kind === 'connect' ? [field] : [];
  });
  return fields.flatMap((field) =>
    field.connects
      .filter((connect) => connect.source === source)
      .map((connect) => ({
        coordinate: field.coordinate,
        connect,
        columns: columnsOf(graph, field, connect),
      })),
  );
}

function columnsOf(graph: Graph, field: ConnectField, connect: Connect): readonly string[] {
  const columns = [
    ...connect.key.map(({ column }) => column),
    ...fieldColumns(graph, field.typeName, connect.source),
    ...referenceColumns(graph, field, connect),
    ...connect.order.map(({ column }) => column),
    ...connect.where.map(({ column }) => column),
    ...(connect.asOf ? [connect.asOf.column] : []),
  ];
  return [...new Set(columns)];
}

/** Of a relation's own read: the column that says where it leads. */
function referenceColumns(graph: Graph, { coordinate }: ConnectField, { source }: Connect): string[] {
  const field = graph.fields.get(coordinate);
  const columns = field?.kind === 'relation' || field?.kind === 'tally' ? field.reference.columns : {};
  const mapping = columns[source] ?? columns['*'];
  return mapping ? [mapping.column] : [];
}

function fieldColumns(graph: Graph, typeName: string, source: string): string[] {
  return [...graph.fields.values()]
    .filter(({ parentType }) => parentType === typeName)
    .flatMap((field) => {
      if (field.kind === 'embedded') {
        const below = fieldColumns(graph, field.typeName, source);
        return field.isList ? below.map((column) => `${field.path}[].${column}`) : below;
      }
      const column = field.kind === 'relation' && !field.read ? field.reference : field;
      const mapping = column.kind === 'column' ? (column.columns[source] ?? column.columns['*']) : undefined;
      return mapping ? [mapping.column] : [];
    });
}
