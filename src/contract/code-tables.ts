import {
  type ASTNode,
  type DocumentNode,
  type EnumTypeDefinitionNode,
  type EnumTypeExtensionNode,
  Kind,
} from 'graphql';
import { type DirectiveReader, isValid, type Valid } from './read-directives.ts';

/** A table of stored codes, declared with `@codeTable`: a department's own, or a national one of the core. */
export interface CodeTable {
  readonly name: string;
  readonly applied: Valid<'codeTable'>;
  /** Stored code → the hub's value. */
  readonly codes: ReadonlyMap<string, string>;
}

export interface EnumDeclaration {
  readonly name: string;
  /** The department; '' for the hub's own. */
  readonly owner: string;
  readonly nodes: readonly (EnumTypeDefinitionNode | EnumTypeExtensionNode)[];
  readonly values: ReadonlySet<string>;
  /** `@code`: table → stored code → value. */
  readonly codes: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** A code that stands on two values of one table. */
  readonly repeatedCodes: readonly { readonly node: ASTNode; readonly code: string }[];
}

/** All code tables that the schema extensions of the documents declare, repeated names included. */
export function readCodeTables(documents: readonly DocumentNode[], read: DirectiveReader): CodeTable[] {
  return documents
    .flatMap(({ definitions }) => definitions)
    .filter((node) => node.kind === Kind.SCHEMA_EXTENSION || node.kind === Kind.SCHEMA_DEFINITION)
    .flatMap((node) => read(node, 'codeTable').filter(isValid))
    .map((applied) => ({
      name: applied.values.name,
      applied,
      codes: new Map(applied.values.codes.map(({ code, is }) => [code, is])),
    }));
}

/** One enum from its definition and extensions. */
export function readEnum(
  nodes: readonly (EnumTypeDefinitionNode | EnumTypeExtensionNode)[],
  owner: string,
  read: DirectiveReader,
): EnumDeclaration {
  const values = new Set<string>();
  const codes = new Map<string, Map<string, string>>();
  const repeatedCodes: { node: ASTNode; code: string }[] = [];
  for (const value of nodes.flatMap((node) => node.values ?? [])) {
    values.add(value.name.value);
    for (const { node, values: given } of read(value, 'code').filter(isValid)) {
      const table = codes.get(given.table) ?? new Map<string, string>();
      codes.set(given.table, table);
      for (const code of given.is) {
        if (table.has(code)) repeatedCodes.push({ node, code });
        table.set(code, value.name.value);
      }
    }
  }
  return { name: nodes[0]?.name.value ?? '', owner, nodes, values, codes, repeatedCodes };
}
