import DataLoader from 'dataloader';
import type { Connector, ReadRequest, ReadResult } from '../connectors/connector.ts';
import { type ErrorCode, HubError } from '../errors.ts';
import type { Step } from '../plan/plan.ts';

/** What a read was for: data, columns that a rule or a key needs, a page of a register (and who of it stands in an earlier one), its total. */
export type ReadRole = Step['role'] | 'list' | 'count';

/** One page of keys that one path of the request asks of one source. */
export interface PageRead {
  readonly source: string;
  readonly role: ReadRole;
  readonly request: ReadRequest;
}

/** What one read at a source was, for the record: no value, no key. */
export interface ReadNote {
  readonly source: string;
  readonly entity: string;
  readonly role: ReadRole;
  readonly columns: readonly string[];
  readonly keys: number;
  readonly rows: number;
  readonly outcome: 'OK' | 'SOURCE_UNAVAILABLE' | 'SOURCE_FAULT';
  /** When the hub began to read, ISO 8601; of a failed read, when it failed. */
  readonly readAt: string;
  /** Data-quality counts by kind. */
  readonly findings: Readonly<Record<string, number>>;
}

/**
 * The reads of one request, joined: pages that ask the same columns of the same record under the same filter become one read, however many
 * paths (aliases) ask. One loader belongs to one request: nothing is shared between callers.
 */
export interface ReadLoader {
  load(page: PageRead): Promise<ReadResult>;
  /** Resolves if the page's source can be reached, rejects as `load` does. Asks about nobody; only a failure is noted. */
  check(page: PageRead): Promise<void>;
}

export interface ReadLoaderOptions {
  readonly connectors: ReadonlyMap<string, Connector>;
  readonly signal: AbortSignal;
  readonly now: () => Date;
  readonly onRead: (note: ReadNote) => void;
  /** Hears of each read as it begins; what it returns hears how it ended. */
  readonly beginRead: BeginRead;
}

/** Without a key or a value, for whoever measures. */
export type BeginRead = (
  read: Pick<ReadNote, 'source' | 'entity' | 'role' | 'columns' | 'keys'>,
) => (outcome: ReadNote['outcome']) => void;

export function createReadLoader(options: ReadLoaderOptions): ReadLoader {
  const loader = new DataLoader<PageRead, StartedRead>(async (pages) => startReads(options, pages), {
    cache: false,
  });
  const probes = new Map<string, Promise<boolean>>();
  return {
    load: async (page) => (await loader.load(page)).result,
    async check(page) {
      const { source } = page;
      const probe = probes.get(source) ?? isReachable(options, source);
      probes.set(source, probe);
      if (await probe) return;
      noteFailure(options, page, 'SOURCE_UNAVAILABLE');
      throw new HubError('SOURCE_UNAVAILABLE', { details: { source } });
    },
  };
}

async function isReachable({ connectors, signal }: ReadLoaderOptions, source: string): Promise<boolean> {
  const connector = connectors.get(source);
  return connector !== undefined && (await connector.probe(signal)).ok;
}

/** A promise inside a value: DataLoader would else let every page wait for the slowest source of its batch. */
interface StartedRead {
  readonly result: Promise<ReadResult>;
}

function startReads(options: ReadLoaderOptions, pages: readonly PageRead[]): StartedRead[] {
  const started = new Array<StartedRead>(pages.length);
  for (const positions of groupPages(pages)) {
    const [first = 0] = positions;
    const page = pages[first];
    if (page && positions.length === 1) {
      started[first] = { result: readOnce(options, page) };
      continue;
    }
    const shares = readJoined(
      options,
      positions.flatMap((position) => pages[position] ?? []),
    );
    positions.forEach((position, own) => {
      started[position] = { result: shares.then((results) => shareAt(results, own)) };
    });
  }
  return started;
}

/** Pages of one shape under one filter; shapes are equal where they are one value. */
function groupPages(pages: readonly PageRead[]): number[][] {
  const groups: { readonly page: PageRead; readonly positions: number[] }[] = [];
  pages.forEach((page, position) => {
    const known = groups.find((group) => canJoin(group.page, page));
    if (known) known.positions.push(position);
    else groups.push({ page, positions: [position] });
  });
  return groups.map(({ positions }) => positions);
}

