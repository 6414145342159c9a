import type { CountRequest, ListedRow, ReadShape } from '../connectors/connector.ts';
import type { BoundSearch, PagePosition } from '../plan/bind-search.ts';
import { listCoordinate } from '../policies/list-operation.ts';
import { parseIdentifier, type ResidentIdentifier } from '../resident/identifier.ts';
import type { DecodeNotes } from './decode-value.ts';
import { type PreparedList, prepareList } from './prepare-list.ts';
import type { ProblemNotes } from './problems.ts';
import { type ReadLoader, sourceCode } from './read-loader.ts';
import type { RegisterReads } from './read-register.ts';

/** One page of people, in the order of the registers' keys. */
export interface FoundPage {
  readonly people: readonly FoundPerson[];
  readonly hasNextPage: boolean;
  /** Where the next page begins; absent if nobody stands before it. */
  readonly end: PagePosition | undefined;
}

export interface FoundPerson {
  readonly identifier: ResidentIdentifier;
  readonly at: PagePosition;
}

export interface SearchContext {
  readonly requestId: string;
  readonly registers: RegisterReads;
  readonly loader: ReadLoader;
  readonly today: string;
  readonly notes: DecodeNotes;
  readonly problems: ProblemNotes;
  readonly responsePaths: readonly string[];
}

/**
 * Reads one page: registers one after the other until it is full, each page of a later one without those whom an earlier one lists under
 * the same filter. So whatever the page, a register takes one list, and later ones one look-up for each before them.
 * Undefined where a register could not be read, which is noted for the answer: half a page is no page.
 */
export async function fetchPage(search: BoundSearch, context: SearchContext): Promise<FoundPage | undefined> {
  const lists = (search.lists ?? []).map((list) => prepareList(list, context));
  const start = search.after ?? { list: 0 };
  const people = new Map<string, FoundPerson>();
  let end: PagePosition | undefined = search.after;
  for (const [position, list] of lists.entries()) {
    const { index } = list.bound.plan;
    if (index < start.list) continue;
    const room = search.first - people.size;
    if (room === 0) return { people: [...people.values()], hasNextPage: true, end: { list: index } };
    const after = index === start.list ? start.position : undefined;
    const part = await readPart(list, lists.slice(0, position), { after, room }, context);
    if (!part) return undefined;
    for (const person of part.people) {
      if (!people.has(person.identifier.value)) people.set(person.identifier.value, person);
    }
    end = part.end ?? end;
    if (part.hasMore) return { people: [...people.values()], hasNextPage: true, end };
  }
  return { people: [...people.values()], hasNextPage: false, end };
}

interface Part {
  readonly people: readonly FoundPerson[];
  readonly hasMore: boolean;
  readonly end: PagePosition | undefined;
}

async function readPart(
  list: PreparedList,
  earlier: readonly PreparedList[],
  { after, room }: { readonly after: string | undefined; readonly room: number },
  context: SearchContext,
): Promise<Part | undefined> {
  const { where } = list;
  if (where === 'NEVER') return { people: [], hasMore: false, end: undefined };
  try {
    const { rows } = await context.registers.list(list.source, {
      ...list.target,
      columns: list.columns,
      ...(where ? { where } : {}),
      ...(after === undefined ? {} : { after }),
      // One more, which tells whether there is a next page.
      limit: room + 1,
    });
    const taken = rows.slice(0, room);
    const found = taken.flatMap((row) => toPerson(list, row, context) ?? []);
    const known = await Promise.all(earlier.map((one) => findListed(one, found, context)));
    const people = found.filter(({ identifier }) => !known.some((listed) => listed.has(identifier.value)));
    const last = taken.at(-1);
    const end = last && { list: list.bound.plan.index, position: last.position };
    return { people, hasMore: rows.length > room, end };
  } catch (error) {
    noteProblem(list, 'search', error, context);
    return undefined;
  }
}

/** Undefined for a key that names nobody, and for a row that does not meet the conditions; both are counted. */
function toPerson(list: PreparedList, row: ListedRow, { notes }: SearchContext): FoundPerson | undefined {
  const { key, position, values } = row;
  const identifier = key === undefined ? undefined : parseIdentifier({ type: 'CITIZEN_ID', value: key });
  // A form that the contract does not declare would not be found again by its key.
  if (!identifier || identifier.value !== key) notes.note('unusableKey');
  else if (!list.matches(values)) notes.note('unfilteredRow');
  else return { identifier, at: { list: list.bound.plan.index, position } };
  return undefined;
}

/** Who of these people is listed by an earlier register: they were on one of its pages. */
async function findListed(
  list: PreparedList,
  people: readonly FoundPerson[],
  { loader }: SearchContext,
): Promise<ReadonlySet<string>> {
  const { where, columns, target } = list;
  if (where === 'NEVER' || people.length === 0) return new Set();
  const { keyColumn, requestId, ...rest } = target;
  const values = [...new Set(people.map(({ identifier }) => identifier.value))];
  const shape: ReadShape = {
    ...rest,
    rows: 'ONE',
    keyColumns: [keyColumn],
    columns,
    order: [],
    maxRowsPerKey: 2,
  };
  const request = { requestId, shape, keys: [values], ...(where ? { where } : {}) };
  const { rows } = await loader.load({ source: list.source, role: 'list', request });
  const listed = rows.filter((row) => list.matches(row.values));
  return new Set(listed.map(({ key }) => values[key] ?? ''));
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

function noteProblem(
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
