const tokens = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g;

/**
 * Names that occur twice in one object of a valid JSON text. JSON.parse keeps the last of them silently: a reader would
 * see one `"operation": "readMasked"`, the hub another `"operation": "read"`. `text` must have passed JSON.parse.
 */
export function findDuplicateMembers(text: string): readonly string[] {
  const duplicates: string[] = [];
  /** One set of names per open object, null per open list. */
  const open: (Set<string> | null)[] = [];
  let lastText: string | undefined;
  for (const [token] of text.matchAll(tokens)) {
    if (token === '{') open.push(new Set());
    else if (token === '[') open.push(null);
    else if (token === '}' || token === ']') open.pop();
    else if (token === ':' && lastText !== undefined) addName(open.at(-1), JSON.parse(lastText), duplicates);
    lastText = token.startsWith('"') ? token : undefined;
  }
  return duplicates;
}

function addName(names: Set<string> | null | undefined, name: string, duplicates: string[]): void {
  if (names?.has(name)) duplicates.push(name);
  names?.add(name);
}
