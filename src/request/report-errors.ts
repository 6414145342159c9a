import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { type ErrorCode, errorTable, HubError } from '../errors.ts';
import type { Fetched } from '../fetch/fetch-plan.ts';
import type { Problem } from '../fetch/problems.ts';
import type { BoundPlan } from '../plan/bound-plan.ts';
import type { PlannedDenial } from '../plan/plan.ts';
import { denialWords, type PolicyParts } from './denial-words.ts';
import { answerExtensions, countError, type Story } from './story.ts';

/**
 * The one place where errors become GraphQL errors. Chinese first, English second; never a value, a path or a stack. Beside partial
 * data the HTTP status stays 200.
 */
export function toGraphqlError(error: HubError, options: { isPartial?: boolean } = {}): GraphQLError {
  const row = errorTable[error.code];
  const { locations, ...details } = error.details;
  return new GraphQLError(`${error.zh} ${error.message}`, {
    originalError: error,
    extensions: {
      code: error.code,
      retryable: row.retryable,
      ...details,
      ...(Array.isArray(locations) ? { locations } : {}),
      ...(row.status === 200 || options.isPartial
        ? {}
        : { http: { status: row.status, headers: httpHeaders(error.code) } }),
    },
  });
}

function httpHeaders(code: ErrorCode): Map<string, string> {
  const headers = new Map<string, string>();
  if (errorTable[code].status === 503 || code === 'RATE_LIMITED') headers.set('retry-after', '1');
  return headers;
}

/** Whatever is not a HubError becomes INTERNAL with the request's id; the original is for the log alone. */
export function maskUnknown(error: unknown, story: Story, onUnknown: (error: unknown) => void): HubError {
  const known = error instanceof GraphQLError ? error.originalError : error;
  if (known instanceof HubError) return known;
  onUnknown(error);
  return new HubError('INTERNAL', { details: { requestId: story.requestId }, cause: error });
}

/** What stands beside the data: denials of the plan, failures of the fetch, malformed identifiers. As the caller gets it. */
export function reportErrors(
  parts: PolicyParts,
  story: Story,
  bound: BoundPlan,
  fetched: Fetched,
): readonly GraphQLFormattedError[] {
  for (const { code } of bound.denials) countError(story, code);
  return [
    ...[...fetched.malformed].map(([path, positions]) => malformedError(story, path, positions)),
    ...denialErrors(parts, story, bound.denials),
    ...fetched.problems.map((problem) => problemError(story, problem)),
  ];
}

function malformedError(
  story: Story,
  responsePath: string,
  positions: readonly number[],
): GraphQLFormattedError {
  countError(story, 'IDENTIFIER_MALFORMED', positions.length);
  return sayCode('IDENTIFIER_MALFORMED', {
    responsePath,
    positions: positions.slice(0, 100),
    count: positions.length,
  });
}

/** A plan's own list is frozen, and said once; one that was bound for a single request is not. */
function denialErrors(
  parts: PolicyParts,
  story: Story,
  denials: readonly PlannedDenial[],
): readonly GraphQLFormattedError[] {
  if (denials.length === 0) return [];
  const say = () => denials.map((denial) => denialError(parts, story, denial));
  if (!Object.isFrozen(denials)) return say();
  const told = toldUnder(parts, denials);
  // A plan serves tokens of several purposes, with a case and without: what would change the decision is not the same for all.
  const asker = JSON.stringify([story.caller?.subject.purposes, story.caller?.caseReference !== undefined]);
  const known = told.get(asker);
  if (known) return known;
  if (told.size >= maxAskers) told.clear();
  const said = say();
  told.set(asker, said);
  return said;
}

type Told = Map<string, readonly GraphQLFormattedError[]>;

const maxAskers = 100;
const toldBefore = new WeakMap<
  readonly PlannedDenial[],
  ReturnType<PolicyParts['inForce']> & { told: Told }
>();

/** An agreement that changes nothing of the plan may change the words. */
function toldUnder({ inForce }: PolicyParts, denials: readonly PlannedDenial[]): Told {
  const { agreements, purposes } = inForce();
  const before = toldBefore.get(denials);
  if (before?.agreements === agreements && before.purposes === purposes) return before.told;
  const told: Told = new Map();
  toldBefore.set(denials, { agreements, purposes, told });
  return told;
}

function denialError(
  parts: PolicyParts,
  story: Story,
  { coordinate, code, decision, responsePaths }: PlannedDenial,
): GraphQLFormattedError {
  const { explanation, remedies, howToApply } = denialWords(parts, story, { coordinate, decision });
  return sayCode(code, {
    coordinate,
    ...pathsOf(responsePaths),
    rule: decision.rule,
    ...(decision.effect === 'DENY' ? { reason: decision.reason } : {}),
    explanation,
    ...(remedies.length > 0
      ? {
          remedies: remedies.map(({ code: remedy, explanation: words }) => ({
            code: remedy,
            explanation: words,
          })),
        }
      : {}),
    ...(howToApply === null || howToApply === undefined ? {} : { howToApply }),
  });
}

function problemError(
  story: Story,
  { coordinate, code, department, responsePaths, count }: Problem,
): GraphQLFormattedError {
  countError(story, code, count);
  // The department that holds the field was not asked, and of which one could not answer the caller may know nothing.
  const named = code === 'ACCESS_UNCHECKED' ? {} : { department };
  return sayCode(code, { coordinate, ...named, ...pathsOf(responsePaths), count });
}

function pathsOf(responsePaths: readonly string[]): Record<string, unknown> {
  const [responsePath] = responsePaths;
  return { responsePath, ...(responsePaths.length > 1 ? { responsePaths } : {}) };
}

/** Not a GraphQLError, which takes a stack for each of what may be many. */
function sayCode(code: ErrorCode, extensions: Record<string, unknown>): GraphQLFormattedError {
  const { zh, en, retryable } = errorTable[code];
  return { message: `${zh} ${en}`, extensions: { code, retryable, ...extensions } };
}

/** The body of an answer that no operation produced. */
export function errorBody(error: HubError, story: Story): string {
  countError(story, error.code);
  story.hasExtensions = true;
  const { message, extensions } = toGraphqlError(error);
  const { http: _, locations, ...shown } = extensions;
  const formatted: GraphQLFormattedError = {
    message,
    ...(Array.isArray(locations) ? { locations } : {}),
    extensions: shown,
  };
  return JSON.stringify({ errors: [formatted], extensions: answerExtensions(story) });
}
