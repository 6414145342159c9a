import type { Connector } from '../connectors/connector.ts';
import { type BoundPlan, type BoundRoot, residentKey } from '../plan/bind-plan.ts';
import type { Leaf } from '../plan/plan.ts';
import type { ResidentIdentifier } from '../resident/identifier.ts';
import { type Assembly, assembleResident, placeOf, type Shown } from './assemble.ts';
import type { Finding } from './decode-value.ts';
import { createProblemNotes, type Problem } from './problems.ts';
import { type BeginRead, createReadLoader, type ReadLoader, type ReadNote } from './read-loader.ts';
import { createStepRunner, type StepRunner } from './run-steps.ts';
import { createShapers } from './shape-leaf.ts';
import type { StepRows } from './step-state.ts';

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
  /** The opaque reference of a resident for this client. */
  readonly conceal: (identifier: ResidentIdentifier) => string;
}

export interface Fetched {
  /** Root value for the executor: one property per planned root field. */
  readonly root: Shown;
  readonly problems: readonly Problem[];
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
 * Reads what the plan permits, page by page, and hands out masked plain objects. Never rejects for a source's sake: what could not be
 * read is null and told as a problem.
 */
export async function fetchPlan(bound: BoundPlan, options: FetchOptions): Promise<Fetched> {
  const reads: ReadNote[] = [];
  const findings: Record<string, number> = {};
  const count = (kind: Finding) => {
    findings[kind] = (findings[kind] ?? 0) + 1;
  };
  const onRead = (note: ReadNote) => {
    reads.push(note);
    options.onRead(note);
  };
  const truncated = new Set<string>();
  const unchecked = new Set<string>();
  const problems = createProblemNotes();
  // A stored value of the wrong type is told to the caller; other bad data is null and counted.
  const notesOf = (leaf: Leaf) => ({
    note(finding: Finding) {
      count(finding);
      if (finding === 'wrongType') problems.add(placeOf(leaf), 'SOURCE_FAULT');
    },
  });
  const shared: SharedAssembly = {
    loader: createReadLoader({
      connectors: options.connectors,
      signal: options.signal,
      now: options.now,
      onRead,
      beginRead: options.beginRead,
    }),
    shapers: createShapers({ today: options.today, isActive: bound.isActive, notesOf }),
    problems,
    notes: { note: count },
    isActive: bound.isActive,
    departments: options.departments,
    onTruncated: (coordinate) => truncated.add(coordinate),
    onUnchecked: (typeName) => unchecked.add(typeName),
  };
  const root: Shown = {};
  await Promise.all(
    bound.roots.map(async (boundRoot) => {
      root[boundRoot.root.property] = await fetchRoot(boundRoot, shared, options);
    }),
  );
  const malformed = malformedPositions(bound);
  return {
    root,
    problems: problems.list(),
    reads,
    unchecked,
    truncated: [...truncated],
    findings,
    malformed,
  };
}

type SharedAssembly = Omit<Assembly, 'bound' | 'results' | 'conceal'> & {
  readonly loader: ReadLoader;
  readonly onUnchecked: (typeName: string) => void;
};

async function fetchRoot(bound: BoundRoot, shared: SharedAssembly, options: FetchOptions): Promise<unknown> {
  const residents = distinctResidents(bound);
  const list = [...residents.values()];
  const { requestId, today } = options;
  const context = { requestId, loader: shared.loader, today, notes: shared.notes };
  const results = await runSteps(bound, createStepRunner(bound, list, context));
  for (const [index, { failures }] of results) {
    const typeName = bound.steps[index]?.step.connect.typeName;
    if (typeName !== undefined && [...failures.values()].includes('ACCESS_UNCHECKED'))
      shared.onUnchecked(typeName);
  }
  const conceal = (resident: number) => concealAt(list, resident, options);
  return assembleRoot(bound, residents, { ...shared, bound, results, conceal });
}

function concealAt(
  residents: readonly ResidentIdentifier[],
  position: number,
  options: FetchOptions,
): string {
  const identifier = residents[position];
  if (!identifier) throw new TypeError(`no resident at position ${position}`);
  return options.conceal(identifier);
}

function distinctResidents({ identifiers }: BoundRoot): Map<string, ResidentIdentifier> {
  const residents = new Map<string, ResidentIdentifier>();
  for (const identifier of identifiers) if (identifier) residents.set(residentKey(identifier), identifier);
  return residents;
}

/** Data steps start at once; what they need is started by them. */
async function runSteps(bound: BoundRoot, runner: StepRunner): Promise<ReadonlyMap<number, StepRows>> {
  const active = bound.steps.filter(({ isActive }) => isActive).map(({ step }) => step.index);
  const results = await Promise.all(active.map(async (index) => [index, await runner.run(index)] as const));
  return new Map(results);
}

function assembleRoot(
  bound: BoundRoot,
  residents: ReadonlyMap<string, ResidentIdentifier>,
  assembly: Assembly,
): unknown {
  const shown = new Map<string, Shown>();
  let position = 0;
  for (const key of residents.keys()) shown.set(key, assembleResident(assembly, position++));
  const all = bound.identifiers.map((identifier) =>
    identifier ? (shown.get(residentKey(identifier)) ?? null) : null,
  );
  return bound.root.field === 'residents' ? all : (all[0] ?? null);
}

function malformedPositions(bound: BoundPlan): ReadonlyMap<string, readonly number[]> {
  const malformed = new Map<string, readonly number[]>();
  for (const { root, identifiers } of bound.roots) {
    const positions = identifiers.flatMap((identifier, position) => (identifier ? [] : [position]));
    for (const path of positions.length > 0 ? root.responsePaths : []) malformed.set(path, positions);
  }
  return malformed;
}
