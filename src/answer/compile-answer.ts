import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  type GraphQLSchema,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import type { Graph } from '../contract/graph.ts';
import {
  always,
  collectResponses,
  isAlways,
  propertyOf,
  type ResponseField,
} from '../plan/collect-fields.ts';
import { isPlannedRoot } from '../plan/entity-root.ts';
import type { Operation } from '../plan/prepare-operation.ts';
import { ByteWriter } from './byte-writer.ts';
import { compileValue, type IsActive, type WriteValue } from './compile-selection.ts';

/** An operation, compiled once for all who send it: how its answer is written. */
export interface CompiledAnswer {
  /**
   * What the hub itself answers (`accessRecords`, `explainAccess`), by its resolvers and by graphql-js. Undefined where the operation asks for
   * nothing of it.
   */
  readonly resolveHub: ((context: unknown, variables: Variables) => Promise<ExecutionResult>) | undefined;
  /**
   * `data` as JSON. `root` is what fetch left, `hub` what `resolveHub` gave. Throws TypeError for an object that fetch can not have left.
   */
  write(root: Shown, hub: ExecutionResult | undefined, isActive: IsActive): Buffer;
}

type Variables = Readonly<Record<string, unknown>>;
type Shown = Readonly<Record<string, unknown>>;

/**
 * Compiles how the answer of an operation is written: from the masked objects that fetch leaves to bytes, without an object or a text in
 * between. What it writes equals what graphql-js would make of the same objects. Pure.
 */
export function compileAnswer(graph: Graph, operation: Operation): CompiledAnswer {
  const { schema } = graph;
  const isHubField = (name: string) => name !== '__typename' && !isPlannedRoot(graph, name);
  const selections = [{ set: operation.definition.selectionSet, guards: always }];
  const fields = collectResponses(schema, operation.fragments, 'Query', selections);
  const writers = fields.map((field) => compileRoot(graph, operation, field, isHubField(field.name)));
  let expected = 1_024;
  return {
    resolveHub: fields.some(({ name }) => isHubField(name))
      ? compileHub(schema, operation, isHubField)
      : undefined,
    write(root, hub, isActive) {
      const out = new ByteWriter(expected);
      const remembered = rememberActive(isActive);
      writeRoots(out, writers, { root, hub, isActive: remembered });
      expected = out.length;
      return out.finish();
    },
  };
}

interface RootWriter {
  readonly guards: ResponseField['guards'];
  readonly name: Uint8Array;
  write(out: ByteWriter, from: RootValues): void;
}

interface RootValues {
  readonly root: Shown;
  readonly hub: ExecutionResult | undefined;
  readonly isActive: IsActive;
}

function writeRoots(out: ByteWriter, writers: readonly RootWriter[], from: RootValues): void {
  let isFirst = true;
  for (const { guards, name, write } of writers) {
    if (!from.isActive(guards)) continue;
    out.json(isFirst ? '{' : ',');
    isFirst = false;
    out.raw(name);
    write(out, from);
  }
  out.json(isFirst ? '{}' : '}');
}

function compileRoot(graph: Graph, operation: Operation, field: ResponseField, isHub: boolean): RootWriter {
  const { responseName, guards } = field;
  const name = Buffer.from(`${JSON.stringify(responseName)}:`);
  if (isHub) {
    const write: RootWriter['write'] = (out, { hub }) =>
      out.json(JSON.stringify(hub?.data?.[responseName] ?? null));
    return { guards, name, write };
  }
  const property = propertyOf(operation.propertyNames, field);
  const writeValue = compileRootValue(graph, operation, field);
  return { guards, name, write: (out, { root, isActive }) => writeValue(out, root[property], isActive) };
}

function compileRootValue({ schema }: Graph, operation: Operation, field: ResponseField): WriteValue {
  if (field.name === '__typename') return (out) => out.string('Query');
  const type = schema.getQueryType()?.getFields()[field.name]?.type;
  if (!type) throw new TypeError('a validated operation selects fields that exist');
  return compileValue({ schema, operation }, type, field.selections);
}

/** Conditions are the same for every object of a request. */
function rememberActive(isActive: IsActive): IsActive {
  const known = new Map<ResponseField['guards'], boolean>();
  return (guards) => {
    let active = known.get(guards);
    if (active === undefined) {
      active = isAlways(guards) || isActive(guards);
      known.set(guards, active);
    }
    return active;
  };
}

function compileHub(
  schema: GraphQLSchema,
  operation: Operation,
  isHubField: (name: string) => boolean,
): CompiledAnswer['resolveHub'] {
  const document = keepRoots(operation, isHubField);
  return async (contextValue, variableValues) =>
    execute({ schema, document, contextValue, variableValues, operationName: operation.name ?? null });
}

/** The operation without the fields of `Query` that are planned. It was validated before. */
function keepRoots({ definition, fragments }: Operation, isKept: (name: string) => boolean): DocumentNode {
  const keep = (set: SelectionSetNode): SelectionSetNode => ({
    ...set,
    selections: set.selections.flatMap((node): SelectionNode[] => {
      if (node.kind === Kind.FIELD) return isKept(node.name.value) ? [node] : [];
      return node.kind === Kind.INLINE_FRAGMENT
        ? [{ ...node, selectionSet: keep(node.selectionSet) }]
        : [node];
    }),
  });
  const kept = [...fragments.values()].map((fragment) =>
    fragment.typeCondition.name.value === 'Query'
      ? { ...fragment, selectionSet: keep(fragment.selectionSet) }
      : fragment,
  );
  return {
    kind: Kind.DOCUMENT,
    definitions: [{ ...definition, selectionSet: keep(definition.selectionSet) }, ...kept],
  };
}
