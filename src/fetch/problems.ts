import type { Failure } from './step-state.ts';

/** A field that could not be read for some residents; what the answer says of it. */
export interface Problem {
  readonly coordinate: string;
  readonly code: Failure;
  readonly department: string;
  readonly responsePaths: readonly string[];
  readonly count: number;
}

/** Gathers problems, one per (coordinate, code), with the number of places where they struck. */
export interface ProblemNotes {
  add(
    where: { coordinate: string; department: string; responsePaths: readonly string[] },
    code: Failure,
  ): void;
  list(): readonly Problem[];
}

export function createProblemNotes(): ProblemNotes {
  const problems = new Map<string, Problem>();
  return {
    add({ coordinate, department, responsePaths }, code) {
      const key = `${coordinate} ${code}`;
      const known = problems.get(key);
      const paths = known
        ? [...new Set([...known.responsePaths, ...responsePaths])].slice(0, 8)
        : responsePaths;
      problems.set(key, {
        coordinate,
        code,
        department,
        responsePaths: paths,
        count: (known?.count ?? 0) + 1,
      });
    },
    list: () => [...problems.values()],
  };
}
