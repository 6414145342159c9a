import type { ComparedStatement, Comparison, DiscrepancySelection } from '../plan/plan.ts';
import { type Assembly, asOfReader, placeOf, type Shown } from './assembly.ts';
import type { Value } from './decode-value.ts';

interface Stated {
  readonly value: Value;
  readonly shown: Shown;
}

/**
 * The elements on which the records of an entity disagree. Null where nothing may be compared. No record, an empty column and an unknown
 * code state nothing, nor does a department that did not answer, which is told where it is asked.
 */
export function assembleDiscrepancies(
  assembly: Assembly,
  selection: DiscrepancySelection,
  entity: number,
): Shown[] | null {
  const active = selection.comparisons.filter(({ guards }) => assembly.isActive(guards));
  if (active.length === 0) return null;
  noteFailures(assembly, active, entity);
  return active.flatMap(({ element, statements }) => {
    const stated = statements.flatMap((statement) => readStatement(assembly, statement, entity) ?? []);
    if (new Set(stated.map(({ value }) => normalise(value))).size < 2) return [];
    return { __typename: 'Discrepancy', element, statements: stated.map(({ shown }) => shown) };
  });
}

/** Once for each record, however many elements it states. */
function noteFailures(assembly: Assembly, comparisons: readonly Comparison[], entity: number): void {
  const noted = new Set<string>();
  for (const { leaf, record } of comparisons.flatMap(({ statements }) => statements)) {
    const failure = assembly.results.get(leaf.step)?.failures.get(entity);
    if (!failure || noted.has(`${record} ${failure}`)) continue;
    assembly.problems.add({ ...placeOf(leaf), coordinate: record }, failure);
    noted.add(`${record} ${failure}`);
  }
}

/** Of two rows where one was declared, neither is the person's. */
function readStatement(assembly: Assembly, statement: ComparedStatement, entity: number): Stated | undefined {
  const { leaf } = statement;
  const result = assembly.results.get(leaf.step);
  const row = result?.ambiguous.has(entity) ? undefined : result?.rows[entity]?.[0];
  if (!row) return undefined;
  const value = assembly.shapers.of(leaf, row.source)(row.values[leaf.column]);
  if (value === null) return undefined;
  const { department, coordinate } = leaf.field;
  return {
    value,
    shown: {
      __typename: 'Statement',
      department: assembly.departments.get(department) ?? department,
      source: row.source,
      field: coordinate,
      value: String(value),
      asOf: asOfReader(assembly, { step: leaf.step, asOf: statement.asOf })(row),
    },
  };
}

/** Width, case of letters and blanks around a text are how somebody typed it, not what they state. Dates are days, codes are values by now. */
function normalise(value: Value): string {
  return String(value).normalize('NFKC').trim().toLowerCase();
}
