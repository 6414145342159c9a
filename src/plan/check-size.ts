import { HubError } from '../errors.ts';
import { usualRows } from './answer-size.ts';
import { type BoundLevel, type BoundPlan, type BoundRoot, type BoundStep, stepsOf } from './bound-plan.ts';
import type { OperationLimits } from './limits.ts';
import type { Plan } from './plan.ts';
import { exceeded } from './prepare-operation.ts';

/** What is asked of the access log with the same arguments. */
export interface LogReads {
  readonly searches: number;
  /** That the answer can be expected to hold. */
  readonly fields: number;
}

/** What is verified with the same arguments. */
export interface ClaimReads {
  readonly people: number;
  readonly reads: number;
  readonly columns: number;
  /** That the agreements allow by which it is verified; 0 where none does. */
  readonly pageSize: number;
}

export interface AskedReads {
  readonly roots: readonly BoundRoot[];
  readonly logs: readonly LogReads[];
  readonly claims: readonly ClaimReads[];
}

/** Throws HubError TOO_MANY_IDENTIFIERS or OPERATION_LIMIT_EXCEEDED. */
export function checkSize(plan: Plan, limits: OperationLimits, { roots, logs, claims }: AskedReads): void {
  const people = sumOf(roots, ({ asked }) => asked) + sumOf(claims, (claim) => claim.people);
  const pages = [plan, ...claims].map(({ pageSize }) => pageSize).filter((pageSize) => pageSize > 0);
  checkIdentifiers({ pageSize: pages.length === 0 ? 0 : Math.min(...pages) }, limits, people);
  const reads =
    sumOf(roots, countSteps) +
    sumOf(logs, ({ searches }) => searches) +
    sumOf(claims, (claim) => claim.reads);
  if (reads > limits.maxReads) throw exceeded('maxReads', limits.maxReads);
  const cost =
    (plan.introspection?.answerSize ?? 0) +
    sumOf(logs, ({ fields }) => fields) +
    sumOf(claims, ({ columns }) => columns) +
    sumOf(roots, (root) => (costOf(root) + listCost(root)) * root.asked);
  if (cost > limits.maxCost) throw exceeded('maxCost', limits.maxCost);
}

function sumOf<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0);
}

/** What the registers read for one entry. */
function listCost({ search }: BoundRoot): number {
  return (search?.lists ?? []).reduce((cost, { attributes }) => cost + attributes.size + 1, 0);
}

export function checkIdentifiers(plan: Pick<Plan, 'pageSize'>, limits: OperationLimits, asked: number): void {
  const allowed = allowedIdentifiers(plan, limits);
  if (asked <= allowed) return;
  throw new HubError('TOO_MANY_IDENTIFIERS', {
    hint: `At most ${allowed} in one request.`,
    hintZh: `一次请求最多 ${allowed} 人。`,
    details: { allowed },
  });
}

/** Residents in one request. */
export function allowedIdentifiers(
  { pageSize }: Pick<Plan, 'pageSize'>,
  { maxIdentifiers }: OperationLimits,
): number {
  return Math.min(maxIdentifiers, pageSize > 0 ? pageSize : defaultPageSize);
}

/** For callers whose fields need no agreement. */
const defaultPageSize = 100;

/**
 * As relations are followed: throws HubError OPERATION_LIMIT_EXCEEDED where they lead to more entities than one request may reach, or to
 * an answer of more fields than it may hold.
 */
export function checkReached(
  { limits }: BoundPlan,
  found: { readonly entities: number; readonly fields: number },
): void {
  if (found.entities > limits.maxReached) throw exceeded('maxReached', limits.maxReached);
  if (found.fields > limits.maxCost) throw exceeded('maxCost', limits.maxCost);
}

function countSteps(level: BoundLevel): number {
  return [...stepsOf(level)].length;
}

/** Entities to which a relation is taken to lead where the caller sets no bound. */
const usualRelated = 100;

/**
 * For one entity of the level: what departments have to read, or what the answer holds, whichever is more; and the same for as many
 * entities as each relation is likely to lead to. How many there are is checked as they are found.
 */
function costOf({ steps, selection, relations }: BoundLevel): number {
  const own = Math.max(readCost(steps), selection.answerSize);
  return relations.reduce((cost, { relation, first, entry, child }) => {
    const reached = Math.min(first ?? usualRelated, relation.maxRows);
    // What the entry looks at is read of all of them, however few are shown.
    const looked = Math.min(usualRelated, relation.maxRows) * readCost(entry?.steps ?? []);
    return cost + reached * (1 + costOf(child)) + looked;
  }, own);
}

function readCost(steps: readonly BoundStep[]): number {
  return steps.reduce((cost, step) => cost + (step.step.columns.length + 1) * rowsOf(step), 0);
}

function rowsOf({ step: { connect }, first }: BoundStep): number {
  if (connect.rows === 'ONE') return 1;
  return Math.min(first ?? usualRows, ...connect.connects.map(({ maxRows }) => maxRows));
}
