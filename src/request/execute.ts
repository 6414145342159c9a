import type { ExecutionResult, GraphQLFormattedError } from 'graphql';
import type { Config } from '../config.ts';
import type { Connector } from '../connectors/connector.ts';
import { HubError } from '../errors.ts';
import { type Fetched, fetchPlan } from '../fetch/fetch-plan.ts';
import type { PageCursors } from '../keys/page-cursor.ts';
import { bindPlan } from '../plan/bind-plan.ts';
import type { BoundPlan } from '../plan/bound-plan.ts';
import { claimPlanner } from '../plan/claims-plan.ts';
import { coerceVariables } from '../plan/coerce-variables.ts';
import { isActive } from '../plan/collect-fields.ts';
import type { Operation } from '../plan/prepare-operation.ts';
import { chinaDate } from '../policies/calendar.ts';
import type { FieldPolicy } from '../policies/decision.ts';
import type { EntityKey } from '../resident/entity-key.ts';
import type { PolicyParts } from './denial-words.ts';
import { describeAnswer } from './describe-answer.ts';
import type { Generation } from './generation.ts';
import { introspect } from './introspect.ts';
import { recordedDecisions } from './recorded-decisions.ts';
import { maskUnknown, reportErrors, toGraphqlError } from './report-errors.ts';
import { type OnFindings, reportFindings } from './report-findings.ts';
import { addRead, addResidents, answerExtensions, countError, type Story } from './story.ts';
import { WrittenData } from './written-data.ts';

/** What the executor needs of the rest of the hub. */
export interface ExecuteParts extends PolicyParts {
  readonly limits: Config['limits'];
  readonly connectors: () => ReadonlyMap<string, Connector>;
  readonly references: {
    conceal(client: string, key: EntityKey): string;
    reveal(client: string, reference: string): EntityKey | undefined;
  };
  readonly cursors: PageCursors;
  /** Hears of what nobody foresaw; must keep it from the caller. */
  readonly onUnknown: (error: unknown, story: Story) => void;
  readonly onFindings: OnFindings;
}

/** Of an execution. What departments were asked for stands in it as finished JSON. */
export type HubResult = WrittenResult | ExecutionResult;

export interface WrittenResult {
  readonly data: WrittenData;
  /** Written with the data. */
  readonly errors?: readonly GraphQLFormattedError[];
  readonly extensions: Record<string, unknown>;
}

export function isWritten(result: HubResult): result is WrittenResult {
  return result.data instanceof WrittenData;
}

export interface OperationRequest {
  readonly source: string;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
}

/**
 * The story of one operation: plan → gate → fetch → mask, then the shape of the answer. Never rejects: what went wrong is in the
 * result, in the caller's terms.
 */
export async function executeOperation(
  parts: ExecuteParts,
  generation: Generation,
  story: Story,
  request: OperationRequest,
): Promise<HubResult> {
  story.hasExtensions = true;
  story.generation = generation;
  let endChapter = story.trace.chapter('plan');
  try {
    const operation = generation.prepare(request.source, request.operationName);
    const variables = coerceVariables(generation.schema, operation.definition, request.variables);
    const policy = parts.policy();
    const bound = decideOperation(parts, generation, story, { operation, variables, policy });
    if (bound.plan.introspection) {
      return introspect(generation, story, { operation, variables, policy, now: parts.now().getTime() });
    }
    // Before the departments are asked: what cannot be executed needs no data.
    const compiled = generation.compile(operation);
    endChapter();
    endChapter = story.trace.chapter('fetch');
    const fetched = await fetchDecided(parts, generation, story, bound);
    endChapter();
    endChapter = story.trace.chapter('execute');
    const hub = compiled.resolveHub && (await compiled.resolveHub(story, variables));
    const data = compiled.write(fetched.root, hub, (guards) => isActive(guards, variables));
    return answer(parts, generation, story, { data, hub, bound, fetched });
  } catch (error) {
    const known = maskUnknown(error, story, (unknown) => parts.onUnknown(unknown, story));
    countError(story, known.code);
    return { errors: [toGraphqlError(known)], extensions: answerExtensions(story) };
  } finally {
    endChapter();
  }
}

