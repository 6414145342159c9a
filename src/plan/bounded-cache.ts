/** Keeps at most `size` values of `maxWeight` together; the one least recently used goes first. Not shared between processes. */
export interface BoundedCache<T> {
  get(key: string): T | undefined;
  /** A value that alone is heavier than all may be is not kept. */
  set(key: string, value: T, weight?: number): void;
  readonly size: number;
}

export function createBoundedCache<T>(size: number, maxWeight = Number.POSITIVE_INFINITY): BoundedCache<T> {
  // A Map iterates in order of insertion, so re-inserting on use makes its first key the oldest.
  const entries = new Map<string, { readonly value: T; readonly weight: number }>();
  let newest: string | undefined;
  let total = 0;
  const drop = (key: string) => {
    total -= entries.get(key)?.weight ?? 0;
    entries.delete(key);
  };
  return {
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      if (key !== newest) {
        entries.delete(key);
        entries.set(key, entry);
        newest = key;
      }
      return entry.value;
    },
    set(key, value, weight = 0) {
      drop(key);
      if (weight > maxWeight) return;
      for (const oldest of entries.keys()) {
        if (entries.size < size && total + weight <= maxWeight) break;
        drop(oldest);
      }
      entries.set(key, { value, weight });
      newest = key;
      total += weight;
    },
    get size() {
      return entries.size;
    },
  };
}
