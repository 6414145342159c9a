import type { BoundLevel, BoundRoot, BoundStep } from '../plan/bound-plan.ts';
import type { EntityRoot, EntitySelection, Guards, ListPlan, Step } from '../plan/plan.ts';
import { type ExplainedLevel, type ExplainedList, type ExplainedStep, roundOf } from './explain-reads.ts';

/** What a search does first, whatever the variables say. */
export function listsOfPlan({ search }: EntityRoot): readonly ExplainedList[] {
  const roles = rolesOf((guards) => guards.length > 0, search);
  return (search?.lists ?? []).map((plan) => ({ plan, roles: rolesAt(plan, roles), columns: 0 }));
}

/** … and what it does for a request. */
export function listsOfRequest({ search }: BoundRoot): readonly ExplainedList[] {
  const roles = search && { isPage: search.isPage, isTotal: search.isTotal };
  return (search?.lists ?? [])
    .filter(({ where }) => where !== 'NEVER')
    .map(({ plan, attributes }) => ({ plan, roles: rolesAt(plan, roles), columns: attributes.size }));
}

interface ListRoles {
  readonly isPage: boolean;
  readonly isTotal: boolean;
}

function rolesOf(isActive: (guards: Guards) => boolean, search: EntityRoot['search']): ListRoles | undefined {
  return search && { isPage: isActive(search.page), isTotal: isActive(search.total) };
}

function rolesAt({ count }: ListPlan, roles: ListRoles | undefined): ExplainedList['roles'] {
  return [
    ...(roles?.isPage ? ['LIST' as const] : []),
    ...(roles?.isTotal && count !== 'DENIED' ? ['COUNT' as const] : []),
  ];
}

/** All levels of a plan below a root, each after the reads that lead to it: whatever the variables say. */
export function* levelsOfPlan(selection: EntitySelection, after = 0): Iterable<ExplainedLevel> {
  yield { steps: selectedSteps(selection.steps), after };
  for (const { step, entry, child, guards } of selection.relations) {
    if (guards.length === 0) continue;
    const reached = after + roundAt(selection.steps, step);
    const entered = selectedSteps(entry?.steps ?? []);
    if (entry) yield { steps: entered, after: reached };
    yield* levelsOfPlan(child, reached + roundsOf(entered));
  }
}

/** … and what the variables of a request leave of them. */
export function* levelsOfRequest({ steps, relations }: BoundLevel, after = 0): Iterable<ExplainedLevel> {
  yield { steps: neededSteps(steps), after };
  for (const { relation, entry, child } of relations) {
    const all = steps.map(({ step }) => step);
    const reached = after + roundAt(all, relation.step);
    const entered = (entry?.steps ?? []).map(explainStep);
    if (entry) yield { steps: entered, after: reached };
    yield* levelsOfRequest(child, reached + roundsOf(entered));
  }
}

function selectedSteps(steps: readonly Step[]): readonly ExplainedStep[] {
  const selected = steps.filter(({ guards }) => guards.length > 0);
  return selected.map((step) => ({ step, columns: step.columns.filter(({ guards }) => guards.length > 0) }));
}

/** What is shown, and what that needs. */
function neededSteps(steps: readonly BoundStep[]): readonly ExplainedStep[] {
  const needed = new Set(steps.flatMap(({ step, isActive }) => (isActive ? [step.index] : [])));
  // A set hands out what is added while it is walked.
  for (const index of needed) {
    for (const other of steps.find(({ step }) => step.index === index)?.step.needs ?? []) needed.add(other);
  }
  return steps.filter(({ step }) => needed.has(step.index)).map(explainStep);
}

function explainStep({ step, columns }: BoundStep): ExplainedStep {
  return { step, columns: step.columns.filter((_, position) => columns.includes(position)) };
}

function roundAt(steps: readonly Step[], index: number): number {
  const step = steps.find((one) => one.index === index);
  return step ? roundOf(steps, step) : 0;
}

function roundsOf(steps: readonly ExplainedStep[]): number {
  const all = steps.map(({ step }) => step);
  return Math.max(0, ...all.map((step) => roundOf(all, step)));
}
