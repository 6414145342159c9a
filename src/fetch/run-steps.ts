import type { Connect } from '../contract/graph.ts';
import type { BoundStep } from '../plan/bind-plan.ts';
import { ruleAttributes } from '../policies/row-rule.ts';
import type { EntityKey } from '../resident/entity-key.ts';
import { buildRequest } from './build-request.ts';
import { type CollectedKeys, collectKeys } from './collect-keys.ts';
import { passesRule } from './passes-rule.ts';
import { placeRows } from './place-rows.ts';
import { sourceCode } from './read-loader.ts';
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
  const run = (index: number): Promise<StepRows> => {
    let promise = running.get(index);
    if (!promise) {
      const step = steps[index];
      if (!step) throw new TypeError(`the plan has no step ${index}`);
      promise = runStep(step, entities, context, run);
      running.set(index, promise);
    }
    return promise;
  };
  return { run };
}

async function runStep(
  bound: BoundStep,
  entities: readonly EntityKey[],
  context: StepContext,
  run: (step: number) => Promise<StepRows>,
): Promise<StepRows> {
  const { rules } = bound;
  if (rules === 'NEVER') return { rows: [], failures: new Map(), ambiguous: new Set() };
  const needs = bound.step.needs;
  const needed = new Map(await Promise.all(needs.map(async (index) => [index, await run(index)] as const)));
  const state: StepState = {
    bound,
    rules,
    entities,
    context,
    needed,
    rows: new Array(entities.length),
    failures: new Map(),
    ambiguous: new Set(),
    decoders: new Map(),
  };
  const passing = passGates(state);
  const { connects } = bound.step.connect;
  const found = await Promise.all(connects.map((connect) => readConnect(state, connect, passing)));
  // In the contract's order of the sources, whichever of them answered first.
  for (const rows of found) addRows(state, rows);
  if (bound.step.connect.rows === 'ONE') refuseAmbiguous(state);
  return { rows: state.rows, failures: state.failures, ambiguous: state.ambiguous };
}

/** The entities about whom a source may be asked. A gate that cannot be read is shut, and said to be unchecked. */
function passGates(state: StepState): ReadonlySet<number> {
  const { rules, bound } = state;
  const { step } = bound;
  const looked = new Set(step.gates.flatMap(ruleAttributes).map((name) => step.attributes.get(name)?.step));
  const passing = new Set<number>();
  for (const entity of state.entities.keys()) {
    const isUnread = [...looked].some((need) => state.needed.get(need ?? -1)?.failures.has(entity));
    if (isUnread) state.failures.set(entity, 'ACCESS_UNCHECKED');
    else if (rules.gates.every((gate) => passesRule({ ...state, attributes: step.attributes }, gate, entity)))
      passing.add(entity);
  }
  return passing;
}

/**
 * A read that fails gives nothing, and everybody of whom this source could hold a record is noted as failed, whether or not they passed a
 * gate: an outage must not tell who did. For the same reason a source that is left nobody to ask about is asked whether it answers.
 */
async function readConnect(
  state: StepState,
  connect: Connect,
  passing: ReadonlySet<number>,
): Promise<RowsByEntity> {
  const known = collectKeys(state, connect);
  const { keys, askers } = keepPassing(state, known, passing);
  const request = known.keys.length > 0 ? buildRequest(state, connect, keys) : undefined;
  if (!request) return [];
  const { loader } = state.context;
  try {
    const page = { source: connect.source, role: state.bound.step.role, request };
    if (keys.length > 0) return placeRows(state, connect, request, await loader.load(page), askers);
    await loader.check(page);
  } catch (error) {
    const failure = sourceCode(error);
    for (const entity of known.askers.flat()) {
      if (!state.failures.has(entity)) state.failures.set(entity, failure);
    }
  }
  return [];
}

/** The keys by which somebody asks who passed, and who of them. */
function keepPassing(state: StepState, known: CollectedKeys, passing: ReadonlySet<number>): CollectedKeys {
  if (passing.size === state.entities.length) return known;
  const askers = known.askers.map((some) => some.filter((entity) => passing.has(entity)));
  const isAsked = (_: unknown, position: number) => askers[position]?.length !== 0;
  return { keys: known.keys.filter(isAsked), askers: askers.filter(isAsked) };
}

function addRows(state: StepState, found: RowsByEntity): void {
  found.forEach((rows, entity) => {
    const known = state.rows[entity];
    state.rows[entity] = known && rows ? [...known, ...rows] : (rows ?? known);
  });
}

/** Where one row was declared, two are a fault of the source: which of them is the person's is not for the hub to guess. */
function refuseAmbiguous(state: StepState): void {
  state.rows.forEach((rows, entity) => {
    if (rows && rows.length > 1) {
      state.rows[entity] = undefined;
      state.ambiguous.add(entity);
      // A gate must not tell a person of whom there is too much from one of whom there is nothing.
      if (state.bound.step.role === 'gate') state.context.notes.note('ambiguousRow');
      else state.failures.set(entity, 'SOURCE_FAULT');
    } else if (rows) state.failures.delete(entity);
  });
}
