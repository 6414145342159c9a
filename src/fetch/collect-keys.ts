import type { Connect, KeyPart } from '../contract/graph.ts';
import { decodeAttribute, type StepState } from './step-state.ts';

/** Distinct keys, and who asks by each. */
export interface CollectedKeys {
  readonly keys: readonly (readonly string[])[];
  readonly askers: readonly (readonly number[])[];
}

/** Of all entities, whether or not they pass a gate. One without a key is not in it: of whom this source holds nothing. */
export function collectKeys(state: StepState, connect: Connect): CollectedKeys {
  const keys: (readonly string[])[] = [];
  const askers: number[][] = [];
  // Identifiers are distinct already; keys that come from another record (a household number) are not.
  const seen = connect.key.some(({ from }) => from.kind === 'field') ? new Map<string, number>() : undefined;
  for (const entity of state.entities.keys()) {
    if (!isRouted(state, connect, entity)) continue;
    const key = keyOf(state, connect.key, entity);
    if (!key) continue;
    const text = seen && JSON.stringify(key);
    const known = text === undefined ? undefined : seen?.get(text);
    if (known !== undefined) {
      askers[known]?.push(entity);
      continue;
    }
    if (text !== undefined) seen?.set(text, keys.length);
    keys.push(key);
    askers.push([entity]);
  }
  return { keys, askers };
}

function isRouted(state: StepState, connect: Connect, entity: number): boolean {
  if (!connect.route) return true;
  const value = hiddenValue(state, connect.route.via, entity);
  return value !== undefined && connect.route.prefixes.some((prefix) => value.startsWith(prefix));
}

function keyOf(state: StepState, parts: readonly KeyPart[], entity: number): string[] | undefined {
  const key: string[] = [];
  for (const part of parts) {
    const value = originValue(state, part, entity);
    const stored = value !== undefined && part.codes ? storedCode(part.codes, value) : value;
    if (stored === undefined) return undefined;
    key.push(stored);
  }
  return key;
}

function originValue(state: StepState, part: KeyPart, entity: number): string | undefined {
  const identifier = state.entities[entity];
  switch (part.from.kind) {
    case 'citizenId':
      return identifier?.type === 'CITIZEN_ID' ? identifier.value : undefined;
    case 'identifierType':
      return identifier?.type;
    case 'identifierValue':
    case 'entityKey':
      return identifier?.value;
    default:
      return hiddenValue(state, part.from.coordinate, entity);
  }
}

/** The value of a hidden column of another record, as text. A record that could not be read fails its entity here. */
function hiddenValue(state: StepState, attribute: string, entity: number): string | undefined {
  const ref = state.bound.step.attributes.get(attribute);
  const needed = ref && state.needed.get(ref.step);
  const failure = needed?.failures.get(entity);
  if (failure && !state.failures.has(entity)) state.failures.set(entity, failure);
  const row = needed?.rows[entity]?.[0];
  const value = ref && row ? decodeAttribute(state, ref, row.source, row.values) : undefined;
  return value === undefined || value === null ? undefined : String(value);
}

function storedCode(codes: Readonly<Record<string, string>>, value: string): string | undefined {
  return Object.hasOwn(codes, value) ? codes[value] : undefined;
}
