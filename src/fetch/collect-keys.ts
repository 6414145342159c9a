import type { Connect, KeyPart } from '../contract/graph.ts';
import type { EntityKey } from '../resident/entity-key.ts';
import { type CollectedKeys, decodeAttribute, type StepState } from './step-state.ts';

/** Of all entities, whether or not they pass a gate. One without a key is not in it: of whom this source holds nothing. */
export function collectKeys(state: StepState, connect: Connect): CollectedKeys {
  const [part] = connect.key;
  const isOwn = connect.key.length === 1 && !connect.route && part?.from.kind !== 'field' && !part?.codes;
  const own = part && isOwn ? ownKeys(state, part) : undefined;
  return own ?? gatherKeys(state, connect);
}

/**
 * Each entity by its own identifier, in their order; undefined where one of them has none of this kind. What several departments are asked
 * by is one list.
 */
function ownKeys({ entities, ownKeys }: StepState, { from }: KeyPart): CollectedKeys | undefined {
  if (ownKeys.has(from.kind)) return ownKeys.get(from.kind);
  const made = listOwnKeys(entities, from.kind);
  ownKeys.set(from.kind, made);
  return made;
}

function listOwnKeys(
  entities: readonly EntityKey[],
  kind: KeyPart['from']['kind'],
): CollectedKeys | undefined {
  if (kind === 'identifierType' || kind === 'field') return undefined;
  const values: string[] = [];
  let isWhole = true;
  for (const entity of entities) {
    isWhole &&= kind !== 'citizenId' || entity.type === 'CITIZEN_ID';
    values.push(entity.value);
  }
  return isWhole ? { keys: [values], count: values.length, askers: undefined } : undefined;
}

function gatherKeys(state: StepState, connect: Connect): CollectedKeys {
  const keys: string[][] = connect.key.map(() => []);
  const askers: number[][] = [];
  const seen = new Map<string, number>();
  for (const entity of state.entities.keys()) {
    const key = isRouted(state, connect, entity) ? keyOf(state, connect.key, entity) : undefined;
    if (!key) continue;
    const text = JSON.stringify(key);
    const known = seen.get(text);
    if (known !== undefined) {
      askers[known]?.push(entity);
      continue;
    }
    seen.set(text, askers.length);
    askers.push([entity]);
    for (const [column, value] of key.entries()) keys[column]?.push(value);
  }
  return { keys, count: askers.length, askers };
}

/** Those keys by which somebody asks who passed, and who of them. */
export function keepPassing(known: CollectedKeys, isPassing: (entity: number) => boolean): CollectedKeys {
  const askers: (readonly number[])[] = [];
  const kept: number[] = [];
  for (let key = 0; key < known.count; key++) {
    const passing = (known.askers?.[key] ?? [key]).filter(isPassing);
    if (passing.length === 0) continue;
    askers.push(passing);
    kept.push(key);
  }
  return {
    keys: known.keys.map((values) => kept.map((key) => values[key] ?? '')),
    count: kept.length,
    askers,
  };
}

/**
 * Everybody of whom the source could hold a record, as far as may be told: whether another record leads to a key of theirs, and where it
 * lies, may not. Of several routed sources, those are left out whom another one serves.
 */
export function findCandidates(state: StepState, connect: Connect, known: CollectedKeys): readonly number[] {
  const isHidden = connect.route !== undefined || connect.key.some(({ from }) => from.kind === 'field');
  if (!isHidden) return known.askers ? known.askers.flat() : [...new Array<undefined>(known.count).keys()];
  const others = state.bound.step.connect.connects.filter((other) => other !== connect && other.route);
  return [...state.entities.keys()].filter(
    (entity) =>
      connect.key.every((part) => couldHave(state, part, entity)) &&
      !others.some((other) => isRouted(state, other, entity)),
  );
}

function couldHave(state: StepState, part: KeyPart, entity: number): boolean {
  return part.from.kind === 'field' || keyOf(state, [part], entity) !== undefined;
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
