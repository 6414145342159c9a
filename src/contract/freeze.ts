/**
 * Freezes plain data through and through, maps included: nobody who holds the graph can change what others plan by.
 * Returns its argument. Other objects, such as a schema, are left alone.
 */
export function freezeDeep<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  if (value instanceof Map) return freezeMap(value);
  if (!isPlain(value)) return value;
  Object.freeze(value);
  for (const member of Object.values(value)) freezeDeep(member);
  return value;
}

/** A record keyed by names from a file: without a prototype, so that no name means anything but itself. */
export function createRecord<T>(entries: Iterable<readonly [string, T]>): Readonly<Record<string, T>> {
  // An object without a prototype has no members but those written here.
  const record = Object.create(null) as Record<string, T>;
  for (const [name, value] of entries) record[name] = value;
  return record;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Array.isArray(value);
}

function freezeMap<T extends Map<unknown, unknown>>(map: T): T {
  for (const member of map.values()) freezeDeep(member);
  const refuse = () => {
    throw new TypeError('The composed graph is frozen.');
  };
  for (const method of ['set', 'delete', 'clear']) Object.defineProperty(map, method, { value: refuse });
  return Object.freeze(map);
}
