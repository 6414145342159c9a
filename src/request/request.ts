import type { ApolloServer } from '@apollo/server';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AuditLog } from '../audit/log.ts';
import { type Pseudonymiser, periodOf, subjectKeyOf } from '../audit/pseudonym.ts';
import type { HubLimits } from '../config.ts';
import { type Authentication, authenticate } from '../context.ts';
import { errorTable, HubError } from '../errors.ts';
import type { ApolloContext, HubGateway } from '../gateway.ts';
import type { Admission } from './admission.ts';
import { checkForm, readBody, readHeaders } from './read-request.ts';
import { errorBody } from './report-errors.ts';
import { spliceReceipt } from './splice-receipt.ts';
import { countError, createStory, type Ending, type Story, toEntry } from './story.ts';

export interface RequestParts {
  readonly limits: HubLimits;
  readonly apollo: ApolloServer<ApolloContext>;
  readonly gateway: HubGateway;
  readonly authentication: Authentication;
  readonly admission: Admission;
  readonly log: AuditLog;
  readonly pseudonymiser: Pseudonymiser;
  /** HMAC over the answer's bytes, hex. */
  readonly commit: (payload: string) => string;
  readonly now: () => Date;
  readonly onUnknown: (error: unknown, story: Story) => void;
}

/** What belongs to a request outside its story. */
interface Visit {
  readonly story: Story;
  readonly leave: () => void;
  readonly deadline: NodeJS.Timeout;
}

/**
 * The one GraphQL route. Hooks in order: onRequest authenticates by headers, before a body is read; preHandler refuses bad operations;
 * Apollo executes; onSend closes the record of whatever came of it, and only then lets the bytes go.
 */
export async function registerGraphqlRoute(fastify: FastifyInstance, parts: RequestParts): Promise<void> {
  const visits = new WeakMap<FastifyRequest, Visit>();
  const storyOf = (request: FastifyRequest): Story => {
    const visit = visits.get(request);
    if (!visit) throw new TypeError('a request of the GraphQL route has a story from its first hook on');
    return visit.story;
  };
  await fastify.register(async (route) => {
    acceptJsonOnly(route);
    route.addHook('onRequest', async (request, reply) => {
      const story = openStory(parts, visits, request);
      reply.header('x-request-id', story.requestId).header('cache-control', 'no-store');
      await letIn(parts, visits, story, request);
    });
    route.addHook('preHandler', async (request) => {
      const { source, operationName } = readBody(request.body);
      parts.gateway.current.prepare(source, operationName);
    });
    route.setErrorHandler((error, _request, reply) => refuse(parts, storyOf(_request), error, reply));
    route.addHook('onSend', async (request, reply, payload) => {
      const visit = visits.get(request);
      if (!visit) throw new TypeError('a request of the GraphQL route has a story from its first hook on');
      clearTimeout(visit.deadline);
      try {
        return await closeRecord(parts, visit.story, reply, String(payload ?? ''));
      } finally {
        visit.leave();
      }
    });
    route.route({
      method: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
      url: '/graphql',
      handler: fastifyApolloHandler(parts.apollo, {
        context: async (request) => ({ story: storyOf(request) }),
      }),
    });
  });
}

/** `application/json` and nothing else; duplicate-looking or poisoned keys are refused by the parser. */
function acceptJsonOnly(route: FastifyInstance): void {
  route.removeAllContentTypeParsers();
  route.addContentTypeParser(
    'application/json',
    { parseAs: 'string' },
    route.getDefaultJsonParser('error', 'error'),
  );
}

function openStory(
  parts: RequestParts,
  visits: WeakMap<FastifyRequest, Visit>,
  request: FastifyRequest,
): Story {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), parts.limits.requestDeadlineMs);
  const story = createStory(parts.now(), deadline.signal);
  visits.set(request, { story, leave: () => {}, deadline: timer });
  return story;
}

async function letIn(
  parts: RequestParts,
  visits: WeakMap<FastifyRequest, Visit>,
  story: Story,
  request: FastifyRequest,
): Promise<void> {
  const visit = visits.get(request);
  if (visit) visits.set(request, { ...visit, leave: parts.admission.enter() });
  try {
    checkForm(request);
    const authenticated = await authenticate(parts.authentication, readHeaders(request), (subject) => {
      story.subject = subject;
    });
    story.caller = authenticated.caller;
    story.subjectClass = authenticated.subjectClass;
  } catch (error) {
    // A verified client is limited by its own name, whatever it is refused for.
    if (story.subject) await parts.admission.countClient(request, story.subject.client);
    else if (!(await parts.admission.countRefusal(request))) {
      story.isSummarised = true;
      throw new HubError('RATE_LIMITED', { cause: error });
    }
    throw error;
  }
  await parts.admission.countClient(request, story.caller.subject.client);
}

