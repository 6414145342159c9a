import type { ResidentIdentifier } from './identifier.ts';
import { toHalfWidth } from './width.ts';

/** By what the hub knows one of the things that departments share (共享对象): a resident, a household, a dwelling … Canonical. */
export type EntityKey = ResidentIdentifier | PlaceKey;

export interface PlaceKey {
  readonly type: PlaceType;
  readonly value: string;
}

export type PlaceType = 'HOUSEHOLD' | 'DWELLING' | 'BUILDING' | 'GRID';

/** Shared entities other than residents, as `schema/core/places.graphql` names them. */
const placeTypes: Readonly<Record<string, PlaceType>> = {
  Household: 'HOUSEHOLD',
  Dwelling: 'DWELLING',
  Building: 'BUILDING',
  Grid: 'GRID',
};

export function placeTypeOf(entity: string): PlaceType | undefined {
  return Object.hasOwn(placeTypes, entity) ? placeTypes[entity] : undefined;
}

const knownPlaceTypes: ReadonlySet<string> = new Set(Object.values(placeTypes));

export function isResidentKey(key: EntityKey): key is ResidentIdentifier {
  return !knownPlaceTypes.has(key.type);
}

/** Numbers and codes as registers print them: no blanks, nothing that could be markup or a path. */
const codeForm = /^[\p{L}\p{N}][\p{L}\p{N}_-]{0,63}$/u;

/** Brings a number or code into canonical form: without blanks around it, half width. Undefined if it can be none. Accepts hostile text. */
export function parsePlaceKey(entity: string, text: string): PlaceKey | undefined {
  const type = placeTypeOf(entity);
  if (type === undefined || text.length > 128) return undefined;
  const value = toHalfWidth(text).trim();
  return codeForm.test(value) ? { type, value } : undefined;
}
