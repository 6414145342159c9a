import type { ConnectValues, PushedFilterValues } from './directive-values.ts';

type PushedOp = PushedFilterValues['op'];

/** Can the source apply this filter itself? A database always can; an endpoint what its target declares. */
export function canPush(connect: ConnectValues, column: string, op: PushedOp): boolean {
  if (connect.sql) return true;
  const filters = [...(connect.http?.filters ?? []), ...(connect.graphql?.filters ?? [])];
  return filters.some((filter) => filter.column === column && filter.op === op);
}

/** The operations that can say "one of so many values", the simplest first. */
export function equalityOps(values: number): readonly ('EQ' | 'IN')[] {
  return values === 1 ? ['EQ', 'IN'] : ['IN'];
}
