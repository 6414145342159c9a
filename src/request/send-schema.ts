import type { FastifyReply, FastifyRequest } from 'fastify';
import { HubError } from '../errors.ts';
import type { RequestParts } from './request-parts.ts';
import { sendDocument } from './send-document.ts';

export const schemaUrl = '/schema.graphql';

/**
 * Answers with the SDL of what this caller may use for its purpose, and nothing else. A client that is held to registered operations has no use for
 * it, and whoever stole its token has: it is refused as every text that is not registered.
 */
export function sendSchema(parts: RequestParts, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { subjectClass } = parts.visits.of(request).story;
  if (!subjectClass) throw new HubError('UNAUTHENTICATED');
  const client = parts.authentication.catalogue().clients.get(subjectClass.client);
  if (client?.registeredOnly ?? true) throw new HubError('OPERATION_NOT_REGISTERED');
  const now = parts.now().getTime();
  const { sdl, etag } = parts.gateway.current.callerSchema(parts.policy(), subjectClass, now);
  return sendDocument(parts, request, reply, {
    url: schemaUrl,
    type: 'application/graphql',
    text: sdl,
    etag,
  });
}
