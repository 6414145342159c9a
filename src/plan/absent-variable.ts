import { Kind, type ValueNode } from 'graphql';

/**
 * The name of a variable inside an input value that the request did not give. GraphQL leaves the member out then, which is right for an
 * option and wrong for a condition. A value that is a variable as a whole is an argument that was left out, and no concern of this.
 */
export function absentVariable(
  node: ValueNode,
  variables: Readonly<Record<string, unknown>>,
): string | undefined {
  for (const inner of partsOf(node)) {
    const name = inner.kind === Kind.VARIABLE ? inner.name.value : undefined;
    if (name !== undefined && variables[name] === undefined) return name;
    const absent = absentVariable(inner, variables);
    if (absent !== undefined) return absent;
  }
  return undefined;
}

function partsOf(node: ValueNode): readonly ValueNode[] {
  if (node.kind === Kind.LIST) return node.values;
  return node.kind === Kind.OBJECT ? node.fields.map(({ value }) => value) : [];
}
