import { randomUUID } from 'node:crypto';
import type { AccessEntry, RecordedDecision, RecordedRead } from '../audit/entry.ts';
import type { Caller, Subject } from '../identity/subject.ts';
import { entityKeyText } from '../plan/bound-plan.ts';
import type { Plan } from '../plan/plan.ts';
import type { SubjectClass } from '../policies/decision.ts';
import type { ResidentIdentifier } from '../resident/identifier.ts';
import { type RequestEnding, type RequestTrace, silentTrace } from '../telemetry/telemetry.ts';
import type { Generation } from './generation.ts';
import type { EncodedAnswer } from './splice-receipt.ts';

/**
 * One request as it goes along: each chapter writes its part, and the record is made of it at the end. It also is the
 * context that resolvers get. Belongs to one request alone.
 */
export interface Story {
  readonly requestId: string;
  readonly eventId: string;
  readonly receivedAt: Date;
  readonly signal: AbortSignal;
  /** What is told of it to whoever measures. */
  readonly trace: RequestTrace;
  subject?: Subject;
  caller?: Caller;
  subjectClass?: SubjectClass;
  operation?: NonNullable<AccessEntry['operation']>;
  plan?: Plan;
  /** The graph on which the operation is executed, with its caches. */
  generation?: Generation;
  decisions: readonly RecordedDecision[];
  residents: readonly ResidentIdentifier[];
  readonly reads: RecordedRead[];
  /** Codes of the errors in the answer, with their counts. */
  readonly errors: Map<string, number>;
  /** The answer ends with a non-empty `extensions` object, so that the receipt can be spliced in. */
  hasExtensions: boolean;
  /** The finished answer, where the executor wrote it. */
  answer?: EncodedAnswer;
  /** The answer is no JSON: its receipt goes into a header. */
  hasReceiptHeader: boolean;
  /** The residents are synthetic, and the answer says so. */
  isSandbox: boolean;
  /** Counted by the summary of refusals instead of recorded by itself. */
  isSummarised: boolean;
}

export function createStory(receivedAt: Date, signal: AbortSignal, trace: RequestTrace = silentTrace): Story {
  return {
    requestId: randomUUID(),
    eventId: randomUUID(),
    receivedAt,
    signal,
    trace,
    decisions: [],
    residents: [],
    reads: [],
    errors: new Map(),
    hasExtensions: false,
    hasReceiptHeader: false,
    isSandbox: false,
    isSummarised: false,
  };
}

/** Each once, however often the request asks about them. */
export function addResidents(story: Story, residents: readonly ResidentIdentifier[]): void {
  const known = new Map([...story.residents, ...residents].map((key) => [entityKeyText(key), key]));
  story.residents = [...known.values()];
}

/** What a read is on record as. */
export function addRead(
  story: Story,
  { source, entity, role, columns, keys, rows, outcome, readAt }: RecordedRead,
): void {
  story.reads.push({ source, entity, role, columns, keys, rows, outcome, readAt });
}

export function countError(story: Story, code: string, by = 1): void {
  story.errors.set(code, (story.errors.get(code) ?? 0) + by);
}

/** What is measured of a story that was answered with this status. */
export function toEnding(story: Story, status: number): RequestEnding {
  const effects = new Map<string, number>();
  for (const { effect } of story.decisions) effects.set(effect, (effects.get(effect) ?? 0) + 1);
  const { operation, errors } = story;
  return { status, kind: kindOf(story, status), operation: operation?.hash, errors, effects };
}

export interface Ending {
  readonly status: number;
  /** HMAC over the answer's bytes, hex. */
  readonly commitment: string;
  /** Pseudonyms of the residents, and which key made them. */
  readonly subjects: readonly string[];
  readonly subjectKey?: string;
}

/** The record of the story. A request whose client was never verified, or that was refused whole, is a refusal. */
export function toEntry(story: Story, ending: Ending): AccessEntry {
  return {
    eventId: story.eventId,
    kind: kindOf(story, ending.status),
    at: story.receivedAt.toISOString(),
    requestId: story.requestId,
    caller: describeCaller(story),
    operation: story.operation,
    decisions: story.decisions,
    subjects: ending.subjects,
    subjectKey: ending.subjectKey,
    reads: story.reads,
    outcome: {
      status: ending.status,
      errors: Object.fromEntries([...story.errors].sort(([a], [b]) => (a < b ? -1 : 1))),
      commitment: ending.commitment,
    },
  };
}

function kindOf({ caller }: Story, status: number): 'access' | 'refusal' {
  return caller && status < 400 ? 'access' : 'refusal';
}

/** What of a token goes on record, and of what it was used for. */
export function describeSubject(subject: Subject, caller?: Caller): NonNullable<AccessEntry['caller']> {
  const { client, department, officer, roles, issuer, tokenId } = subject;
  const [purpose, caseReference] = [caller?.purpose, caller?.caseReference];
  return { client, department, officer, roles, issuer, tokenId, purpose, caseReference };
}

function describeCaller({ subject, caller }: Story): AccessEntry['caller'] {
  return subject && describeSubject(subject, caller);
}

/** What `extensions` of every answer says. */
export function answerExtensions({ requestId, isSandbox }: Story): Record<string, unknown> {
  return isSandbox ? { requestId, sandbox: true } : { requestId };
}
