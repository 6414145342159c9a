import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { GraphQLSchema } from 'graphql';
import { authenticate, refusalReason } from '../context.ts';
import { HubError } from '../errors.ts';
import type { Subject } from '../identity/subject.ts';
import { limitedCode } from './admission.ts';
import { closeRecord } from './close-record.ts';
import type { OperationRequest } from './execute.ts';
import { findGraphqlOperation, findServiceOperation } from './find-operation.ts';
import { readBodyText } from './read-body-text.ts';
import { checkForm, checkHeaders, checkMethod, readHeaders } from './read-request.ts';
import { refuse } from './refuse.ts';
import type { RequestParts } from './request-parts.ts';
import { runApollo } from './run-apollo.ts';
import { schemaUrl, sendSchema } from './send-schema.ts';
import { sendServices, servicesUrl } from './send-services.ts';
import { type Story, toEnding } from './story.ts';
import type { Visit } from './visit.ts';

/**
 * The GraphQL route, its twin for registered operations, and what describes both to the caller. Hooks in order: onRequest authenticates by headers,
 * before a body is read; the handler finds the operation, refuses bad ones and lets Apollo execute the others; onSend closes the record of whatever came of it, and only then lets the bytes go.
 */
export async function registerGraphqlRoute(fastify: FastifyInstance, parts: RequestParts): Promise<void> {
  const { visits } = parts;
  await fastify.register(async (route) => {
    acceptJsonOnly(route, parts);
    route.addHook('onRequest', async (request, reply) => {
      const visit = visits.open(request, reply);
      visit.story.isSandbox = parts.isSandbox;
      reply.header('x-request-id', visit.story.requestId).header('cache-control', 'no-store');
      await letIn(parts, visit, request);
    });
    route.setErrorHandler((error, request, reply) => refuse(parts, visits.of(request).story, error, reply));
    route.addHook('onSend', async (request, reply, payload) => {
      const visit = visits.of(request);
      try {
        const answer = Buffer.isBuffer(payload) ? payload : String(payload ?? '');
        return await closeRecord(parts, visit.story, reply, answer);
      } finally {
        visit.story.trace.end(toEnding(visit.story, reply.statusCode));
        parts.onAnswered(visit.story, reply.statusCode);
        // What is still being sent is not waited for, nor another request by a hub that shuts down.
        if (!request.raw.complete || parts.admission.isShut) reply.header('connection', 'close');
        visit.answer();
      }
    });
    const handler = async (request: FastifyRequest, reply: FastifyReply) => {
      const { story } = visits.of(request);
      const operation = findOperation(parts, story, request);
      // Refused here, and in these words, before Apollo could refuse it in its own.
      parts.gateway.current.prepare(operation.source, operation.operationName, () => knownTo(parts, story));
      return runApollo(parts.apollo, operation, { story, accept: request.headers.accept, reply });
    };
    const method = [...everyMethod];
    for (const url of ['/graphql', serviceUrl]) route.route({ method, url, handler });
    for (const [url, send] of documents) {
      route.route({ method, url, handler: async (request, reply) => send(parts, request, reply) });
    }
  });
}

const everyMethod = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
/** The same operations for callers without GraphQL: one route, one story. */
const serviceUrl = '/services/:code';
/** What the hub tells of itself, to each caller its own. */
const documents = new Map([
  [schemaUrl, sendSchema],
  [servicesUrl, sendServices],
]);

function findOperation(parts: RequestParts, { caller }: Story, request: FastifyRequest): OperationRequest {
  const { clients, operations } = parts.authentication.catalogue();
  const client = caller?.subject.client ?? '';
  const seeker = { client, registeredOnly: clients.get(client)?.registeredOnly ?? true, operations };
  if (request.routeOptions.url !== serviceUrl) return findGraphqlOperation(seeker, request.body);
  // Fastify gives each named part of the path as a string.
  const { code = '' } = request.params as { readonly code?: string };
  return findServiceOperation(seeker, code, request.body);
}

/** What this caller may use, for suggestions; undefined where nothing can be said of that, which is no reason to say another error. */
function knownTo(parts: RequestParts, { subjectClass }: Story): GraphQLSchema | undefined {
  if (!subjectClass) return undefined;
  try {
    const now = parts.now().getTime();
    return parts.gateway.current.callerSchema(parts.policy(), subjectClass, now).schema;
  } catch {
    return undefined;
  }
}

/** `application/json` and nothing else; poisoned keys are refused by the parser, and of a member that is given twice the last one counts. */
function acceptJsonOnly(route: FastifyInstance, { visits, limits }: RequestParts): void {
  const parseJson = route.getDefaultJsonParser('error', 'error');
  route.removeAllContentTypeParsers();
  route.addContentTypeParser(
    'application/json',
    async (request: FastifyRequest, payload: IncomingMessage) => {
      const elapsedMs = performance.now() - visits.of(request).startedAt;
      const withinMs = limits.bodyDeadlineMs - elapsedMs;
      const text = await readBodyText(payload, { maxBytes: limits.maxBodyBytes, withinMs });
      return new Promise((resolve, reject) => {
        // Typed as a parser that may return its result; Fastify's own calls back.
        void parseJson(request, text, (error, body) => (error ? reject(error) : resolve(body)));
      });
    },
  );
}

async function letIn(parts: RequestParts, visit: Visit, request: FastifyRequest): Promise<void> {
  const { admission } = parts;
  const { story } = visit;
  try {
    visit.occupy(admission.enter(request));
    checkHeaders(request);
    if (documents.has(request.routeOptions.url ?? '')) checkMethod(request, 'GET');
    else checkForm(request);
    const authenticated = await authenticate(parts.authentication, readHeaders(request), (subject) => {
      story.subject = subject;
      visit.giveTo(subject.client);
    });
    story.caller = authenticated.caller;
    story.subjectClass = authenticated.subjectClass;
  } catch (error) {
    // A verified client is limited by its own name, whatever it is refused for.
    if (story.subject) await countClient(parts, story, request, story.subject);
    else await countRefusal(parts, story, request, error);
    throw error;
  }
  await countClient(parts, story, request, story.caller.subject);
}

/** Throws RATE_LIMITED. */
async function countClient(
  { admission }: RequestParts,
  story: Story,
  request: FastifyRequest,
  subject: Subject,
): Promise<void> {
  const overrun = await admission.countClient(request, subject);
  if (!overrun) return;
  story.isSummarised = !overrun.isRecorded;
  throw new HubError('RATE_LIMITED', { details: { retryAfterSeconds: overrun.retryAfterSeconds } });
}

/** Beyond its limit an address is told so; beyond it, or beyond that of all addresses, only the minute's summary counts it. */
async function countRefusal(
  { admission, onRefusedToken }: RequestParts,
  story: Story,
  request: FastifyRequest,
  error: unknown,
): Promise<void> {
  const code = error instanceof HubError ? error.code : 'INTERNAL';
  const verdict = await admission.countRefusal(request, code);
  story.isSummarised = verdict !== 'RECORD';
  const reason = refusalReason(error);
  if (verdict === 'RECORD' && reason !== undefined) onRefusedToken(reason, story);
  if (verdict === 'LIMIT' && limitedCode(code) !== code) throw new HubError('RATE_LIMITED', { cause: error });
}
