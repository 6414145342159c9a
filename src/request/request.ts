import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { authenticate } from '../context.ts';
import { HubError } from '../errors.ts';
import { closeRecord } from './close-record.ts';
import { checkForm, readBody, readHeaders } from './read-request.ts';
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
