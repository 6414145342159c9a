import type { Fetched } from '../fetch/fetch-plan.ts';
import type { Problem } from '../fetch/problems.ts';
import type { Story } from './story.ts';

/** Hears of failed reads and of data that could not be used: sources, coordinates and counts, never a value. */
export type OnFindings = (findings: Readonly<Record<string, unknown>>) => void;

/** Tells the operator what went wrong as departments were read, whoever else hears of it. */
export function reportFindings(
  onFindings: OnFindings,
  { requestId }: Story,
  { reads, findings: counts, problems, hidden }: Pick<Fetched, 'reads' | 'findings' | 'problems' | 'hidden'>,
): void {
  for (const { source, entity, outcome, findings } of reads) {
    if (outcome === 'OK' && Object.keys(findings ?? {}).length === 0) continue;
    onFindings({ requestId, source, entity, outcome, findings });
  }
  if (Object.keys(counts).length > 0) onFindings({ requestId, findings: counts });
  const told = [...problems, ...hidden].map(sayProblem);
  if (told.length > 0) onFindings({ requestId, problems: told });
}

function sayProblem({ coordinate, code, count }: Problem): Pick<Problem, 'coordinate' | 'code' | 'count'> {
  return { coordinate, code, count };
}
