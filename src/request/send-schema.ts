import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { HubError } from '../errors.ts';
import { ownRule } from '../policies/hub-fields.ts';
import type { RequestParts } from './request-parts.ts';

export const schemaUrl = '/schema.graphql';

/** Recorded as the hash of what was asked: there is no document. */
const operationHash = createHash('sha256').update(`GET ${schemaUrl}`).digest('hex');

/**
 * Answers with the SDL of what this caller may use for its purpose, and nothing else. The answer may be kept by the caller and is
 * asked for again by its ETag: 304 says that nothing has changed, and is on record like any other answer.
 */
export function sendSchema(parts: RequestParts, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { story } = parts.visits.of(request);
  const { subjectClass } = story;
  if (!subjectClass) throw new HubError('UNAUTHENTICATED');
  const generation = parts.gateway.current;
  const policy = parts.policy();
  const { sdl, etag } = generation.callerSchema(policy, subjectClass, parts.now().getTime());
  story.operation = {
    hash: operationHash,
    name: 'schema.graphql',
    schemaVersion: generation.graph.version,
    policyFingerprint: policy.fingerprint,
  };
  story.decisions = [{ coordinate: 'Query.__schema', effect: 'PERMIT', rule: ownRule }];
  story.hasReceiptHeader = true;
  reply
    .header('etag', etag)
    .header('cache-control', 'private, no-cache')
    .header('vary', 'authorization, shuqiao-purpose');
  if (isKept(request.headers['if-none-match'], etag)) return reply.code(304).send();
  return reply.type('application/graphql; charset=utf-8').send(sdl);
}

/** RFC 9110 §13.1.2, weak comparison. */
function isKept(header: string | undefined, etag: string): boolean {
  return (header ?? '').split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
}
