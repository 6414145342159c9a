import type { FastifyRequest } from 'fastify';
import type { RequestHeaders } from '../context.ts';
import { HubError } from '../errors.ts';
import type { OperationRequest } from './execute.ts';

/** Headers by which something is decided. Of those of ours that are given twice no value is one, so they need not stand here. */
const decisive = ['host', 'authorization', 'content-type'];

/** Throws BAD_REQUEST for one that is given twice: a proxy in front could believe the one, and Node takes the other. */
export function checkHeaders({ raw: { rawHeaders } }: FastifyRequest): void {
  const seen = new Set<string>();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]?.toLowerCase() ?? '';
    if (!decisive.includes(name)) continue;
    if (seen.has(name))
      throw new HubError('BAD_REQUEST', { hint: 'A header is given twice.', hintZh: '请求头重复。' });
    seen.add(name);
  }
}

/** Refuses by method and headers alone what no body could make right. */
export function checkForm(request: FastifyRequest): void {
  checkMethod(request, 'POST');
  if (!acceptsJson(request.headers.accept)) throw new HubError('NOT_ACCEPTABLE');
  const type = request.headers['content-type'] ?? '';
  // Blanks and tabs alone (RFC 9110 §5.6.3): what else a pattern takes for white space, others do not.
  if (!/^application\/json[ \t]*(;[ \t]*charset=("?)utf-?8\2[ \t]*)?$/i.test(type)) {
    throw new HubError('UNSUPPORTED_MEDIA_TYPE');
  }
  if (request.headers['content-encoding'] !== undefined) throw new HubError('UNSUPPORTED_MEDIA_TYPE');
}

/** Throws HubError METHOD_NOT_ALLOWED, which names the method that is. */
export function checkMethod(request: FastifyRequest, allowed: 'GET' | 'POST'): void {
  if (request.method !== allowed) throw new HubError('METHOD_NOT_ALLOWED', { details: { allowed } });
}

const mediaTypes = ['application/json', 'application/graphql-response+json'];

/** RFC 9110 §12.5.1: the most specific range of a type says its weight, and 0 means that it is not acceptable. */
function acceptsJson(accept: string | undefined): boolean {
  if (accept === undefined || accept.trim() === '') return true;
  const ranges = accept.split(',').map(parseRange);
  return mediaTypes.some((type) => {
    const weights = [type, 'application/*', '*/*'].map((name) => ranges.find((range) => range.name === name));
    return (weights.find((range) => range !== undefined)?.weight ?? 0) > 0;
  });
}

function parseRange(text: string): { readonly name: string; readonly weight: number } {
  const [name = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const weight = parameters.find((parameter) => /^q\s*=/.test(parameter))?.replace(/^q\s*=\s*/, '');
  return { name, weight: weight === undefined ? 1 : Number(weight) || 0 };
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

/** What a GraphQL-over-HTTP request names: a document, or the hash of a registered one. */
export type GraphqlBody = (
  | { readonly source: string }
  /** SHA-256, hex. */
  | { readonly documentHash: string }
) &
  Pick<OperationRequest, 'operationName' | 'variables'>;

/** The members of a GraphQL-over-HTTP request (§5.1, and the appendix on persisted documents); `body` is attacker-controlled. */
export function readBody(body: unknown): GraphqlBody {
  if (!isRecord(body))
    throw new HubError('BAD_REQUEST', {
      hint: 'Batches are not accepted.',
      hintZh: '不接受批量请求。',
    });
  const { query, documentId, operationName, variables, extensions } = { ...body };
  const document = readDocument(query, documentId);
  if (!isAbsent(operationName) && typeof operationName !== 'string') {
    throw new HubError('BAD_REQUEST', {
      hint: 'operationName must be a string.',
      hintZh: 'operationName 须为文本。',
    });
  }
  if (!isAbsent(variables) && !isRecord(variables)) {
    throw new HubError('BAD_REQUEST', {
      hint: 'variables must be an object.',
      hintZh: 'variables 须为对象。',
    });
  }
  if (!isAbsent(extensions) && !isRecord(extensions)) {
    throw new HubError('BAD_REQUEST', {
      hint: 'extensions must be an object.',
      hintZh: 'extensions 须为对象。',
    });
  }
  return {
    ...document,
    operationName: typeof operationName === 'string' ? operationName : undefined,
    variables: isRecord(variables) ? variables : {},
  };
}

function readDocument(query: unknown, documentId: unknown): { source: string } | { documentHash: string } {
  if (isAbsent(documentId)) {
    if (typeof query === 'string' && query.trim() !== '') return { source: query };
    throw new HubError('BAD_REQUEST', { hint: 'query must be a string.', hintZh: 'query 须为文本。' });
  }
  if (!isAbsent(query))
    throw new HubError('BAD_REQUEST', {
      hint: 'Give query or documentId, not both.',
      hintZh: 'query 与 documentId 只能给出一个。',
    });
  const hash = typeof documentId === 'string' ? /^sha256:([0-9a-f]{64})$/.exec(documentId)?.[1] : undefined;
  if (hash !== undefined) return { documentHash: hash };
  throw new HubError('BAD_REQUEST', {
    hint: 'documentId must be sha256: and 64 hexadecimal digits.',
    hintZh: 'documentId 须为 sha256: 加 64 位十六进制数。',
  });
}

/** The body of a request to a service: its members are the variables. */
export function readVariables(body: unknown): Readonly<Record<string, unknown>> {
  if (isRecord(body)) return { ...body };
  throw new HubError('BAD_REQUEST', {
    hint: 'The body must be an object: its members are the variables.',
    hintZh: '请求体须为对象，其成员即变量。',
  });
}

function isAbsent(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
