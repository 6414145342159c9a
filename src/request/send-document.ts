import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ownRule } from '../policies/hub-fields.ts';
import type { RequestParts } from './request-parts.ts';

/** What the hub tells of itself to one caller. */
export interface OwnDocument {
  readonly url: string;
  readonly type: 'application/graphql' | 'application/json';
  readonly text: string;
  /** Where it is known without the text being hashed again. */
  readonly etag?: string;
}

/**
 * Answers with a document that is made for this caller. The answer may be kept by the caller and is asked for again by its ETag: 304 says
 * that nothing has changed, and is on record like any other answer. Its receipt stands in a header.
 */
export function sendDocument(
  parts: RequestParts,
  request: FastifyRequest,
  reply: FastifyReply,
  { url, type, text, etag = etagOf(text) }: OwnDocument,
): FastifyReply {
  const { story } = parts.visits.of(request);
  story.operation = {
    // Recorded as the hash of what was asked: there is no GraphQL document.
    hash: createHash('sha256').update(`GET ${url}`).digest('hex'),
    name: url.slice(1),
    schemaVersion: parts.gateway.current.graph.version,
    policyFingerprint: parts.policy().fingerprint,
  };
  story.decisions = [{ coordinate: 'Query.__schema', effect: 'PERMIT', rule: ownRule }];
  story.hasReceiptHeader = true;
  reply
    .header('etag', etag)
    .header('cache-control', 'private, no-cache')
    .header('vary', 'authorization, shuqiao-purpose');
  if (isKept(request.headers['if-none-match'], etag)) return reply.code(304).send();
  return reply.type(`${type}; charset=utf-8`).send(text);
}

function etagOf(text: string): string {
  return `"${createHash('sha256').update(text).digest('base64url')}"`;
}

/** RFC 9110 §13.1.2, weak comparison. */
function isKept(header: string | undefined, etag: string): boolean {
  return (header ?? '').split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
}