function canJoin(a: PageRead, b: PageRead): boolean {
  return (
    a.request.shape === b.request.shape &&
    a.source === b.source &&
    a.role === b.role &&
    (a.request.where === b.request.where ||
      JSON.stringify(a.request.where) === JSON.stringify(b.request.where))
  );
}

function shareAt(shares: readonly ReadResult[], own: number): ReadResult {
  const share = shares[own];
  if (!share) throw new TypeError('a joined read has a share for every page');
  return share;
}

/** One read for all pages of a group; its result by page. Rejects as the read does. */
async function readJoined(options: ReadLoaderOptions, pages: readonly PageRead[]): Promise<ReadResult[]> {
  const [first] = pages;
  if (!first) return [];
  const { keys, shares } = joinKeys(pages);
  const result = await readOnce(options, { ...first, request: { ...first.request, keys } });
  return shares.map((share) => shareOf(result, share));
}

/** The distinct keys of all pages, and for each page where its keys went. */
function joinKeys(pages: readonly PageRead[]): {
  keys: ReadRequest['keys'];
  shares: ReadonlyMap<number, number>[];
} {
  const positions = new Map<string, number>();
  const keys: string[][] = [];
  const shares = pages.map(({ request }) => {
    const share = new Map<number, number>();
    for (let own = 0; own < keyCount(request); own++) {
      const key = request.keys.map((values) => values[own] ?? '');
      const text = JSON.stringify(key);
      let position = positions.get(text);
      if (position === undefined) {
        position = positions.size;
        positions.set(text, position);
        for (const [column, value] of key.entries()) {
          keys[column] ??= [];
          keys[column].push(value);
        }
      }
      share.set(position, own);
    }
    return share;
  });
  return { keys, shares };
}

function keyCount({ keys }: ReadRequest): number {
  return keys[0]?.length ?? 0;
}

function shareOf(result: ReadResult, share: ReadonlyMap<number, number>): ReadResult {
  const rows = result.rows.flatMap((row) => {
    const key = share.get(row.key);
    return key === undefined ? [] : [{ key, values: row.values }];
  });
  return { ...result, rows };
}

/** THE line that fetches: every read of every department goes through here, with the permitted columns and nothing else. */
async function readOnce(options: ReadLoaderOptions, page: PageRead): Promise<ReadResult> {
  const connector = options.connectors.get(page.source);
  const endRead = options.beginRead(subjectOf(page));
  try {
    if (!connector) throw new HubError('SOURCE_UNAVAILABLE', { details: { source: page.source } });
    const result = await connector.read(page.request, options.signal);
    const { rows, readAt, findings } = result;
    options.onRead(noteOf(page, { rows: rows.length, outcome: 'OK', readAt, findings }));
    endRead('OK');
    return result;
  } catch (error) {
    const outcome = sourceCode(error);
    endRead(outcome);
    noteFailure(options, page, outcome);
    throw error;
  }
}

function noteFailure({ onRead, now }: ReadLoaderOptions, page: PageRead, outcome: ReadNote['outcome']): void {
  onRead(noteOf(page, { rows: 0, outcome, readAt: now().toISOString(), findings: {} }));
}

type ReadSubject = Parameters<BeginRead>[0];

/** A source that was asked about nobody was asked for no column. */
function subjectOf({ source, role, request }: PageRead): ReadSubject {
  const { entity, columns } = request.shape;
  const keys = keyCount(request);
  return { source, entity, role, columns: keys > 0 ? columns : [], keys };
}

/** Written out: V8 makes a dictionary of an object that is spread and then added to. */
function noteOf(page: PageRead, ending: Omit<ReadNote, keyof ReadSubject>): ReadNote {
  const { source, entity, role, columns, keys } = subjectOf(page);
  const { rows, outcome, readAt, findings } = ending;
  return { source, entity, role, columns, keys, rows, outcome, readAt, findings };
}

/** How a failed read is told: whatever was not foreseen is a fault, never a reason to go on. */
export function sourceCode(error: unknown): 'SOURCE_UNAVAILABLE' | 'SOURCE_FAULT' {
  const code: ErrorCode | undefined = error instanceof HubError ? error.code : undefined;
  return code === 'SOURCE_UNAVAILABLE' ? 'SOURCE_UNAVAILABLE' : 'SOURCE_FAULT';
}
