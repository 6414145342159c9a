/** Are there objects or lists in one another, more than `depth` of them? Of a value that JSON can hold; looks no deeper than that. */
export function isDeeperThan(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (depth === 0) return true;
  // Without a list of its own for each object: a body has room for a thousand identifiers.
  for (const name in value) if (isDeeperThan(Reflect.get(value, name), depth - 1)) return true;
  return false;
}
