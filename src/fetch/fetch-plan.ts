import type { Connector } from '../connectors/connector.ts';
import type { BoundPlan, BoundRoot, NamedEntities } from '../plan/bound-plan.ts';
import { checkReached } from '../plan/check-size.ts';
import type { Leaf } from '../plan/plan.ts';
import type { EntityKey } from '../resident/entity-key.ts';
import type { ResidentIdentifier } from '../resident/identifier.ts';
import { assembleLevel, type LevelParts } from './assemble-level.ts';
import { placeOf, type Shown } from './assembly.ts';
import type { DecodeNotes, Finding } from './decode-value.ts';
import { type Found, findResidents, type SealCursor, showFound } from './find-residents.ts';
import { type FollowOptions, followRelation } from './follow-relation.ts';
import { followAll, type Level, openLevel } from './level.ts';
import { createProblemNotes, type Problem, type ProblemNotes } from './problems.ts';
import { type BeginRead, createReadLoader, type ReadNote } from './read-loader.ts';
import { createRegisterReads, type RegisterDeadlines } from './read-register.ts';
import type { StepContext } from './step-state.ts';

export interface FetchOptions {
  readonly requestId: string;
  readonly connectors: ReadonlyMap<string, Connector>;
  /** Department name → its title, for the record section. */
  readonly departments: ReadonlyMap<string, string>;
  readonly signal: AbortSignal;
  readonly now: () => Date;
  /** Today in China Standard Time, YYYY-MM-DD. */
  readonly today: string;
  /** Hears of each read as soon as it ended, so that the record has it whatever happens afterwards. */
  readonly onRead: (note: ReadNote) => void;
  readonly beginRead: BeginRead;
  /** Hears of the residents to whom relations lead, before anything is asked about them. */
  readonly onResidents: (residents: readonly ResidentIdentifier[]) => void;
  /** The opaque reference of an entity for this client. */
  readonly conceal: (key: EntityKey) => string;
  readonly registerDeadlines: RegisterDeadlines;
  /** A cursor of this client and purpose. `context` is the search's. */
  readonly sealCursor: SealCursor;
  /**
   * The caller is not to know who exists: what is wrong with one person's rows is told to nobody but the operator, and a read that failed is told
   * whether or not another one found that person.
   */
  readonly hidesFaults?: boolean;
}

export interface Fetched {
  /** Root value for the executor: one property per planned root field. */
  readonly root: Shown;
  readonly problems: readonly Problem[];
  /** Faults of one person's values, where the caller is not to hear of them. */
  readonly hidden: readonly Problem[];
  readonly reads: readonly ReadNote[];
  /** Record types of which at least one could not be asked for, because a gate could not be read. */
  readonly unchecked: ReadonlySet<string>;
  /** Lists that hold more rows than may be shown. */
  readonly truncated: readonly string[];
  /** Stored data that could not be used as it stands, beyond what the connectors found: counts by kind. */
  readonly findings: Readonly<Record<string, number>>;
  /** Positions of malformed identifiers, by response path of the root. */
  readonly malformed: ReadonlyMap<string, readonly number[]>;
}

/**
 * Reads what the plan permits, level by level, and hands out masked plain objects. Never rejects for a source's sake: what could not be
 * read is null and told as a problem. Rejects with HubError OPERATION_LIMIT_EXCEEDED where relations lead to too many.
 */
