import '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { AuditLog } from '../audit/log.ts';
import type { HubLimits } from '../config.ts';
import { HubError } from '../errors.ts';

/** Who is let in, before any work is done for them. Limits are kept per replica. */
export interface Admission {
  /** Counts a request in; throws OVERLOADED or AUDIT_UNAVAILABLE. The returned function counts it out, once. */
  enter(): () => void;
  /** Throws RATE_LIMITED. Keyed by the verified client, never by anything that a caller can choose. */
  countClient(request: FastifyRequest, client: string): Promise<void>;
  /** Is a refusal of an unverified caller still recorded by itself? Beyond the limit only the minute's summary counts it. */
  countRefusal(request: FastifyRequest): Promise<boolean>;
  /** Refusals not recorded one by one since the last call. */
  takeSummary(): { refusals: number; addresses: number };
}

/** `@fastify/rate-limit` must be registered with `global: false`. */
export function createAdmission(fastify: FastifyInstance, limits: HubLimits, log: AuditLog): Admission {
  let inFlight = 0;
  let refusals = 0;
  const addresses = new Set<string>();
  const clients = new WeakMap<FastifyRequest, string>();
  const checkClient = fastify.createRateLimit({
    max: limits.requestsPerMinute,
    timeWindow: 60_000,
    keyGenerator: (request) => `client ${clients.get(request) ?? ''}`,
  });
  const checkAddress = fastify.createRateLimit({
    max: limits.refusalsPerMinute,
    timeWindow: 60_000,
    keyGenerator: (request) => `address ${request.ip}`,
  });
  return {
    enter() {
      if (inFlight >= limits.maxConcurrentRequests) throw new HubError('OVERLOADED');
      log.admit();
      inFlight += 1;
      let isIn = true;
      return () => {
        if (isIn) inFlight -= 1;
        isIn = false;
      };
    },
    async countClient(request, client) {
      clients.set(request, client);
      const limit = await checkClient(request);
      if (!limit.isAllowed && limit.isExceeded) {
        throw new HubError('RATE_LIMITED', { details: { retryAfterSeconds: limit.ttlInSeconds } });
      }
    },
    async countRefusal(request) {
      const limit = await checkAddress(request);
      if (limit.isAllowed || !limit.isExceeded) return true;
      refusals += 1;
      if (addresses.size < 10_000) addresses.add(request.ip);
      return false;
    },
    takeSummary() {
      const summary = { refusals, addresses: addresses.size };
      refusals = 0;
      addresses.clear();
      return summary;
    },
  };
}
