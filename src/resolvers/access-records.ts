import type { GraphQLFieldResolver } from 'graphql';
import type { AccessEntry, RecordedAct } from '../audit/entry.ts';
import { type Pseudonymiser, periodsBetween } from '../audit/pseudonym.ts';
import type { RecordFilter } from '../audit/record-filter.ts';
import { type FoundPage, type FoundRecord, searchRecords } from '../audit/search.ts';
import type { Sql } from '../audit/sql.ts';
import { HubError } from '../errors.ts';
import type {
  AccessRecord,
  AccessRecordConnection,
  AccessRecordFilter,
  AccessRecordKind,
  AdministrativeAct,
  QueryAccessRecordsArgs,
  ResidentIdentifier as ResidentIdentifierInput,
} from '../generated/graphql.ts';
import { maxLogPage } from '../plan/plan-log-search.ts';
import type { Story } from '../request/story.ts';
import { parseIdentifier, type ResidentIdentifier } from '../resident/identifier.ts';

export interface AccessRecordParts {
  readonly sql: Sql;
  /** Brings the search tables up to the last committed record. */
  readonly catchUp: () => Promise<void>;
  readonly pseudonymiser: Pseudonymiser;
  /** Departments that could have asked for a resident: their pseudonym keys are tried. */
  readonly departments: () => readonly string[];
  readonly reveal: (client: string, reference: string) => ResidentIdentifier | undefined;
  readonly now: () => Date;
}

/** Without `from`, a resident is looked for over the retention of records (3 years). */
const searchedYears = 3;
/** Each department and month of it costs a pseudonym. */
const longestSearchYears = 10;
const longestSearchMs = longestSearchYears * 366 * 86_400_000;

/** What auditors ask of the log. The plan has decided before that the caller is one. */
export function createAccessRecords(parts: AccessRecordParts): GraphQLFieldResolver<unknown, Story> {
  return async (_parent, args: QueryAccessRecordsArgs, story): Promise<AccessRecordConnection> => {
    const first = checkFirst(args.first);
    const filter = toFilter(parts, story, args.where ?? {});
    await parts.catchUp();
    const after = parseCursor(args.after);
    const page = await searchRecords(parts.sql, filter, { first, ...(after === undefined ? {} : { after }) });
    return toConnection(page);
  };
}

const kindsBySchema: Readonly<Record<AccessRecordKind, AccessEntry['kind']>> = {
  ACCESS: 'access',
  REFUSAL: 'refusal',
  REFUSALS_SUMMARY: 'refusals-summary',
  ADMINISTRATION: 'administration',
};
const kindsByEntry = new Map<string, AccessRecordKind>(
  // Object.entries forgets that the names are those of the enum.
  Object.entries(kindsBySchema).map(([name, kind]) => [kind, name as AccessRecordKind]),
);
const actOutcomes: ReadonlySet<string> = new Set<RecordedAct['outcome']>([
  'INTENT',
  'DONE',
  'FAILED',
  'REFUSED',
]);

function checkFirst(first: number | null | undefined): number {
  if (typeof first === 'number' && first >= 1 && first <= maxLogPage) return first;
  throw new HubError('VARIABLE_INVALID', {
    hint: `first must be from 1 to ${maxLogPage}.`,
    hintZh: `每页条数须在 1 至 ${maxLogPage} 之间。`,
    details: { argument: 'first', max: maxLogPage },
  });
}

function parseCursor(after: string | null | undefined): string | undefined {
  if (after === null || after === undefined) return undefined;
  if (/^\d{1,18}$/.test(after)) return after;
  throw new HubError('VARIABLE_INVALID', {
    hint: 'after must be an endCursor of this query.',
    hintZh: 'after 须为本查询给出的 endCursor。',
  });
}

function toFilter(parts: AccessRecordParts, story: Story, where: Partial<AccessRecordFilter>): RecordFilter {
  const { client, department, purpose, caseReference, source, field, effect, error } = where;
  const equal = { client, department, purpose, caseReference, source, field, effect, error };
  const given = Object.entries(equal).filter(([, value]) => value !== null && value !== undefined);
  const from = parseTime('from', where.from);
  const until = parseTime('until', where.until);
  return {
    ...Object.fromEntries(given),
    ...(where.kind ? { kind: kindsBySchema[where.kind] } : {}),
    ...(from ? { from } : {}),
    ...(until ? { until } : {}),
    ...(where.resident ? { pseudonyms: pseudonymsOf(parts, story, where.resident, from, until) } : {}),
  };
}

