import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AccessEntry, AuditStore } from '../../src/audit/entry.ts';
import { createProjector } from '../../src/audit/projector.ts';
import type { RecordFilter } from '../../src/audit/record-filter.ts';
import { sealEntry } from '../../src/audit/seal-entry.ts';
import { searchRecords } from '../../src/audit/search.ts';
import { createRandom } from './faulty-store.ts';
import { entryOf, type LogEngine, logEngines } from './support.ts';

const log = { origin: 'hub.example/log', replica: 'r1' };
const random = createRandom(20_261_128);
const below = (end: number) => Math.floor(random() * end);
const oneOf = <T>(items: readonly T[]): T => items[below(items.length)] as T;

const start = Date.parse('2026-11-21T00:00:00.000Z');
const long = 'l'.repeat(3_000);
const clients = ['hall', 'app', long, 'silent'];
const effects = ['PERMIT', 'MASK', 'PERMIT_IF', 'DENY'] as const;
const fields = Array.from({ length: 12 }, (_, i) => `PoliceRecord.field${i}`);
const sources = ['police', 'civil', 'justice'];
const residents = Array.from({ length: 40 }, (_, i) => `${String(i).padStart(20, 'r')}-A`);
const kinds = ['access', 'access', 'access', 'refusal', 'administration'] as const;

/** Records of an hour a day apart, clocks that went back among them; one client is heard of in the beginning only. */
function randomEntry(index: number): AccessEntry {
  const at = new Date(start + index * 120_000 - (index % 97 === 0 ? 7_200_000 : 0)).toISOString();
  const client = index < 30 ? oneOf(clients) : oneOf(clients.slice(0, 3));
  const [read] = entryOf().reads;
  const isKnown = random() < 0.9;
  return entryOf({
    kind: oneOf(kinds),
    at,
    decisions: fields
      .filter(() => random() < 0.3)
      .map((coordinate) => ({ coordinate, effect: oneOf(effects), rule: 'A-1.v1#0' })),
    subjects: residents.filter(() => random() < 0.04),
    reads: read ? sources.filter(() => random() < 0.5).map((source) => ({ ...read, source })) : [],
    outcome: { status: oneOf([200, 200, 200, 403, 503]), errors: random() < 0.3 ? { FIELD_DENIED: 1 } : {} },
    ...(isKnown
      ? { caller: callerOf(client, oneOf(['police', 'justice']), oneOf(['review', 'mediation']), index) }
      : { caller: callerOf('nobody', 'police', 'review', index) }),
  });
}

function callerOf(client: string, department: string, purpose: string, index: number) {
  const unit = { roles: [], issuer: 'i', tokenId: 't' };
  return {
    client,
    department,
    purpose,
    ...unit,
    ...(index % 3 === 0 ? { caseReference: `BJ-${index % 20}` } : {}),
  };
}

function matches(entry: AccessEntry, filter: RecordFilter): boolean {
  const { caller, decisions, reads, outcome, subjects } = entry;
  const isDecision = ({ coordinate, effect }: AccessEntry['decisions'][number]) =>
    (filter.field === undefined || coordinate === filter.field) &&
    (filter.effect === undefined || effect === filter.effect);
  const at = new Date(entry.at);
  return [
    filter.kind === undefined || entry.kind === filter.kind,
    filter.client === undefined || caller?.client === filter.client,
    filter.department === undefined || caller?.department === filter.department,
    filter.purpose === undefined || caller?.purpose === filter.purpose,
    filter.caseReference === undefined || caller?.caseReference === filter.caseReference,
    filter.source === undefined || reads.some(({ source }) => source === filter.source),
    (filter.field === undefined && filter.effect === undefined) || decisions.some(isDecision),
    filter.error === undefined || String(outcome.status) === filter.error || filter.error in outcome.errors,
    filter.pseudonyms === undefined || subjects.some((one) => filter.pseudonyms?.includes(one)),
    filter.from === undefined || at >= filter.from,
    filter.until === undefined || at < filter.until,
  ].every(Boolean);
}

const maybe = <T>(...values: readonly T[]) =>
  fc.option(fc.constantFrom(...values), { nil: undefined, freq: 1 });
const instant = fc.option(
  fc.integer({ min: -200, max: 1_500 }).map((minutes) => new Date(start + minutes * 60_000)),
  { nil: undefined, freq: 1 },
);
const anyFilter = fc.record({
  kind: maybe<AccessEntry['kind']>('access', 'refusal', 'administration', 'refusals-summary'),
  client: maybe(...clients, 'unknown'),
  department: maybe('police', 'justice'),
  purpose: maybe('review', 'mediation'),
  caseReference: maybe('BJ-0', 'BJ-9', 'BJ-x'),
  source: maybe(...sources),
  field: maybe(...fields),
  effect: maybe(...effects),
  error: maybe('200', '403', '503', '404', 'FIELD_DENIED'),
  pseudonyms: fc.option(fc.subarray(residents, { maxLength: 5 }), { nil: undefined, freq: 1 }),
  from: instant,
  until: instant,
});
/** Most of its conditions left out, so that something is found. */
const someFilter = fc
  .tuple(anyFilter, fc.array(fc.nat(11), { minLength: 9, maxLength: 14 }))
  .map(([filter, without]) => {
    const names = Object.keys(filter);
    const left = Object.entries(filter).filter(
      ([name, value]) => !without.includes(names.indexOf(name)) && value,
    );
    return Object.fromEntries(left) as RecordFilter;
  });

describe.each(logEngines)('a search on $name', ({ open }) => {
  const entries = Array.from({ length: 700 }, (_, index) => randomEntry(index));
  let engine: LogEngine;
  let store: AuditStore;

  beforeAll(async () => {
    engine = await open();
    store = engine.createStore();
    for (let from = 0; from < entries.length; from += 100) {
      await store.append(entries.slice(from, from + 100).map((entry) => sealEntry(entry, log)));
    }
    await createProjector(engine.sql).catchUp();
  });
  afterAll(async () => {
    await store.close();
    await engine.close();
  });

  async function searchAll(filter: RecordFilter, first: number): Promise<readonly number[]> {
    const found: number[] = [];
    let after: string | undefined;
    for (let hasNextPage = true; hasNextPage; ) {
      const page = await searchRecords(engine.sql, filter, {
        first,
        ...(after === undefined ? {} : { after }),
      });
      expect(page.records.every(({ isDamaged }) => !isDamaged)).toBe(true);
      found.push(...page.records.map(({ index }) => Number(index)));
      after = page.records.at(-1)?.index;
      hasNextPage = page.hasNextPage;
    }
    return found;
  }

  it('finds exactly what a look at every record finds, newest first, page by page', {
    timeout: 120_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(someFilter, fc.integer({ min: 20, max: 200 }), async (filter, first) => {
        const expected = entries.flatMap((entry, index) => (matches(entry, filter) ? [index] : [])).reverse();
        expect(await searchAll(filter, first)).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  it('finds what only the oldest records have, whether few patterns have it or many', async () => {
    const silent = entries
      .flatMap(({ caller }, index) => (caller?.client === 'silent' ? [index] : []))
      .reverse();
    expect(silent.length).toBeGreaterThan(0);
    expect(Math.max(...silent)).toBeLessThan(30);
    expect(await searchAll({ client: 'silent' }, 3)).toEqual(silent);
    const [{ patterns } = { patterns: 0 }] = await engine.sql.query(
      'SELECT count(*)::integer AS patterns FROM audit.access_pattern',
      [],
    );
    // Otherwise the records of common patterns are never looked through.
    expect(Number(patterns)).toBeGreaterThan(300);
  });
});
