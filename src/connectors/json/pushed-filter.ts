import type { RowFilter } from '../connector.ts';
import { SourceFailure } from '../source-failure.ts';
import { isUnaskable } from '../unaskable.ts';

/** A filter that a source can apply, and the parameter that carries it. */
export interface DeclaredFilter {
  readonly column: string;
  readonly op: 'eq' | 'in' | 'prefix';
  readonly param: string;
}

export interface PushedParameter {
  readonly param: string;
  /** A list for `in`. */
  readonly value: string | readonly string[];
}

/**
 * The parameters that make the source apply the whole filter; 'NEVER' if by its constants no row can match. Throws `SourceFailure` for a
 * filter that the source did not declare: a filter is never dropped.
 */
export function pushFilter(
  where: RowFilter | undefined,
  declared: readonly DeclaredFilter[],
): readonly PushedParameter[] | 'NEVER' {
  const values = new Map<string, readonly string[]>();
  const parameters: PushedParameter[] = [];
  for (const filter of conjuncts(where)) {
    if (filter.op === 'prefix') {
      if (isUnaskable(filter.value)) return 'NEVER';
      parameters.push({ param: paramFor(declared, filter.column, 'prefix'), value: filter.value });
      continue;
    }
    const [column, wanted] = equalityOf(filter);
    const earlier = values.get(column);
    values.set(column, earlier ? wanted.filter((value) => earlier.includes(value)) : wanted);
  }
  for (const [column, wanted] of values) {
    const distinct = [...new Set(wanted)].filter((value) => !isUnaskable(value));
    if (distinct.length === 0) return 'NEVER';
    parameters.push(equalityParameter(declared, column, distinct));
  }
  refuseRepeated(parameters);
  return parameters;
}

/** The parts of which all must hold. */
function conjuncts(where: RowFilter | undefined): readonly Exclude<RowFilter, { op: 'and' }>[] {
  if (!where) return [];
  if (where.op === 'and') return where.filters.flatMap(conjuncts);
  const [only] = where.op === 'or' ? where.filters : [];
  return only && where.op === 'or' && where.filters.length === 1
    ? conjuncts(only)
    : [where as Exclude<RowFilter, { op: 'and' }>];
}

/** One column and the values of which it must have one; `or` of equalities on one column is that too. */
function equalityOf(filter: RowFilter): readonly [column: string, values: readonly string[]] {
  if (filter.op === 'eq') return [filter.column, [filter.value]];
  if (filter.op === 'in') return [filter.column, filter.values];
  if (filter.op !== 'or') throw notDeclared();
  const parts = filter.filters.map(equalityOf);
  const [first] = parts;
  if (!first || parts.some(([column]) => column !== first[0])) throw notDeclared();
  return [first[0], parts.flatMap(([, values]) => values)];
}

function equalityParameter(
  declared: readonly DeclaredFilter[],
  column: string,
  values: readonly string[],
): PushedParameter {
  const [only] = values;
  const takesOne = declared.some((filter) => filter.column === column && filter.op === 'eq');
  if (only !== undefined && values.length === 1 && takesOne)
    return { param: paramFor(declared, column, 'eq'), value: only };
  return { param: paramFor(declared, column, 'in'), value: values };
}

function paramFor(declared: readonly DeclaredFilter[], column: string, op: DeclaredFilter['op']): string {
  const found = declared.find((filter) => filter.column === column && filter.op === op);
  if (!found) throw notDeclared();
  return found.param;
}

/** Two values for one parameter would mean that one of them is dropped. */
function refuseRepeated(parameters: readonly PushedParameter[]): void {
  if (new Set(parameters.map(({ param }) => param)).size < parameters.length) throw notDeclared();
}

function notDeclared(): SourceFailure {
  return new SourceFailure('fault', 'the source does not apply such a filter');
}
