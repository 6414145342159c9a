import type { CountRequest, ListedRow } from '../connectors/connector.ts';
import type { BoundSearch } from '../plan/bind-search.ts';
import { parseIdentifier } from '../resident/identifier.ts';
import { findElsewhere } from './find-elsewhere.ts';
import { createMerge, type FoundPage, type ListedEntry, type Merge } from './merge-registers.ts';
import { type PreparedList, prepareList } from './prepare-list.ts';
import { noteProblem, type SearchContext } from './search-context.ts';

/** How often registers are asked for more where what they gave showed nobody, before a page is given as it is. */
const maxRounds = 5;

/**
 * Reads one page out of all registers side by side, in the one order of identity numbers (ADR 0013): whoever is in two of them is met once,
 * and so is whoever moves from one to the other between two pages. A page takes one list of each register, unless rows of it show nobody.
 * Undefined where a register could not be read, which is noted for the answer: half a page is no page.
 */
export async function fetchPage(search: BoundSearch, context: SearchContext): Promise<FoundPage | undefined> {
  const lists = (search.lists ?? []).map((list) => prepareList(list, context));
  const merge = createMerge(lists.length, { after: search.after, first: search.first });
  for (let round = 0; round < maxRounds; round++) {
    const wanted = merge.wanted();
    const parts = await Promise.all(
      wanted.map(({ list, after }) => readPart(lists, list, { after, limit: merge.room + 1 }, context)),
    );
    if (!(await giveParts(merge, lists, parts, context))) return undefined;
    const page = merge.take();
    if (page) return page;
  }
  return merge.page({ hasNextPage: true });
}

interface Part {
  readonly list: number;
  readonly entries: readonly ListedEntry[];
  readonly hasMore: boolean;
}

/** False where a part could not be read. */
async function giveParts(
  merge: Merge,
  lists: readonly PreparedList[],
  parts: readonly (Part | undefined)[],
  context: SearchContext,
): Promise<boolean> {
  const read = parts.filter((part) => part !== undefined);
  if (read.length < parts.length) return false;
  const odd = read.map(({ list, entries }) => ({
    list,
    people: entries.flatMap((entry) => oddPerson(entry) ?? []),
  }));
  const isElsewhere = await findElsewhere(lists, odd, context);
  if (!isElsewhere) return false;
  for (const { list, entries, hasMore } of read) {
    const kept = entries.map((entry) => {
      const person = oddPerson(entry);
      return person !== undefined && isElsewhere(list, person) ? nobodyAt(entry) : entry;
    });
    merge.give(list, kept, hasMore);
  }
  return true;
}

/** Whose row stands in no order. */
function oddPerson({ identifier, isCanonical }: ListedEntry): string | undefined {
  return isCanonical ? undefined : identifier?.value;
}

function nobodyAt({ position }: ListedEntry): ListedEntry {
  return { position, isCanonical: false };
}

async function readPart(
  lists: readonly PreparedList[],
  position: number,
  { after, limit }: { readonly after: string | undefined; readonly limit: number },
  context: SearchContext,
): Promise<Part | undefined> {
  const list = lists[position];
  if (!list || list.where === 'NEVER') return { list: position, entries: [], hasMore: false };
  const { where } = list;
  try {
    const { rows } = await context.registers.list(list.source, {
      ...list.target,
      columns: list.columns,
      ...(where ? { where } : {}),
      ...(after === undefined ? {} : { after }),
      limit,
    });
    const entries = rows.map((row) => toEntry(list, row, context));
    return { list: position, entries, hasMore: rows.length >= limit };
  } catch (error) {
    noteProblem(list, 'search', error, context);
    return undefined;
  }
}

/** Without a person for a key that names nobody, and for a row that does not meet the conditions; both are counted. */
function toEntry(list: PreparedList, row: ListedRow, { notes }: SearchContext): ListedEntry {
  const { key, isCanonical, position, values } = row;
  const identifier = key === undefined ? undefined : parseIdentifier({ type: 'CITIZEN_ID', value: key });
  // A form that the contract does not declare would not be found again by its key.
  if (!identifier || identifier.value !== key) notes.note('unusableKey');
  else if (!list.matches(values)) notes.note('unfilteredRow');
  else return { identifier, isCanonical, position };
  return { isCanonical: false, position };
}

/** How many entries all registers have together; null where that may not be told, or a source did not say. */
export async function fetchTotal(search: BoundSearch, context: SearchContext): Promise<number | null> {
  const lists = (search.lists ?? []).map((list) => prepareList(list, context));
  // Not one is asked in vain.
  if (lists.some(({ bound }) => bound.counted === 'DENIED')) return null;
  const counts = await Promise.all(lists.map((list) => countList(list, context)));
  return counts.reduce<number | null>(
    (sum, count) => (sum === null || count === undefined ? null : sum + count),
    0,
  );
}

async function countList(list: PreparedList, context: SearchContext): Promise<number | undefined> {
  const { counted, source, target } = list;
  if (counted === 'NEVER') return 0;
  try {
    const request: CountRequest = { ...target, ...(counted ? { where: counted } : {}) };
    return await context.registers.count(source, request);
  } catch (error) {
    noteProblem(list, 'count', error, context);
    return undefined;
  }
}
