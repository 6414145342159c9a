import type { SqlTarget, Target } from '../connector.ts';
import type { SourceRows } from '../source-driver.ts';
import { SourceFailure } from '../source-failure.ts';

export function sqlTarget({ target }: { readonly target: Target }): SqlTarget {
  if (target.kind !== 'sql') throw new SourceFailure('fault', 'mapping does not fit the kind of the source');
  return target;
}

/** What the statements of one call brought. */
export function toSourceRows(rows: readonly unknown[][], undecodable: number, reads = 1): SourceRows {
  return { rows, reads, findings: { undecodable } };
}

export function readCount(rows: readonly unknown[][]): number {
  const count = Number(rows[0]?.[0]);
  if (!Number.isSafeInteger(count)) throw new SourceFailure('fault', 'answer counts nothing');
  return count;
}
