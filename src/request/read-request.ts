import type { FastifyRequest } from 'fastify';
import type { RequestHeaders } from '../context.ts';
import { HubError } from '../errors.ts';
import type { OperationRequest } from './execute.ts';

/** Refuses by method and headers alone what no body could make right. */
export function checkForm(request: FastifyRequest): void {
  if (request.method !== 'POST') throw new HubError('METHOD_NOT_ALLOWED');
  if (!acceptsJson(request.headers.accept)) throw new HubError('NOT_ACCEPTABLE');
  const type = request.headers['content-type'] ?? '';
  if (!/^application\/json\s*(;\s*charset=("?)utf-?8\2\s*)?$/i.test(type)) {
    throw new HubError('UNSUPPORTED_MEDIA_TYPE');
  }
  if (request.headers['content-encoding'] !== undefined) throw new HubError('UNSUPPORTED_MEDIA_TYPE');
}

const acceptable = new Set(['*/*', 'application/*', 'application/json', 'application/graphql-response+json']);

function acceptsJson(accept: string | undefined): boolean {
  if (accept === undefined || accept.trim() === '') return true;
  return accept.split(',').some((range) => acceptable.has((range.split(';')[0] ?? '').trim().toLowerCase()));
}

export function readHeaders(request: FastifyRequest): RequestHeaders {
  return {
    authorization: request.headers.authorization,
    purpose: single(request.headers['shuqiao-purpose']),
    caseReference: single(request.headers['shuqiao-case']),
  };
}

/** A header that is given twice names nothing. */
function single(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' && header !== '' ? header : undefined;
}

/** The members of a GraphQL-over-HTTP request (§5.1); `body` is attacker-controlled. */
export function readBody(body: unknown): OperationRequest {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new HubError('BAD_REQUEST', { hint: 'Batches are not accepted.' });
  }
  const { query, operationName, variables, extensions } = { ...body } as Record<string, unknown>;
  if (typeof query !== 'string' || query.trim() === '') {
    throw new HubError('BAD_REQUEST', { hint: 'query must be a string.' });
  }
  if (!isAbsent(operationName) && typeof operationName !== 'string') {
    throw new HubError('BAD_REQUEST', { hint: 'operationName must be a string.' });
  }
  if (!isAbsent(variables) && !isRecord(variables)) {
    throw new HubError('BAD_REQUEST', { hint: 'variables must be an object.' });
  }
  if (!isAbsent(extensions) && !isRecord(extensions)) {
    throw new HubError('BAD_REQUEST', { hint: 'extensions must be an object.' });
  }
  return {
    source: query,
    operationName: typeof operationName === 'string' ? operationName : undefined,
    variables: isRecord(variables) ? variables : {},
  };
}

function isAbsent(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
