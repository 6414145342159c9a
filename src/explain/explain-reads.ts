import type { Graph } from '../contract/graph.ts';
import type { AccessExplanation, DepartmentReads, ExplainedRead } from '../generated/graphql.ts';
import type { ListPlan, Step, StepColumn } from '../plan/plan.ts';
import { departmentTitle } from './words.ts';

/** A step, and which of its columns are asked for. */
export interface ExplainedStep {
  readonly step: Step;
  readonly columns: readonly StepColumn[];
}

/** The reads of one level of the plan. */
export interface ExplainedLevel {
  readonly steps: readonly ExplainedStep[];
  /** Rounds before the first of them: the way by which the level is reached. */
  readonly after: number;
}

/** One register of a search, and what is done with it. */
export interface ExplainedList {
  readonly plan: ListPlan;
  readonly roles: readonly ('LIST' | 'COUNT')[];
  /** Of the filters and the scope, where they are known. */
  readonly columns: number;
}

/** The reads of departments that steps come to, one for each source, before equal ones of several paths are joined. */
export function explainReads(
  graph: Graph,
  levels: readonly ExplainedLevel[],
  lists: readonly ExplainedList[],
): Pick<AccessExplanation, 'reads' | 'departments' | 'needsGate'> {
  const below = levels.flatMap(({ steps, after }) => {
    const all = steps.map(({ step }) => step);
    return steps.flatMap((explained) => readsOf(graph, explained, after + roundOf(all, explained.step)));
  });
  const reads = [...lists.flatMap((list) => readsOfList(graph, list)), ...below];
  return {
    reads,
    departments: countByDepartment(graph, reads),
    needsGate: levels.some(({ steps }) =>
      steps.some(({ step }) => step.gates.length > 0 || step.role === 'gate'),
    ),
  };
}

function readsOf(graph: Graph, { step, columns }: ExplainedStep, round: number): ExplainedRead[] {
  const { connect, role, pushed } = step;
  return connect.connects.map(({ source }) => ({
    department: graph.sources.get(source)?.department ?? connect.department,
    source,
    entity: connect.typeName,
    role: role === 'data' ? 'DATA' : role === 'gate' ? 'GATE' : 'KEY',
    columns: columns.filter(({ names }) => names[source] !== undefined).length,
    round,
    isScopePushedDown: pushed !== undefined,
  }));
}

/** In the first round, side by side. */
function readsOfList(graph: Graph, { plan, roles, columns }: ExplainedList): ExplainedRead[] {
  const { connects, typeName, department } = plan.register.connect;
  return connects.flatMap(({ source }) =>
    roles.map((role) => ({
      department: graph.sources.get(source)?.department ?? department,
      ...{ source, entity: typeName, role, columns: role === 'LIST' ? columns : 0, round: 1 },
      isScopePushedDown: plan.rule !== undefined,
    })),
  );
}

/** Steps never need one another in a circle. */
export function roundOf(steps: readonly Step[], { needs }: Step): number {
  const needed = steps.filter(({ index }) => needs.includes(index));
  return 1 + Math.max(0, ...needed.map((step) => roundOf(steps, step)));
}

function countByDepartment(graph: Graph, reads: readonly ExplainedRead[]): DepartmentReads[] {
  const counts = new Map<string, number>();
  for (const { department } of reads) counts.set(department, (counts.get(department) ?? 0) + 1);
  return [...counts].map(([department, count]) => ({
    department,
    title: departmentTitle(graph, department),
    reads: count,
  }));
}
