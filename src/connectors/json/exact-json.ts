/**
 * Numbers of JSON (RFC 8259 §6) beyond what a double holds exactly. `JSON.parse` rounds them, silently: an identity number that a source
 * writes as a number becomes another person's.
 */

/** Whether the number is certainly the one that was written, as far as integers go. */
export function isHeld(number: number): boolean {
  return Math.abs(number) <= Number.MAX_SAFE_INTEGER;
}

/**
 * As `JSON.parse`, but numbers that a double does not hold are given as the text that was written. The text must be JSON: only there is
 * everything outside of strings that looks like a number one.
 */
export function parseExactJson(json: string): unknown {
  return JSON.parse(quoteLongNumbers(json));
}

/** `1e400` is the shortest kind. */
const longNumber = /-?\d[\d.eE+-]{3,}/g;

function quoteLongNumbers(json: string): string {
  const parts: string[] = [];
  let start = 0;
  while (start < json.length) {
    const quote = json.indexOf('"', start);
    const end = quote < 0 ? json.length : quote;
    parts.push(json.slice(start, end).replace(longNumber, quoteUnheld));
    if (quote < 0) break;
    start = endOfString(json, quote);
    parts.push(json.slice(quote, start));
  }
  return parts.join('');
}

function quoteUnheld(number: string): string {
  return isHeld(Number(number)) ? number : `"${number}"`;
}

/** Behind the closing quote of the string that begins here. */
function endOfString(json: string, quote: number): number {
  let position = quote + 1;
  while (position < json.length && json[position] !== '"') position += json[position] === '\\' ? 2 : 1;
  return position + 1;
}
