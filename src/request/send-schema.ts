import type { FastifyReply, FastifyRequest } from 'fastify';
import { HubError } from '../errors.ts';
import type { RequestParts } from './request-parts.ts';
import { sendDocument } from './send-document.ts';

export const schemaUrl = '/schema.graphql';

/** Answers with the SDL of what this caller may use for its purpose, and nothing else. */
export function sendSchema(parts: RequestParts, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { subjectClass } = parts.visits.of(request).story;
  if (!subjectClass) throw new HubError('UNAUTHENTICATED');
  const now = parts.now().getTime();
  const { sdl, etag } = parts.gateway.current.callerSchema(parts.policy(), subjectClass, now);
  return sendDocument(parts, request, reply, {
    url: schemaUrl,
    type: 'application/graphql',
    text: sdl,
    etag,
  });
}
