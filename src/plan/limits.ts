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
  /** Fragment definitions and spreads, each: validation compares fragments pair by pair. */
  readonly maxFragments: number;
  /** Field selections after fragments are expanded. */
  readonly maxSelections: number;
  /** Reads of departments for one request, before they are joined. */
  readonly maxReads: number;
  /**
   * Columns times rows over all reads, or fields of the answer, whichever is more; times residents. A list counts as many rows as are
   * asked of it, else 20.
   */
  readonly maxCost: number;
  readonly maxIdentifiers: number;
  /** Relations followed one behind the other. */
  readonly maxRelations: number;
  /** Entities to which the relations of one request may lead, each path by itself. */
  readonly maxReached: number;
  /** Conditions in the `where` of one search, `and` and `or` included. */
  readonly maxFilterTerms: number;
  /** Values in all lists (`in`) of one search. */
  readonly maxFilterValues: number;
}

export const defaultLimits: OperationLimits = Object.freeze({
  maxDocumentLength: 100_000,
  maxTokens: 4_000,
  maxDepth: 24,
  maxAliases: 100,
  maxRootFields: 20,
  maxDirectives: 100,
  maxFragments: 50,
  maxSelections: 1_000,
  maxReads: 60,
  maxCost: 400_000,
  maxIdentifiers: 1_000,
  maxRelations: 5,
  maxReached: 3_000,
  maxFilterTerms: 50,
  maxFilterValues: 200,
});
