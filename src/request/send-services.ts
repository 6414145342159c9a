import type { FastifyReply, FastifyRequest } from 'fastify';
import { describeServices } from '../services/describe-services.ts';
import type { RequestParts } from './request-parts.ts';
import { sendDocument } from './send-document.ts';

export const servicesUrl = '/openapi.json';

/** Answers with the OpenAPI document of the operations that are registered for this client, and of no others. */
export function sendServices(
  parts: RequestParts,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const client = parts.visits.of(request).story.caller?.subject.client ?? '';
  const operations = parts.authentication.catalogue().operations.list(client);
  const { schema, graph } = parts.gateway.current;
  const text = JSON.stringify(describeServices({ operations, schema, version: graph.version }), null, 2);
  return sendDocument(parts, request, reply, { url: servicesUrl, type: 'application/json', text });
}
