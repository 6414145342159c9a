import type { FastifyError, FastifyReply } from 'fastify';
import { errorTable, HubError } from '../errors.ts';
import { errorBody } from './report-errors.ts';
import type { RequestParts } from './request-parts.ts';
import type { Story } from './story.ts';

/** Every refusal outside Apollo: hooks, body parser, router. */
export function refuse(
  parts: Pick<RequestParts, 'onUnknown'>,
  story: Story,
  error: unknown,
  reply: FastifyReply,
): FastifyReply {
  const known = toHubError(error, (unknown) => parts.onUnknown(unknown, story), story);
  const { status } = errorTable[known.code];
  if (known.code === 'METHOD_NOT_ALLOWED') reply.header('allow', String(known.details['allowed'] ?? 'POST'));
  if (status === 429 || status === 503)
    reply.header('retry-after', String(known.details['retryAfterSeconds'] ?? 1));
  if (status === 401) reply.header('www-authenticate', challenge(known));
  return reply
    .code(status === 200 ? 400 : status)
    .type('application/json; charset=utf-8')
    .send(errorBody(known, story));
}

/** RFC 6750 §3: only a token whose signature was right is told what is wrong with it. */
function challenge({ code }: HubError): string {
  if (code !== 'TOKEN_EXPIRED') return 'Bearer';
  return 'Bearer error="invalid_token", error_description="The access token expired"';
}

/** Fastify's own refusals by their code. */
const fastifyCodes: Readonly<Record<string, ConstructorParameters<typeof HubError>[0]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'BODY_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'UNSUPPORTED_MEDIA_TYPE',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'BAD_REQUEST',
  FST_ERR_CTP_INVALID_JSON_BODY: 'BAD_REQUEST',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'BAD_REQUEST',
};

function toHubError(error: unknown, onUnknown: (error: unknown) => void, story: Story): HubError {
  if (error instanceof HubError) return error;
  const { code, statusCode } = error as Partial<FastifyError>;
  const known = code !== undefined && Object.hasOwn(fastifyCodes, code) ? fastifyCodes[code] : undefined;
  if (known) return new HubError(known, { cause: error });
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return new HubError('BAD_REQUEST', { cause: error });
  onUnknown(error);
  return new HubError('INTERNAL', { details: { requestId: story.requestId }, cause: error });
}
