import { randomUUID } from 'node:crypto';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import fastify, { type FastifyInstance } from 'fastify';
import type { HubLimits } from '../config.ts';
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
  });
  await server.register(helmet, { contentSecurityPolicy: { directives: { defaultSrc: ["'none'"] } } });
  await server.register(rateLimit, { global: false });
  registerPublicRoutes(server, parts);
  return server;
}
