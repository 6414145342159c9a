import { randomUUID } from 'node:crypto';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import type { HubLimits } from '../config.ts';
import { type ErrorCode, errorTable } from '../errors.ts';
import { type PublicParts, registerPublicRoutes } from './public-routes.ts';

/** The HTTP server with its bounds, security headers and public routes. It logs nothing: its lines would hold addresses and URLs. */
export async function createHttpServer(limits: HubLimits, parts: PublicParts): Promise<FastifyInstance> {
  const server = fastify({
    logger: false,
    bodyLimit: limits.maxBodyBytes,
    requestTimeout: limits.requestDeadlineMs * 3,
    connectionTimeout: limits.requestDeadlineMs * 3,
    keepAliveTimeout: 72_000,
    http: { maxHeaderSize: limits.maxHeaderBytes },
    forceCloseConnections: 'idle',
    return503OnClosing: true,
    genReqId: () => randomUUID(),
    frameworkErrors: (_error, _request, reply) => void sendOutside(reply, 'BAD_REQUEST'),
  });
  await server.register(helmet, { contentSecurityPolicy: { directives: { defaultSrc: ["'none'"] } } });
  await server.register(rateLimit, { global: false });
  server.setNotFoundHandler((_request, reply) => sendOutside(reply, 'NOT_FOUND'));
  registerPublicRoutes(server, parts);
  return server;
}

/** Answers outside the GraphQL route say nothing of what was asked: an address can hold an identifier. */
function sendOutside(reply: FastifyReply, code: ErrorCode): FastifyReply {
  const { status, zh, en, retryable } = errorTable[code];
  return reply.code(status).send({ errors: [{ message: `${zh} ${en}`, extensions: { code, retryable } }] });
}
