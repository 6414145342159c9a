import { type FragmentDefinitionNode, Kind, type SelectionSetNode } from 'graphql';

/** How many fields a selection comes to when every fragment is written out. */
export interface SelectionCounter {
  /** At all depths. */
  all(set: SelectionSetNode): number;
  /** Of the selection itself, not below its fields. */
  top(set: SelectionSetNode): number;
}

/**
 * Linear in the document, however often fragments are spread: each is counted once and multiplied. Fragments need not be
 * validated yet: one that contains itself counts once, one that is nowhere defined counts nothing.
 */
export function createSelectionCounter(
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): SelectionCounter {
  return { all: createCount(fragments, { isDeep: true }), top: createCount(fragments, { isDeep: false }) };
}

function createCount(
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  options: { isDeep: boolean },
): (set: SelectionSetNode) => number {
  const counts = new Map<string, number>();
  const count = (set: SelectionSetNode): number => {
    let fields = 0;
    for (const selection of set.selections) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) fields += countFragment(selection.name.value);
      else if (selection.kind === Kind.INLINE_FRAGMENT) fields += count(selection.selectionSet);
      else fields += 1 + (selection.selectionSet && options.isDeep ? count(selection.selectionSet) : 0);
    }
    return fields;
  };
  const countFragment = (name: string): number => {
    const known = counts.get(name);
    if (known !== undefined) return known;
    // Where a fragment contains itself, this is what the inner one counts.
    counts.set(name, 0);
    const fragment = fragments.get(name);
    const fields = fragment ? count(fragment.selectionSet) : 0;
    counts.set(name, fields);
    return fields;
  };
  return count;
}
