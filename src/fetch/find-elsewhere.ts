import type { ReadShape } from '../connectors/connector.ts';
import type { PreparedList } from './prepare-list.ts';
import { noteProblem, type SearchContext } from './search-context.ts';

/** People of one register whose rows stand in no order, by canonical number. */
export interface OddPeople {
  readonly list: number;
  readonly people: readonly string[];
}

/**
 * Says of a row in no order whether its person is listed at another one, under the same conditions: wherever the number is stored as it is
 * written, or else in the first register that has it in any form. Undefined where that could not be found out, which is noted. Of
 * two rows in other forms in one register it says nothing: a register has one for each person (ADR 0013). There are few such rows, so most
 * pages ask nothing here.
 */
export async function findElsewhere(
  lists: readonly PreparedList[],
  odd: readonly OddPeople[],
  context: SearchContext,
): Promise<((list: number, person: string) => boolean) | undefined> {
  const written = [...new Set(odd.flatMap(({ people }) => people))];
  if (written.length === 0) return () => false;
  const asked = lists.map(async (one, list) => {
    const later = [...new Set(odd.flatMap((other) => (other.list > list ? other.people : [])))];
    const [asWritten, inAnyForm] = await Promise.all([
      findListed(one, written, { forms: [] }, context),
      findListed(one, later, {}, context),
    ]);
    return asWritten && inAnyForm && { list, asWritten, inAnyForm };
  });
  const found = (await Promise.all(asked)).filter((one) => one !== undefined);
  if (found.length < lists.length) return undefined;
  return (list, person) =>
    found.some((one) => one.asWritten.has(person) || (one.list < list && one.inAnyForm.has(person)));
}

/** Who of these people stands in the register, under the conditions of the search. */
async function findListed(
  list: PreparedList,
  people: readonly string[],
  stored: Partial<PreparedList['target']['keyColumn']>,
  context: SearchContext,
): Promise<ReadonlySet<string> | undefined> {
  const { where, columns, target } = list;
  if (where === 'NEVER' || people.length === 0) return new Set();
  const { keyColumn, requestId, ...rest } = target;
  const shape: ReadShape = {
    ...rest,
    rows: 'ONE',
    keyColumns: [{ ...keyColumn, ...stored }],
    columns,
    order: [],
    maxRowsPerKey: 2,
  };
  const request = { requestId, shape, keys: [people], ...(where ? { where } : {}) };
  try {
    const { rows } = await context.loader.load({ source: list.source, role: 'list', request });
    return new Set(rows.filter((row) => list.matches(row.values)).map(({ key }) => people[key] ?? ''));
  } catch (error) {
    noteProblem(list, 'search', error, context);
    return undefined;
  }
}
