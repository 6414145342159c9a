import { type EntityKey, isResidentKey, parsePlaceKey, placeTypeOf } from '../resident/entity-key.ts';
import type { EntityRoot } from './plan.ts';

/**
 * The key in a representation (Apollo Federation, `_Any`): `__typename` and the fields of one key of that type, whatever else a gateway sends
 * along. Undefined for what names nothing of the root's type that this client may name. `item` is attacker-controlled.
 */
export function bindRepresentation(
  item: unknown,
  { entity, keyName, publicKeyName }: Pick<EntityRoot, 'entity' | 'keyName' | 'publicKeyName'>,
  reveal: (reference: string) => EntityKey | undefined,
): EntityKey | undefined {
  if (!isOfType(item, entity)) return undefined;
  // What has a public key has no reference.
  const id = publicKeyName === undefined ? ownText(item, 'id') : undefined;
  if (id !== undefined) return keyOfType(entity, reveal(id));
  const value = keyName === undefined ? undefined : ownText(item, keyName);
  return value === undefined ? undefined : parsePlaceKey(entity, value);
}

function keyOfType(entity: string, key: EntityKey | undefined): EntityKey | undefined {
  if (!key) return undefined;
  return entity === 'Resident'
    ? isResidentKey(key)
      ? key
      : undefined
    : key.type === placeTypeOf(entity)
      ? key
      : undefined;
}

export function isOfType(item: unknown, entity: string): item is object {
  return typeof item === 'object' && item !== null && ownText(item, '__typename') === entity;
}

/** Own members alone: an object of JSON inherits a few that nobody sent. */
function ownText(item: object, name: string): string | undefined {
  const value: unknown = Object.getOwnPropertyDescriptor(item, name)?.value;
  return typeof value === 'string' ? value : undefined;
}
