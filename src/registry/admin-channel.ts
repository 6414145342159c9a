import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { type ErrorCode, errorTable, HubError } from '../errors.ts';
import { adminFile, proofOf } from './admin-address.ts';
import { type AdminRoute, adminRoutes } from './admin-routes.ts';
import type { Administration } from './administration.ts';

/**
 * A second listener on the loopback interface for commands on the same machine: the embedded database admits one process only. Whoever can read the
 * data directory's `admin.json` (mode 0600) is the operator; to anybody else there is nothing here. `maxBytes` bounds an import. What a
 * command asks is recorded, also where it cannot be read.
 */
export async function openAdminChannel(
  dataDir: string,
  administration: Administration,
  maxBytes = 16_777_216,
): Promise<{ close(): Promise<void> }> {
  const key = randomBytes(32).toString('base64url');
  const server = fastify({ logger: false, bodyLimit: maxBytes });
  proveIdentity(server, key);
  await server.register(async (guarded) => {
    guarded.addHook('onRequest', async (request, reply) => {
      if (!isSame(request.headers['x-admin-key'], key)) return reply.callNotFound();
    });
    answerErrors(guarded, administration);
    for (const route of adminRoutes) addRoute(guarded, route, administration);
  });
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  const path = adminFile(dataDir);
  await rm(path, { force: true });
  await writeFile(path, JSON.stringify({ url, key }), { mode: 0o600, flag: 'wx' });
  return {
    async close() {
      await rm(path, { force: true });
      await server.close();
    },
  };
}

/** A command asks this before it sends the key or a secret: after a crash, another process may sit at the port of a stale file. */
function proveIdentity(server: FastifyInstance, key: string): void {
  server.get<{ Querystring: { nonce?: unknown } }>('/proof', async (request, reply) => {
    const { nonce } = request.query;
    if (typeof nonce !== 'string' || !/^[0-9a-f]{32}$/.test(nonce)) return reply.callNotFound();
    return { proof: proofOf(key, nonce) };
  });
}

/** Requests that `Administration` has taken over, and so records itself. */
const begun = new WeakSet<FastifyRequest>();

function addRoute(server: FastifyInstance, route: AdminRoute, administration: Administration): void {
  server.route({
    method: route.method,
    url: route.path,
    config: { action: route.action },
    async handler(request) {
      const run = route.read(request.body ?? request.query);
      begun.add(request);
      return (await run(administration)) ?? {};
    },
  });
}

function answerErrors(server: FastifyInstance, administration: Administration): void {
  server.setErrorHandler(async (error, request, reply) => {
    let known = toHubError(error);
    // Routes that only look have no action, and are not recorded.
    const { action } = request.routeOptions.config as { action?: string };
    if (action !== undefined && !begun.has(request)) {
      await administration.refuse(action, known).catch((cause: unknown) => {
        known = toHubError(cause);
      });
    }
    const { status } = errorTable[known.code];
    return reply
      .code(status === 200 ? 400 : status)
      .send({ code: known.code, message: `${known.zh} ${known.message}`, details: known.details });
  });
}

const fastifyCodes: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'BODY_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'UNSUPPORTED_MEDIA_TYPE',
};

function toHubError(error: unknown): HubError {
  if (error instanceof HubError) return error;
  const { code = '', statusCode = 500 } = error as { code?: string; statusCode?: number };
  const known = Object.hasOwn(fastifyCodes, code) ? fastifyCodes[code] : undefined;
  if (known) return new HubError(known, { cause: error });
  return new HubError(statusCode < 500 ? 'BAD_REQUEST' : 'INTERNAL', { cause: error });
}

/** Compares digests: keys of any length take the same time. */
function isSame(given: unknown, key: string): boolean {
  if (typeof given !== 'string') return false;
  const digest = (text: string) => createHmac('sha256', key).update(text).digest();
  return timingSafeEqual(digest(given), digest(key));
}