/** Every refusal outside Apollo: hooks, body parser, router. */
function refuse(parts: RequestParts, story: Story, error: unknown, reply: FastifyReply): FastifyReply {
  const known = toHubError(error, (unknown) => parts.onUnknown(unknown, story), story);
  const { status } = errorTable[known.code];
  if (known.code === 'METHOD_NOT_ALLOWED') reply.header('allow', 'POST');
  if (status === 429 || status === 503)
    reply.header('retry-after', String(known.details['retryAfterSeconds'] ?? 1));
  if (status === 401) reply.header('www-authenticate', 'Bearer');
  return reply
    .code(status === 200 ? 400 : status)
    .type('application/json; charset=utf-8')
    .send(errorBody(known, story));
}

/** Fastify's own refusals by their code. */
const fastifyCodes: Readonly<Record<string, ConstructorParameters<typeof HubError>[0]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'BODY_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'UNSUPPORTED_MEDIA_TYPE',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'BAD_REQUEST',
  FST_ERR_CTP_INVALID_JSON_BODY: 'BAD_REQUEST',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'BAD_REQUEST',
};

function toHubError(error: unknown, onUnknown: (error: unknown) => void, story: Story): HubError {
  if (error instanceof HubError) return error;
  const { code, statusCode } = error as Partial<FastifyError>;
  const known = code !== undefined && Object.hasOwn(fastifyCodes, code) ? fastifyCodes[code] : undefined;
  if (known) return new HubError(known, { cause: error });
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return new HubError('BAD_REQUEST', { cause: error });
  onUnknown(error);
  return new HubError('INTERNAL', { details: { requestId: story.requestId }, cause: error });
}

/**
 * THE line that records: the entry is durable before the answer's first byte leaves. If it cannot be written, the answer is replaced by
 * one without data.
 */
async function closeRecord(
  parts: RequestParts,
  story: Story,
  reply: FastifyReply,
  payload: string,
): Promise<string> {
  if (story.isSummarised) return payload;
  noteForeignErrors(story, reply, payload);
  try {
    const receipt = await parts.log.append(toEntry(story, endingOf(parts, story, reply.statusCode, payload)));
    return spliceReceipt(payload, receipt, story);
  } catch (error) {
    parts.onUnknown(error, story);
    return replaceAnswer(parts, story, reply, error);
  }
}

/** The answer without data. An access that cannot be recorded whole (too large, odd text) is at least recorded as refused. */
async function replaceAnswer(
  parts: RequestParts,
  story: Story,
  reply: FastifyReply,
  error: unknown,
): Promise<string> {
  const known = error instanceof HubError ? error : new HubError('AUDIT_UNAVAILABLE', { cause: error });
  const { status } = errorTable[known.code];
  reply
    .code(status === 200 ? 400 : status)
    .type('application/json; charset=utf-8')
    .removeHeader('content-length');
  if (status === 503) reply.header('retry-after', '1');
  const payload = errorBody(known, story);
  if (status === 503) return payload;
  const { operation: _, ...rest } = story;
  const refused: Story = { ...rest, decisions: [], residents: [], hasExtensions: true };
  delete refused.caller;
  try {
    const receipt = await parts.log.append(
      toEntry(refused, endingOf(parts, refused, reply.statusCode, payload)),
    );
    return spliceReceipt(payload, receipt, refused);
  } catch (cause) {
    reply.code(503).header('retry-after', '1');
    return errorBody(new HubError('AUDIT_UNAVAILABLE', { cause }), story);
  }
}

/** Answers that Apollo made without the executor (its own HTTP checks) still say in the record how they ended. */
function noteForeignErrors(story: Story, reply: FastifyReply, payload: string): void {
  if (story.hasExtensions || reply.statusCode < 400 || payload === '') return;
  countError(story, 'BAD_REQUEST');
}

function endingOf(parts: RequestParts, story: Story, status: number, payload: string): Ending {
  const commitment = parts.commit(payload);
  const { subject, residents } = story;
  if (!subject || residents.length === 0) return { status, commitment, subjects: [] };
  const scope = { department: subject.department, period: periodOf(story.receivedAt) };
  const subjects = parts.pseudonymiser.pseudonymise(scope, residents);
  return { status, commitment, subjects, subjectKey: subjectKeyOf(scope) };
}
