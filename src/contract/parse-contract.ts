import { type DocumentNode, GraphQLError, Lexer, parse, Source, TokenKind } from 'graphql';
import type { ContractFile, ContractProblem } from './graph.ts';
import { isReservedName, quote } from './names.ts';

export interface ParsedFile {
  readonly name: string;
  readonly document: DocumentNode;
}

/** A department's file is hostile input: these bound what parsing, comparing names and reporting can cost. */
export const fileLimits = { characters: 262_144, nesting: 32, nameLength: 64 } as const;

const openBrackets: ReadonlySet<string> = new Set([
  TokenKind.PAREN_L,
  TokenKind.BRACKET_L,
  TokenKind.BRACE_L,
]);
const closeBrackets: ReadonlySet<string> = new Set([
  TokenKind.PAREN_R,
  TokenKind.BRACKET_R,
  TokenKind.BRACE_R,
]);

/**
 * Parses one contract file. Never throws. A file beyond the limits or with a syntax error has problems and no
 * document; a reserved name is a problem of a document that is checked further.
 */
export function parseContractFile(file: ContractFile): {
  readonly parsed?: ParsedFile;
  readonly problems: readonly ContractProblem[];
} {
  if (file.text.length > fileLimits.characters) {
    const message = `文件过大: a contract file has at most ${fileLimits.characters} characters.`;
    return { problems: [{ file: file.name, line: 0, rule: 'limits', message }] };
  }
  try {
    const source = new Source(file.text, file.name || 'unnamed');
    const scan = scanTokens(source);
    if (scan.some(({ rule }) => rule === 'limits')) return { problems: scan };
    return { parsed: { name: file.name, document: parse(source) }, problems: scan };
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    const line = error.locations?.[0]?.line ?? 0;
    const message = `语法错误: ${error.message.slice(0, 200)}`;
    return { problems: [{ file: file.name, line, rule: 'syntax', message }] };
  }
}

/** Looks at the tokens alone, before the recursive parser sees them. */
function scanTokens(source: Source): ContractProblem[] {
  const problems: ContractProblem[] = [];
  const lexer = new Lexer(source);
  let depth = 0;
  for (let token = lexer.advance(); token.kind !== TokenKind.EOF; token = lexer.advance()) {
    const report = (rule: string, message: string) =>
      problems.push({ file: source.name, line: token.line, rule, message });
    if (openBrackets.has(token.kind)) depth += 1;
    if (closeBrackets.has(token.kind)) depth -= 1;
    if (depth > fileLimits.nesting) {
      report('limits', `嵌套过深: brackets nest at most ${fileLimits.nesting} levels deep.`);
      return problems;
    }
    if (token.kind !== TokenKind.NAME) continue;
    if (token.value.length > fileLimits.nameLength) {
      report('limits', `名称过长: a name has at most ${fileLimits.nameLength} characters.`);
      return problems;
    }
    if (isReservedName(token.value))
      report('reserved-name', `保留名称: ${quote(token.value)} cannot be a name.`);
  }
  return problems;
}
