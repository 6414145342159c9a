import { listCoordinate } from '../policies/list-operation.ts';
import type { DecodeNotes } from './decode-value.ts';
import type { PreparedList } from './prepare-list.ts';
import type { ProblemNotes } from './problems.ts';
import { type ReadLoader, sourceCode } from './read-loader.ts';
import type { RegisterReads } from './read-register.ts';

/** What the reads of one search share. */
export interface SearchContext {
  readonly requestId: string;
  readonly registers: RegisterReads;
  readonly loader: ReadLoader;
  readonly today: string;
  readonly notes: DecodeNotes;
  readonly problems: ProblemNotes;
  readonly responsePaths: readonly string[];
}

/** A register that could not be listed or counted, told at the search. */
export function noteProblem(
  { bound }: PreparedList,
  operation: 'search' | 'count',
  error: unknown,
  { problems, responsePaths }: SearchContext,
): void {
  const { coordinate, department } = bound.plan.register.connect;
  const paths = operation === 'search' ? responsePaths : responsePaths.map((path) => `${path}.totalCount`);
  problems.add(
    { coordinate: listCoordinate(coordinate, operation), department, responsePaths: paths },
    sourceCode(error),
  );
}