function parseTime(name: string, text: string | null | undefined): Date | undefined {
  if (text === null || text === undefined) return undefined;
  const time = new Date(text);
  if (!Number.isNaN(time.getTime())) return time;
  throw new HubError('VARIABLE_INVALID', {
    hint: `${name} must be a time (RFC 3339).`,
    hintZh: `${name} 须为时间（RFC 3339）。`,
  });
}

function pseudonymsOf(
  parts: AccessRecordParts,
  story: Story,
  resident: ResidentIdentifierInput,
  from: Date | undefined,
  until: Date | undefined,
): readonly string[] {
  const identifier =
    resident.type === 'RESIDENT_ID'
      ? parts.reveal(story.caller?.subject.client ?? '', resident.value)
      : parseIdentifier({ type: resident.type ?? 'CITIZEN_ID', value: resident.value });
  if (!identifier) throw new HubError('IDENTIFIER_MALFORMED');
  // Whoever looks for a resident in the log has looked at that resident.
  story.residents = [...story.residents, identifier];
  const end = until ?? parts.now();
  const begin = from ?? new Date(parts.now().getTime() - searchedYears * 366 * 86_400_000);
  if (end.getTime() - begin.getTime() > longestSearchMs) {
    throw new HubError('VARIABLE_INVALID', {
      hint: `For a resident, from and until may be ${longestSearchYears} years apart at most.`,
      hintZh: `按居民查询时，起止时间最多相隔 ${longestSearchYears} 年。`,
      details: { argument: 'where', maxYears: longestSearchYears },
    });
  }
  const periods = begin < end ? periodsBetween(begin, end) : [];
  const scopes = parts
    .departments()
    .flatMap((department) => periods.map((period) => ({ department, period })));
  return parts.pseudonymiser.locate(identifier, scopes);
}

function toConnection({ records, hasNextPage }: FoundPage): AccessRecordConnection {
  return {
    nodes: records.flatMap((record) => (record.isDamaged ? [] : [toAccessRecord(record)])),
    damaged: records.flatMap((record) =>
      record.isDamaged ? [{ index: record.index, damage: record.damage }] : [],
    ),
    pageInfo: { hasNextPage, endCursor: records.at(-1)?.index ?? null },
  };
}

function toAccessRecord(record: Extract<FoundRecord, { isDamaged: false }>): AccessRecord {
  const { entry, index, leafHash, replica } = record;
  const { caller, operation, outcome } = entry;
  return {
    index,
    eventId: entry.eventId,
    kind: kindsByEntry.get(entry.kind) ?? null,
    at: entry.at,
    requestId: entry.requestId,
    replica,
    client: caller?.client ?? null,
    department: caller?.department ?? null,
    officer: caller?.officer ?? null,
    purpose: caller?.purpose ?? null,
    caseReference: caller?.caseReference ?? null,
    operationHash: operation?.hash ?? null,
    operationName: operation?.name ?? null,
    decisions: entry.decisions.map((decision) => ({ ...decision })),
    subjects: [...entry.subjects],
    reads: entry.reads.map((read) => ({ ...read, columns: [...read.columns] })),
    status: outcome.status,
    errors: errorsOf(entry),
    administration: entry.administration ? toAct(entry.administration) : null,
    leafHash,
  };
}

function toAct(act: RecordedAct): AdministrativeAct {
  const { action, outcome, by, object, reason, contentHash, changed = [], problems, rules = [] } = act;
  return {
    action,
    // A newer hub may know another.
    outcome: actOutcomes.has(outcome) ? outcome : null,
    by,
    object: object ?? null,
    reason: reason ?? null,
    contentHash: contentHash ?? null,
    changed: changed.map(({ kind, id, change, version, contentHash: hash }) => ({
      ...{ kind, id, change },
      version: version ?? null,
      contentHash: hash ?? null,
    })),
    problems: problems ?? null,
    rules: [...rules],
  };
}

function errorsOf({ outcome }: AccessEntry): AccessRecord['errors'] {
  return Object.entries(outcome.errors).map(([code, count]) => ({ code, count }));
}