interface DecideInput {
  readonly operation: Operation;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly policy: FieldPolicy;
}

function decideOperation(
  parts: ExecuteParts,
  generation: Generation,
  story: Story,
  { operation, variables, policy }: DecideInput,
): BoundPlan {
  const { caller, subjectClass } = story;
  if (!caller || !subjectClass) throw new HubError('UNAUTHENTICATED');
  story.operation = describeOperation(generation, operation, policy);
  const now = parts.now().getTime();
  const plan = generation.plan(operation, policy, subjectClass, now);
  story.plan = plan;
  const claiming = { generation, policy, subject: subjectClass, now };
  const { subject, caseReference } = caller;
  const bound = bindPlan({
    plan,
    graph: generation.graph,
    openCursor: (context, cursor) =>
      parts.cursors.open([subject.client, caller.purpose, context], cursor, now),
    planClaims: claimPlanner(claiming, parts.limits.maxClaimsPerPerson),
    schema: generation.schema,
    variables,
    limits: parts.limits,
    binding: {
      region: subject.region,
      department: subject.department,
      case: caseReference,
      today: chinaDate(parts.now()),
    },
    reveal: (reference) => parts.references.reveal(subject.client, reference),
  });
  story.residents = bound.residents;
  story.decisions = recordedDecisions(bound);
  return bound;
}

function describeOperation(
  generation: Generation,
  operation: Operation,
  policy: FieldPolicy,
): NonNullable<Story['operation']> {
  const { shape, name } = operation;
  return {
    hash: shape,
    // The name is the caller's text: one that holds a number like a citizen id is not written down.
    name: name !== undefined && !/\d{6}/.test(name) ? name : undefined,
    schemaVersion: generation.graph.version,
    policyFingerprint: policy.fingerprint,
  };
}

async function fetchDecided(
  parts: ExecuteParts,
  generation: Generation,
  story: Story,
  bound: BoundPlan,
): Promise<Fetched> {
  const client = story.caller?.subject.client ?? '';
  const cursorExpiry = parts.now().getTime() + parts.limits.cursorLifetimeMs;
  const fetched = await fetchPlan(bound, {
    requestId: story.requestId,
    connectors: parts.connectors(),
    departments: generation.departmentTitles,
    signal: story.signal,
    now: parts.now,
    today: chinaDate(parts.now()),
    onRead: (read) => addRead(story, read),
    beginRead: ({ source, entity, role, columns, keys }) =>
      story.trace.read({ source, entity, role, columns: columns.length, keys }),
    onResidents: (residents) => addResidents(story, residents),
    conceal: (key) => parts.references.conceal(client, key),
    registerDeadlines: { listMs: parts.limits.listDeadlineMs, countMs: parts.limits.countDeadlineMs },
    sealCursor: (context, position) =>
      parts.cursors.seal([client, story.caller?.purpose ?? '', context], position, cursorExpiry),
  });
  reportFindings(parts.onFindings, story, fetched);
  // Its reason is a HubError: the deadline, a caller who left, a hub that shuts down.
  story.signal.throwIfAborted();
  return fetched;
}

interface Executed {
  readonly data: Buffer;
  readonly hub: ExecutionResult | undefined;
  readonly bound: BoundPlan;
  readonly fetched: Fetched;
}

function answer(
  parts: ExecuteParts,
  generation: Generation,
  story: Story,
  { data, hub, bound, fetched }: Executed,
): WrittenResult {
  const unforeseen = (hub?.errors ?? []).map((error) => {
    const known = maskUnknown(error, story, (unknown) => parts.onUnknown(unknown, story));
    countError(story, known.code);
    return toGraphqlError(known, { isPartial: true }).toJSON();
  });
  const errors = [...reportErrors(parts, story, bound, fetched), ...unforeseen];
  const written = new WrittenData(data, errors, (bytes) => {
    story.answer = bytes;
  });
  const extensions = describeAnswer(generation.graph, story, bound, fetched);
  return errors.length > 0 ? { errors, data: written, extensions } : { data: written, extensions };
}
