import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import underPressure from '@fastify/under-pressure';
import fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import type { HubLimits } from '../config.ts';
import { type ErrorCode, errorTable } from '../errors.ts';
import { limitConnections } from './limit-connections.ts';
import { type PublicParts, registerPublicRoutes } from './public-routes.ts';

export interface HttpServerOptions extends PublicParts {
  readonly limits: HubLimits;
  readonly trustProxy: readonly string[];
  readonly refusals: Refusals;
}

/** Counts what is refused outside every route: it has no record of its own. */
export interface Refusals {
  /** The code that is answered. */
  countOutside(request: FastifyRequest, code: ErrorCode): Promise<ErrorCode>;
  /** What Node's parser gave up, from this address. */
  countUnreadable(address: string, code: ErrorCode): void;
}

/** The HTTP server with its bounds, security headers and public routes. It logs nothing: its lines would hold addresses and URLs. */
export async function createHttpServer(options: HttpServerOptions): Promise<FastifyInstance> {
  const { limits, trustProxy, refusals } = options;
  const { headersDeadlineMs, bodyDeadlineMs, requestDeadlineMs } = limits;
  const server = fastify({
    logger: false,
    bodyLimit: limits.maxBodyBytes,
    // For bodies that nobody reads, of requests that were refused by their headers; others have a deadline of their own.
    requestTimeout: headersDeadlineMs + bodyDeadlineMs + 1_000,
    connectionTimeout: requestDeadlineMs * 3,
    keepAliveTimeout: 72_000,
    http: {
      maxHeaderSize: limits.maxHeaderBytes,
      headersTimeout: headersDeadlineMs,
      connectionsCheckingInterval: 1_000,
    },
    forceCloseConnections: 'idle',
    trustProxy: trustProxy.length > 0 ? [...trustProxy] : false,
    genReqId: () => randomUUID(),
    frameworkErrors: (_error, request, reply) => void refuseOutside(request, reply, 'BAD_REQUEST'),
    clientErrorHandler: (error, socket) => answerUnreadable(error, socket, refusals),
  });
  limitConnections(server.server, limits, trustProxy);
  const securityHeaders = await listSecurityHeaders();
  server.addHook('onRequest', (_request, reply, done) => {
    reply.headers(securityHeaders);
    done();
  });
  await server.register(rateLimit, { global: false });
  // It measures; admission asks and refuses, so that the refusal has its record and its words.
  await server.register(underPressure, { sampleInterval: 500 });
  server.setNotFoundHandler((request, reply) => refuseOutside(request, reply, 'NOT_FOUND'));
  server.setErrorHandler((error: FastifyError, _request, reply) => {
    const isCallers = (error.statusCode ?? 500) < 500;
    return sendOutside(reply, isCallers ? 'BAD_REQUEST' : 'INTERNAL');
  });
  registerPublicRoutes(server, options);
  return server;

  async function refuseOutside(request: FastifyRequest, reply: FastifyReply, code: ErrorCode) {
    return sendOutside(reply, await refusals.countOutside(request, code));
  }
}

/** Those of helmet, which works out the same for every answer: asked once. */
async function listSecurityHeaders(): Promise<Readonly<Record<string, string>>> {
  const sample = fastify();
  await sample.register(helmet, { contentSecurityPolicy: { directives: { defaultSrc: ["'none'"] } } });
  sample.get('/', async () => '');
  const { headers } = await sample.inject('/');
  await sample.close();
  const own = new Set(['content-type', 'content-length', 'date', 'connection']);
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (own.has(name) ? [] : [[name, String(value)]])),
  );
}

/** Answers outside the GraphQL route say nothing of what was asked: an address can hold an identifier. */
function sendOutside(reply: FastifyReply, code: ErrorCode): FastifyReply {
  if (code === 'RATE_LIMITED') reply.header('retry-after', '60');
  return reply.code(errorTable[code].status).type('application/json; charset=utf-8').send(bodyOf(code));
}

function bodyOf(code: ErrorCode): string {
  const { zh, en, retryable } = errorTable[code];
  return JSON.stringify({ errors: [{ message: `${zh} ${en}`, extensions: { code, retryable } }] });
}

/** What Node's parser gave up: bytes that are no HTTP, headers too large or too slow. There is no request, so the minute's summary counts it. */
const unreadable: Readonly<Record<string, ErrorCode>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_TIMEOUT',
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
};

function answerUnreadable({ code }: NodeJS.ErrnoException, socket: Socket, refusals: Refusals): void {
  const known = unreadable[code ?? ''] ?? 'BAD_REQUEST';
  // Whoever only goes away was not refused.
  if (code !== 'ECONNRESET') refusals.countUnreadable(socket.remoteAddress ?? '', known);
  if (socket.writable) {
    const { status } = errorTable[known];
    const body = bodyOf(known);
    const lines = [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      'content-type: application/json; charset=utf-8',
      `content-length: ${Buffer.byteLength(body)}`,
      'connection: close',
    ];
    socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`);
  }
  socket.destroySoon();
}
