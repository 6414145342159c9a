/** Line and column of a text, both from 1; columns count UTF-16 units, as editors mostly do. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

/**
 * Where a text stops being JSON (RFC 8259); `undefined` for valid JSON. JSON.parse knows, but its message repeats a piece of the text, and in
 * some versions says no position. Runs in linear time and without recursion: the text is untrusted.
 */
export function findJsonError(text: string): TextPosition | undefined {
  if (isJson(text)) return undefined;
  const before = text.slice(0, findErrorOffset(text));
  return { line: before.split('\n').length, column: before.length - before.lastIndexOf('\n') };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const space = /[ \t\n\r]*/y;
const mark = /[{}[\],:]/y;
const scalar = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-])/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what JSON text may not hold
const string = /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*"/y;

/** What may come next: a value, a name, or one of the marks. */
type Expected = readonly ('value' | 'name' | ':' | ',' | '}' | ']')[];

function findErrorOffset(text: string): number {
  const open: ('}' | ']')[] = [];
  let expected: Expected = ['value'];
  for (let at = 0; ; ) {
    at += match(space, text, at).length;
    const token = match(mark, text, at) || match(scalar, text, at) || match(string, text, at);
    const next = token === '' ? undefined : step(token, expected, open);
    if (!next) return at;
    expected = next;
    at += token.length;
  }
}

function match(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
}

/** What may follow the token; `undefined` where it may not stand. */
function step(token: string, expected: Expected, open: ('}' | ']')[]): Expected | undefined {
  const isExpected = (one: Expected[number]) => expected.includes(one);
  if (token === '{' || token === '[') {
    if (!isExpected('value')) return undefined;
    open.push(token === '{' ? '}' : ']');
    return token === '{' ? ['name', '}'] : ['value', ']'];
  }
  if (token === '}' || token === ']') {
    if (!isExpected(token)) return undefined;
    open.pop();
    return afterValue(open);
  }
  if (token === ':') return isExpected(':') ? ['value'] : undefined;
  if (token === ',') {
    if (!isExpected(',')) return undefined;
    return open.at(-1) === '}' ? ['name'] : ['value'];
  }
  if (token.startsWith('"') && isExpected('name')) return [':'];
  return isExpected('value') ? afterValue(open) : undefined;
}

function afterValue(open: readonly ('}' | ']')[]): Expected {
  const closing = open.at(-1);
  return closing ? [',', closing] : [];
}
