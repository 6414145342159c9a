/** Bounds on one operation. Defaults and reasons: `docs/limits.md`. */
export interface OperationLimits {
  /** Characters of the document. */
  readonly maxDocumentLength: number;
  /** Lexical tokens, counted by the parser as it goes. */
  readonly maxTokens: number;
  /** Nesting of `{`, `(` and `[` together, counted before anything is parsed. */
  readonly maxDepth: number;
  readonly maxAliases: number;
  readonly maxRootFields: number;
  readonly maxDirectives: number;
  /** Field selections after fragments are expanded. */
  readonly maxSelections: number;
  /** Selections below entities times residents asked for. */
  readonly maxCost: number;
  readonly maxIdentifiers: number;
}

export const defaultLimits: OperationLimits = Object.freeze({
  maxDocumentLength: 100_000,
  maxTokens: 4_000,
  maxDepth: 24,
  maxAliases: 100,
  maxRootFields: 20,
  maxDirectives: 100,
  maxSelections: 1_000,
  maxCost: 200_000,
  maxIdentifiers: 1_000,
});
