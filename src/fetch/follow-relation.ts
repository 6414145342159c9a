import { type BoundRelation, entityKeyText } from '../plan/bound-plan.ts';
import { mappingFor } from '../plan/plan.ts';
import { type EntityKey, isResidentKey, parsePlaceKey } from '../resident/entity-key.ts';
import { parseIdentifier, type ResidentIdentifier } from '../resident/identifier.ts';
import { type Admission, admitEntities } from './admit-entities.ts';
import { decoderOf } from './decode-value.ts';
import { type Level, openLevel, type Way } from './level.ts';
import type { Failure, FetchedRow, StepContext, StepRows } from './step-state.ts';

export interface FollowOptions {
  readonly context: StepContext;
  readonly conceal: (key: EntityKey) => string;
  /** Hears how many entities a relation leads to, and of how many fields of the answer, before anything is read of them; may throw. */
  readonly onReached: (found: { readonly entities: number; readonly fields: number }) => void;
  /** Hears of every resident of whom something is going to be asked, before it is. */
  readonly onResidents: (residents: readonly ResidentIdentifier[]) => void;
  readonly onTruncated: (coordinate: string) => void;
}

/** To whom each parent leads, by position in `keys`; undefined where that could not be read. */
interface Reached {
  readonly keys: EntityKey[];
  readonly byParent: (readonly number[] | undefined)[];
  readonly failures: Map<number, Failure>;
}

/**
 * From the entities of one level to those of the next: one read for all parents (or none, where the key lies in a row that is read
 * anyway), then the entry's. Whoever does not pass is not there: not listed, not counted, not asked about. What is returned opens the next
 * level.
 */
export async function followRelation(
  level: Level,
  bound: BoundRelation,
  options: FollowOptions,
): Promise<() => Way> {
  const { relation, entry } = bound;
  const nobody: Reached = { keys: [], byParent: [], failures: new Map() };
  if (entry?.rules.includes('NEVER')) return () => openWay(level, bound, nobody, options);
  const result = await level.runner.run(relation.step);
  const reached = reachEntities(level, bound, result, options);
  options.onReached({ entities: reached.keys.length, fields: 0 });
  if (entry) noteResidents(reached.keys, options);
  const admission = entry && (await admitEntities(entry, reached.keys, options.context));
  const shown = showFirst(bound, keepAdmitted(reached, admission), options);
  if (!entry) noteResidents(shown.keys, options);
  return () => openWay(level, bound, shown, options);
}

function openWay(
  { counts }: Level,
  { child }: BoundRelation,
  { keys, byParent, failures }: Reached,
  options: FollowOptions,
): Way {
  const children = byParent.map((some) => some ?? []);
  const shown = new Array<number>(keys.length).fill(0);
  for (const [parent, some] of children.entries()) {
    for (const position of some) shown[position] = (shown[position] ?? 0) + (counts[parent] ?? 0);
  }
  const fields = child.selection.answerSize * shown.reduce((sum, count) => sum + count, 0);
  options.onReached({ entities: 0, fields });
  return { children, failures, level: openLevel(child, { keys, counts: shown }, options.context) };
}

function noteResidents(keys: readonly EntityKey[], options: FollowOptions): void {
  options.onResidents(keys.filter(isResidentKey));
}

function reachEntities(
  level: Level,
  bound: BoundRelation,
  result: StepRows,
  options: FollowOptions,
): Reached {
  const positions = new Map<string, number>();
  const keys: EntityKey[] = [];
  const positionOf = (key: EntityKey): number => {
    const text = entityKeyText(key);
    const known = positions.get(text) ?? keys.push(key) - 1;
    positions.set(text, known);
    return known;
  };
  const keyOf = createKeyReader(bound, options.context);
  const byParent = Array.from(level.keys, (_, parent) => {
    if (result.failures.has(parent)) return undefined;
    const rows = result.rows[parent] ?? [];
    if (rows.length > bound.relation.maxRows) options.onTruncated(bound.relation.coordinate);
    const found = rows.slice(0, bound.relation.maxRows).flatMap((row) => keyOf(row) ?? []);
    return [...new Set(found.map(positionOf))];
  });
  return { keys, byParent, failures: new Map(result.failures) };
}

/** The key in canonical form, whatever the form in which the column holds it. One that is none leads nowhere and is counted. */
function createKeyReader(
  { relation }: BoundRelation,
  { today, notes }: StepContext,
): (row: FetchedRow) => EntityKey | undefined {
  const { reference, child } = relation;
  return ({ source, values }) => {
    const mapping = mappingFor(reference, source);
    const text = mapping ? decoderOf(reference, mapping, today)(values[relation.column], notes) : null;
    if (text === null) return undefined;
    const key = parseKey(child.entity, String(text));
    if (!key) notes.note('invalidValue');
    return key;
  };
}

function parseKey(entity: string, value: string): EntityKey | undefined {
  return entity === 'Resident'
    ? parseIdentifier({ type: 'CITIZEN_ID', value })
    : parsePlaceKey(entity, value);
}

/** A gate that could not be read hides who else is there, so the whole list is unknown. */
function keepAdmitted(reached: Reached, admission: Admission | undefined): Reached {
  if (!admission) return reached;
  const failures = new Map(reached.failures);
  const byParent = reached.byParent.map((children, parent) => {
    if (children?.some((child) => admission.unchecked.has(child))) {
      failures.set(parent, 'ACCESS_UNCHECKED');
      return undefined;
    }
    return children?.filter((child) => admission.admitted.has(child));
  });
  return { ...reached, byParent, failures };
}

/** Cuts each list to `first`, in the order of the contract, or in one that tells nothing; then forgets whom nobody shows. */
function showFirst({ relation, first }: BoundRelation, reached: Reached, options: FollowOptions): Reached {
  const rank = relation.isOrdered ? undefined : rankByReference(reached.keys, options);
  const limit = first ?? relation.maxRows;
  const keys: EntityKey[] = [];
  const moved = new Map<number, number>();
  const move = (old: number): number => {
    const known = moved.get(old);
    if (known !== undefined) return known;
    const key = reached.keys[old];
    if (!key) throw new TypeError(`no related entity at position ${old}`);
    moved.set(old, keys.push(key) - 1);
    return keys.length - 1;
  };
  const byParent = reached.byParent.map((children) => {
    const sorted = rank ? children?.toSorted((a, b) => (rank[a] ?? 0) - (rank[b] ?? 0)) : children;
    return sorted?.slice(0, limit).map(move);
  });
  return { keys, byParent, failures: reached.failures };
}

/** By the opaque reference: the order of a register may tell an age or an address, this one tells nothing. */
function rankByReference(keys: readonly EntityKey[], { conceal }: FollowOptions): readonly number[] {
  const references = keys.map((key, position) => ({ reference: conceal(key), position }));
  const sorted = references.toSorted((a, b) => (a.reference < b.reference ? -1 : 1));
  const rank = new Array<number>(keys.length);
  for (const [index, { position }] of sorted.entries()) rank[position] = index;
  return rank;
}
