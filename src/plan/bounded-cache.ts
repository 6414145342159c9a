/** Keeps at most `size` values; the one least recently used goes first. Not shared between processes. */
export interface BoundedCache<T> {
  get(key: string): T | undefined;
  set(key: string, value: T): void;
  readonly size: number;
}

export function createBoundedCache<T>(size: number): BoundedCache<T> {
  // A Map iterates in order of insertion, so re-inserting on use makes its first key the oldest.
  const values = new Map<string, T>();
  return {
    get(key) {
      const value = values.get(key);
      if (value === undefined) return undefined;
      values.delete(key);
      values.set(key, value);
      return value;
    },
    set(key, value) {
      values.delete(key);
      if (values.size >= size) {
        const oldest = values.keys().next();
        if (!oldest.done) values.delete(oldest.value);
      }
      values.set(key, value);
    },
    get size() {
      return values.size;
    },
  };
}
