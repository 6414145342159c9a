const tokens = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/** A list or an object that is open; `name` is of the member whose value is next. */
interface Open {
  readonly path: string;
  readonly isList: boolean;
  index: number;
  name: string | undefined;
}

/**
 * The line, from 1, where the value at `path` (`$[0].grants[1].fields`) begins in a valid JSON text; undefined if there is none. `text`
 * must have passed JSON.parse.
 */
export function lineOfPath(text: string, path: string): number | undefined {
  const open: Open[] = [];
  for (const { 0: token, index } of text.matchAll(tokens)) {
    const top = open.at(-1);
    if (token === '}' || token === ']') open.pop();
    else if (token === ',' && top) endMember(top);
    else if (token !== ':') {
      if (top && !top.isList && top.name === undefined) {
        top.name = String(JSON.parse(token));
        continue;
      }
      const here = placeOf(top);
      if (here === path) return text.slice(0, index).split('\n').length;
      const isList = token === '[';
      if (isList || token === '{') open.push({ path: here, isList, index: 0, name: undefined });
    }
  }
  return undefined;
}

function endMember(open: Open): void {
  open.index += 1;
  open.name = undefined;
}

function placeOf(open: Open | undefined): string {
  if (!open) return '$';
  return open.isList ? `${open.path}[${open.index}]` : `${open.path}.${open.name}`;
}
