import { SourceFailure } from '../source-failure.ts';

/** Smaller answers cost little whatever is in them. */
const minBytes = 262_144;
/** Far beyond what an answer about people has; each level and each part costs the parser more than its bytes tell. */
const maxDepth = 100;
const maxParts = 200_000;

const [quote, backslash, openBrace, openBracket, closeBrace, closeBracket] = Buffer.from('"\\{[}]');

/** Throws `SourceFailure` for JSON that is deep, or of so many objects and lists that to parse it would hold the hub up. */
export function checkNesting(json: Buffer): void {
  if (json.length < minBytes) return;
  let depth = 0;
  let parts = 0;
  for (let position = 0; position < json.length; position++) {
    const byte = json[position];
    if (byte === quote) position = endOfString(json, position);
    else if (byte === openBrace || byte === openBracket) {
      depth++;
      parts++;
      if (depth > maxDepth) throw new SourceFailure('fault', 'answer is nested too deeply');
      if (parts > maxParts) throw new SourceFailure('fault', 'answer has too many parts');
    } else if (byte === closeBrace || byte === closeBracket) depth--;
  }
}

/** Position of the closing quote. */
function endOfString(json: Buffer, start: number): number {
  let position = start + 1;
  while (position < json.length && json[position] !== quote) position += json[position] === backslash ? 2 : 1;
  return position;
}