export async function fetchPlan(bound: BoundPlan, options: FetchOptions): Promise<Fetched> {
  const reads: ReadNote[] = [];
  const findings: Record<string, number> = {};
  const notes = {
    note: (kind: Finding) => {
      findings[kind] = (findings[kind] ?? 0) + 1;
    },
  };
  const onRead = (note: ReadNote) => {
    reads.push(note);
    options.onRead(note);
  };
  const truncated = new Set<string>();
  const unchecked = new Set<string>();
  const problems = createProblemNotes();
  const hidden = createProblemNotes();
  const { connectors, signal, now, beginRead, requestId, today, hidesFaults = false } = options;
  const reading = { connectors, signal, now, onRead, beginRead };
  const loader = createReadLoader(reading);
  const registers = createRegisterReads(reading, options.registerDeadlines);
  const parts: LevelParts = {
    composition: { isActive: bound.isActive, departments: options.departments },
    hasGuards: bound.plan.hasGuards,
    today,
    problems,
    notes,
    notesOf: createLeafNotes(notes, hidesFaults ? hidden : problems),
    onTruncated: (coordinate) => truncated.add(coordinate),
    onUnchecked: (typeName) => unchecked.add(typeName),
    conceal: options.conceal,
  };
  const context: StepContext = { requestId, loader, today, notes, hidesFaults };
  const find = (root: BoundRoot) => findResidents(root, { ...context, registers, problems }, options);
  const { conceal, onResidents } = options;
  const { onTruncated } = parts;
  const roots = await readLevels(bound, context, { conceal, onResidents, onTruncated, find });
  const root: Shown = {};
  for (const { boundRoot, found, level } of roots) {
    const shown = await assembleLevel(level, parts);
    const { property } = boundRoot.root;
    root[property] = boundRoot.search
      ? showFound(boundRoot.search, found, { nodes: shown, sealCursor: options.sealCursor })
      : together(root[property], alignRoot(boundRoot, shown));
  }
  const malformed = malformedPositions(bound);
  return {
    root,
    problems: problems.list(),
    hidden: hidden.list(),
    reads,
    unchecked,
    truncated: [...truncated],
    findings,
    malformed,
  };
}

/** A stored value of the wrong type is told to the caller; other bad data is null and counted. One note book for all leaves, opened at the one asked for. */
function createLeafNotes(notes: DecodeNotes, problems: ProblemNotes): (leaf: Leaf) => DecodeNotes {
  let current: Leaf | undefined;
  const ofCurrent: DecodeNotes = {
    note(finding) {
      notes.note(finding);
      if (finding === 'wrongType' && current) problems.add(placeOf(current), 'SOURCE_FAULT');
    },
  };
  return (leaf) => {
    current = leaf;
    return ofCurrent;
  };
}

/** All reads of the request: each depth together, and not before it is known who is there. */
async function readLevels(
  bound: BoundPlan,
  context: StepContext,
  options: Pick<FetchOptions, 'conceal' | 'onResidents'> &
    Pick<LevelParts, 'onTruncated'> & { readonly find: (root: BoundRoot) => Promise<Found | undefined> },
): Promise<{ boundRoot: BoundRoot; found: Found | undefined; level: Level }[]> {
  const sum = { entities: 0, fields: 0 };
  const onReached: FollowOptions['onReached'] = ({ entities, fields }) => {
    sum.entities += entities;
    sum.fields += fields;
    checkReached(bound, sum);
  };
  const roots = await Promise.all(
    bound.roots.map(async (boundRoot) => {
      const found = boundRoot.search && (await options.find(boundRoot));
      const keys = boundRoot.search ? keysOf(found) : boundRoot.named;
      return { boundRoot, found, level: openLevel(boundRoot, keys, context) };
    }),
  );
  const levels = roots.map(({ level }) => level);
  await followAll(levels, (level, relation) =>
    followRelation(level, relation, { ...options, context, onReached }),
  );
  return roots;
}

/** A page holds nobody twice. */
function keysOf(found: Found | undefined): Pick<Level, 'keys' | 'counts'> {
  const keys = (found?.people ?? []).map(({ identifier }) => identifier);
  return { keys, counts: keys.map(() => 1) };
}

/** Each where it is named; nobody where nothing was. */
function alignRoot({ root, named }: BoundRoot, shown: readonly Shown[]): unknown {
  const all = named.places.map((place) => shown[place] ?? null);
  return root.isList ? all : (all[0] ?? null);
}

/** A field that gives several types has one of them at each position. */
function together(known: unknown, next: unknown): unknown {
  if (!Array.isArray(known) || !Array.isArray(next)) return next;
  const all: readonly unknown[] = known;
  return all.map((one, position) => one ?? next[position]);
}

/** Where no root of a field has a key. */
function malformedPositions({ roots }: BoundPlan): ReadonlyMap<string, readonly number[]> {
  const malformed = new Map<string, readonly number[]>();
  for (const { root, named } of roots) {
    for (const path of root.responsePaths) {
      const empty = emptyPlaces(named);
      malformed.set(path, malformed.get(path)?.filter((place) => empty.includes(place)) ?? empty);
    }
  }
  return new Map([...malformed].filter(([, positions]) => positions.length > 0));
}

function emptyPlaces({ places }: NamedEntities): readonly number[] {
  const empty: number[] = [];
  for (let place = 0; place < places.length; place++) if ((places[place] ?? -1) < 0) empty.push(place);
  return empty;
}
