import { SourceFailure } from '../source-failure.ts';

/** A selection set as a tree: an empty one is a leaf. */
type Selection = Map<string, Selection>;

const fieldName = /^[_A-Za-z][_0-9A-Za-z]*$/;

/**
 * The selection set of dot paths, and nothing else: `a`, `b.c` and `parties[].name` become `{ a b { c } parties { name } }`. Throws `SourceFailure` for
 * paths that are no fields, and for a field that is asked both as a leaf and as an object.
 */
export function printSelection(paths: readonly string[]): string {
  const root: Selection = new Map();
  for (const path of paths) addPath(root, path.replaceAll('[]', '').split('.'));
  return print(root);
}

function addPath(selection: Selection, names: readonly string[]): void {
  let level = selection;
  for (const [position, name] of names.entries()) {
    checkName(name);
    const known = level.get(name);
    const isLeaf = position === names.length - 1;
    if (known && (known.size === 0) !== isLeaf)
      throw new SourceFailure('fault', 'mapping asks a field both as value and as object');
    const next: Selection = known ?? new Map();
    level.set(name, next);
    level = next;
  }
}

function print(selection: Selection): string {
  const fields = [...selection].map(([name, inner]) => (inner.size === 0 ? name : `${name} ${print(inner)}`));
  return `{ ${fields.join(' ')} }`;
}

/** Names come from a contract file and become text of a document, so they are checked here again. */
export function checkName(name: string): string {
  if (!fieldName.test(name) || name.startsWith('__'))
    throw new SourceFailure('fault', 'mapping names an impossible field');
  return name;
}
