import type { PagePosition } from '../plan/bind-search.ts';
import type { ResidentIdentifier } from '../resident/identifier.ts';

/** One page of people, in the order of their identity numbers as far as registers store these as they are. */
export interface FoundPage {
  readonly people: readonly FoundPerson[];
  readonly hasNextPage: boolean;
  /** Where the next page begins; absent if no row was ever read. */
  readonly end: PagePosition | undefined;
}

export interface FoundPerson {
  readonly identifier: ResidentIdentifier;
  readonly at: PagePosition;
}

/** A row of a register that was read. Without a person it only stands in the way. */
export interface ListedEntry {
  readonly identifier?: ResidentIdentifier;
  /** Stored as its identity number is written: it stands where the number does. Others stand anywhere. */
  readonly isCanonical: boolean;
  readonly position: string;
}

/**
 * Makes one list of several registers, without ever holding more than a page of each. Canonical rows of every register ascend by number, so
 * the least of their heads is the next person, and equal heads are the same one. A row in another form is taken as soon as it is met.
 * What was passed is never met again, whichever register it turns up in.
 */
export interface Merge {
  /** People for whom there still is room. */
  readonly room: number;
  /** The registers to read on, and after which row. */
  wanted(): readonly { readonly list: number; readonly after: string | undefined }[];
  give(list: number, entries: readonly ListedEntry[], hasMore: boolean): void;
  /** Takes people until the page is full and it is known whether somebody follows; undefined if a register must be read on for that. */
  take(): FoundPage | undefined;
  page(options: { readonly hasNextPage: boolean }): FoundPage;
}

interface Stream {
  entries: readonly ListedEntry[];
  next: number;
  hasMore: boolean;
  position: string | undefined;
}

export function createMerge(
  lists: number,
  { after, first }: { readonly after: PagePosition | undefined; readonly first: number },
): Merge {
  const streams = Array.from(
    { length: lists },
    (_, list): Stream => ({ entries: [], next: 0, hasMore: true, position: after?.positions[list] }),
  );
  const people = new Map<string, FoundPerson>();
  let { passed } = after ?? {};
  const here = (): PagePosition => ({
    ...(passed === undefined ? {} : { passed }),
    positions: streams.map(({ position }) => position),
  });
  const page: Merge['page'] = ({ hasNextPage }) => {
    const isAnywhere = streams.some(({ position }) => position !== undefined);
    return { people: [...people.values()], hasNextPage, end: isAnywhere ? here() : undefined };
  };
  const isNew = ({ identifier, isCanonical }: ListedEntry): boolean =>
    identifier !== undefined &&
    !people.has(identifier.value) &&
    !(isCanonical && passed !== undefined && identifier.value <= passed);
  const consume = (stream: Stream, entry: ListedEntry): void => {
    const { identifier, isCanonical, position } = entry;
    const isFound = isNew(entry);
    stream.next += 1;
    stream.position = position;
    if (identifier && isCanonical && (passed === undefined || passed < identifier.value))
      passed = identifier.value;
    if (identifier && isFound) people.set(identifier.value, { identifier, at: here() });
  };
  return {
    get room() {
      return first - people.size;
    },
    wanted: () =>
      streams.flatMap((stream, list) =>
        isEmpty(stream) && stream.hasMore ? [{ list, after: stream.position }] : [],
      ),
    give(list, entries, hasMore) {
      const stream = streams[list];
      if (stream) Object.assign(stream, { entries, next: 0, hasMore });
    },
    take() {
      for (;;) {
        const head = nextHead(streams);
        if (head === 'UNKNOWN') return undefined;
        if (!head) return page({ hasNextPage: false });
        if (people.size >= first && isNew(head.entry)) return page({ hasNextPage: true });
        consume(head.stream, head.entry);
      }
    },
    page,
  };
}

interface Head {
  readonly stream: Stream;
  readonly entry: ListedEntry;
}

/** Rows that stand anywhere first, wherever they are; then the least number, which is known only when every register shows its own. */
function nextHead(streams: readonly Stream[]): Head | 'UNKNOWN' | undefined {
  const heads = streams.flatMap((stream): Head[] => {
    const entry = stream.entries[stream.next];
    return entry ? [{ stream, entry }] : [];
  });
  const anywhere = heads.find(({ entry }) => !entry.isCanonical);
  if (anywhere) return anywhere;
  if (streams.some((stream) => isEmpty(stream) && stream.hasMore)) return 'UNKNOWN';
  return heads.reduce<Head | undefined>(
    (least, head) => (least && numberOf(least) <= numberOf(head) ? least : head),
    undefined,
  );
}

function numberOf({ entry }: Head): string {
  return entry.identifier?.value ?? '';
}

function isEmpty({ entries, next }: Stream): boolean {
  return next >= entries.length;
}
