import type { Connect } from '../contract/graph.ts';
import type { BoundStep } from '../plan/bound-plan.ts';
import { ruleAttributes } from '../policies/row-rule.ts';
import type { EntityKey } from '../resident/entity-key.ts';
import { buildRequest } from './build-request.ts';
import { collectKeys, findCandidates, keepPassing } from './collect-keys.ts';
import { passesRule } from './passes-rule.ts';
import { placeRows } from './place-rows.ts';
import { sourceCode } from './read-loader.ts';
import { shapeOf } from './read-shape.ts';
import type { RowsByEntity, StepContext, StepRows, StepState } from './step-state.ts';

/** Runs the reads of one level for its distinct entities: each once, those that others need first, the rest side by side. */
export interface StepRunner {
  run(step: number): Promise<StepRows>;
}

export function createStepRunner(
  steps: readonly BoundStep[],
  entities: readonly EntityKey[],
  context: StepContext,
): StepRunner {
  const running = new Map<number, Promise<StepRows>>();
  const level: StepLevel = { entities, ownKeys: new Map() };
  const run = (index: number): Promise<StepRows> => {
    let promise = running.get(index);
    if (!promise) {
      const step = steps[index];
      if (!step) throw new TypeError(`the plan has no step ${index}`);
      promise = runStep(step, level, context, run);
      running.set(index, promise);
    }
    return promise;
  };
  return { run };
}

type StepLevel = Pick<StepState, 'entities' | 'ownKeys'>;

async function runStep(
  bound: BoundStep,
  level: StepLevel,
  context: StepContext,
  run: (step: number) => Promise<StepRows>,
): Promise<StepRows> {
  const { rules, step } = bound;
  if (rules === 'NEVER') return { rows: [], failures: new Map(), ambiguous: new Set() };
  const needed = step.needs.length === 0 ? nothing : await runNeeded(step.needs, run);
  const state: StepState = {
    bound,
    rules,
    entities: level.entities,
    ownKeys: level.ownKeys,
    context,
    needed,
    failures: new Map(),
    ambiguous: new Set(),
  };
  const passing = passGates(state);
  const { connects } = step.connect;
  const [only] = connects;
  const found =
    only && connects.length === 1
      ? [await readConnect(state, only, passing)]
      : await Promise.all(connects.map((connect) => readConnect(state, connect, passing)));
  // In the contract's order of the sources, whichever of them answered first.
  const rows = joinRows(found, level.entities.length);
  if (step.connect.rows === 'ONE') refuseAmbiguous(state, rows);
  return { rows, failures: state.failures, ambiguous: state.ambiguous };
}

const nothing: ReadonlyMap<number, StepRows> = new Map();

async function runNeeded(
  needs: readonly number[],
  run: (step: number) => Promise<StepRows>,
): Promise<ReadonlyMap<number, StepRows>> {
  return new Map(await Promise.all(needs.map(async (index) => [index, await run(index)] as const)));
}

/** The entities who passed; ALL where there is no gate. */
type Passing = ReadonlySet<number> | 'ALL';

/** The entities about whom a source may be asked. A gate that cannot be read is shut, and said to be unchecked. */
function passGates(state: StepState): Passing {
  const { rules, bound } = state;
  const { step } = bound;
  if (step.gates.length === 0) return 'ALL';
  const looked = new Set(step.gates.flatMap(ruleAttributes).map((name) => step.attributes.get(name)?.step));
  const view = { ...state, attributes: step.attributes };
  const passing = new Set<number>();
  for (const entity of state.entities.keys()) {
    const isUnread = [...looked].some((need) => state.needed.get(need ?? -1)?.failures.has(entity));
    if (isUnread) state.failures.set(entity, 'ACCESS_UNCHECKED');
    else if (rules.gates.every((gate) => passesRule(view, gate, entity))) passing.add(entity);
  }
  return passing;
}

/**
 * A read that fails gives nothing, and everybody of whom this source could hold a record is noted as failed, whether or not they passed a
 * gate or have a key: an outage must not tell who. For the same reason a source that is left nobody to ask about is asked whether it answers.
 */
async function readConnect(state: StepState, connect: Connect, passing: Passing): Promise<RowsByEntity> {
  const known = collectKeys(state, connect);
  const candidates = findCandidates(state, connect, known);
  if (candidates.length === 0) return [];
  const asked = passing === 'ALL' ? known : keepPassing(known, (entity) => passing.has(entity));
  const { shape, places } = shapeOf(state.bound, connect);
  const request = buildRequest(state, connect, shape, asked.keys);
  if (!request) return [];
  const { loader } = state.context;
  try {
    const page = { source: connect.source, role: state.bound.step.role, request };
    if (asked.count > 0) return placeRows(state, { connect, shape, places, asked }, await loader.load(page));
    await loader.check(page);
  } catch (error) {
    const failure = sourceCode(error);
    for (const entity of candidates) {
      if (!state.failures.has(entity)) state.failures.set(entity, failure);
    }
  }
  return [];
}

function joinRows(found: readonly RowsByEntity[], entities: number): RowsByEntity {
  const [first, ...more] = found;
  const rows = first && first.length > 0 ? first : new Array<RowsByEntity[number]>(entities);
  for (const others of more) {
    others.forEach((some, entity) => {
      const known = rows[entity];
      if (some) rows[entity] = known ? [...known, ...some] : some;
    });
  }
  return rows;
}

/** Where one row was declared, two are a fault of the source: which of them is the person's is not for the hub to guess. */
function refuseAmbiguous(state: StepState, rows: RowsByEntity): void {
  for (let entity = 0; entity < rows.length; entity++) {
    const count = rows[entity]?.length ?? 0;
    if (count > 1) refuseRows(state, rows, entity);
    else if (count === 1 && state.failures.size > 0 && !state.context.hidesFaults)
      state.failures.delete(entity);
  }
}

function refuseRows(
  { bound, context, failures, ambiguous }: StepState,
  rows: RowsByEntity,
  entity: number,
): void {
  rows[entity] = undefined;
  ambiguous.add(entity);
  // A gate must not tell a person of whom there is too much from one of whom there is nothing.
  if (bound.step.role === 'gate' || context.hidesFaults) context.notes.note('ambiguousRow');
  else failures.set(entity, 'SOURCE_FAULT');
}
