/**
 * `compute`, computed once for each list that nobody can change any more: frozen, with frozen items of plain values. Other lists
 * are computed anew. Whoever drops the list drops what was computed.
 */
export function oncePerList<Item extends object, Result>(
  compute: (list: readonly Item[]) => Result,
): (list: readonly Item[]) => Result {
  const known = new WeakMap<readonly Item[], { readonly result: Result }>();
  return (list) => {
    const found = known.get(list);
    if (found) return found.result;
    const result = compute(list);
    if (Object.isFrozen(list) && list.every(Object.isFrozen)) known.set(list, { result });
    return result;
  };
}
