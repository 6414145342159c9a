import type { ComparedStatement, Comparison, DiscrepancySelection } from '../plan/plan.ts';
import {
  type Assemble,
  type Assembly,
  asOf,
  type Composition,
  placeOf,
  resultOf,
  type Shown,
} from './assembly.ts';
import { comparableText } from './comparable-text.ts';
import type { Value } from './decode-value.ts';
import { compileShaper } from './shape-leaf.ts';

interface Stated {
  readonly value: Value;
  readonly shown: Shown;
}

/**
 * The elements on which the records of an entity disagree. Null where nothing may be compared. No record, an empty column and an unknown
 * code state nothing, nor does a department that did not answer, which is told where it is asked.
 */
export function compileDiscrepancies(
  { isActive, departments }: Composition,
  { comparisons }: DiscrepancySelection,
): Assemble<Shown[] | null> {
  const active = comparisons.filter(({ guards }) => isActive(guards));
  if (active.length === 0) return () => null;
  return (assembly, entity) => {
    noteFailures(assembly, active, entity);
    const read = (statement: ComparedStatement) => readStatement(assembly, departments, statement, entity);
    return active.flatMap(({ element, statements }) => {
      const stated = statements.flatMap((statement) => read(statement) ?? []);
      if (new Set(stated.map(({ value }) => comparableText(value))).size < 2) return [];
      return { __typename: 'Discrepancy', element, statements: stated.map(({ shown }) => shown) };
    });
  };
}

/** Once for each record, however many elements it states. */
function noteFailures(assembly: Assembly, comparisons: readonly Comparison[], entity: number): void {
  const noted = new Set<string>();
  for (const { leaf, record } of comparisons.flatMap(({ statements }) => statements)) {
    const failure = resultOf(assembly, leaf.step).failures.get(entity);
    if (!failure || noted.has(`${record} ${failure}`)) continue;
    assembly.problems.add({ ...placeOf(leaf), coordinate: record }, failure);
    noted.add(`${record} ${failure}`);
  }
}

/** Of two rows where one was declared, neither is the person's. */
function readStatement(
  assembly: Assembly,
  departments: Composition['departments'],
  statement: ComparedStatement,
  entity: number,
): Stated | undefined {
  const { leaf } = statement;
  const { rows, ambiguous } = resultOf(assembly, leaf.step);
  const row = ambiguous.has(entity) ? undefined : rows[entity]?.[0];
  if (!row) return undefined;
  const shape = compileShaper(leaf, row.source, assembly.today);
  const value = shape(row.values[leaf.column], assembly.notesOf(leaf));
  if (value === null) return undefined;
  const { department, coordinate } = leaf.field;
  return {
    value,
    shown: {
      __typename: 'Statement',
      department: departments.get(department) ?? department,
      source: row.source,
      field: coordinate,
      value: String(value),
      asOf: asOf(assembly, { step: leaf.step, asOf: statement.asOf }, row),
    },
  };
}
