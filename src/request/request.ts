import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { authenticate } from '../context.ts';
import { HubError } from '../errors.ts';
import { closeRecord } from './close-record.ts';
import type { OperationRequest } from './execute.ts';
import { findGraphqlOperation, findServiceOperation } from './find-operation.ts';
import { checkForm, readHeaders } from './read-request.ts';
import { refuse } from './refuse.ts';
import type { RequestParts } from './request-parts.ts';
import { createStory, type Story } from './story.ts';

/** What belongs to a request outside its story. */
interface Visit {
  readonly story: Story;
  readonly leave: () => void;
  readonly deadline: NodeJS.Timeout;
}

/**
 * The GraphQL route and its twin for registered operations. Hooks in order: onRequest authenticates by headers, before a body is read; preHandler finds the operation and refuses bad ones;
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
      const { source, operationName, variables } = findOperation(parts, storyOf(request), request);
      parts.gateway.current.prepare(source, operationName);
      // What Apollo reads.
      request.body = { query: source, variables, ...(operationName === undefined ? {} : { operationName }) };
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
    const handler = fastifyApolloHandler(parts.apollo, {
      context: async (request) => ({ story: storyOf(request) }),
    });
    for (const url of ['/graphql', serviceUrl]) route.route({ method: [...everyMethod], url, handler });
  });
}

const everyMethod = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
/** The same operations for callers without GraphQL: one route, one story. */
const serviceUrl = '/services/:code';

function findOperation(parts: RequestParts, { caller }: Story, request: FastifyRequest): OperationRequest {
  const { clients, operations } = parts.authentication.catalogue();
  const client = caller?.subject.client ?? '';
  const seeker = { client, registeredOnly: clients.get(client)?.registeredOnly ?? true, operations };
  if (request.routeOptions.url !== serviceUrl) return findGraphqlOperation(seeker, request.body);
  // Fastify gives each named part of the path as a string.
  const { code = '' } = request.params as { readonly code?: string };
  return findServiceOperation(seeker, code, request.body);
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
