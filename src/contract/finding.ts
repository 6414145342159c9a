import { type ASTNode, Kind } from 'graphql';

/** What a check found wrong, and where. Which file and line that is follows from the node. */
export interface Finding {
  readonly node: ASTNode;
  readonly message: string;
}

/** The file that a node was parsed from. */
export function fileOf(node: ASTNode): string {
  return node.loc?.source.name ?? '';
}

/** 1-based line on which a node begins: of a definition its name, not its description. */
export function lineOf(node: ASTNode): number {
  const hasDescription = 'description' in node && 'name' in node && node.name !== undefined;
  const start = hasDescription && node.name?.kind === Kind.NAME ? node.name : node;
  return start.loc?.startToken.line ?? 0;
}
