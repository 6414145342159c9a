import '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { AuditLog } from '../audit/log.ts';
import type { HubLimits } from '../config.ts';
import { HubError } from '../errors.ts';
import { addressBucket } from './address-bucket.ts';
import { createSlots, type Slot } from './slots.ts';

/** Who is let in, before any work is done for them. Limits are kept per replica. */
export interface Admission {
  /** Counts a request in, on the account of its address. Throws OVERLOADED, RATE_LIMITED or AUDIT_UNAVAILABLE. */
  enter(request: FastifyRequest): Slot;
  /** From now on nobody is let in. */
  shut(): void;
  readonly isShut: boolean;
  /** Throws RATE_LIMITED. Keyed by the verified client, never by anything that a caller can choose. */
  countClient(request: FastifyRequest, client: string): Promise<void>;
  /** Is a refusal of an unverified caller still recorded by itself? Beyond the limit only the minute's summary counts it. */
  countRefusal(request: FastifyRequest): Promise<boolean>;
  /** Refusals not recorded one by one since the last call. */
  takeSummary(): { refusals: number; addresses: number };
}

/**
 * `@fastify/rate-limit` must be registered with `global: false`. While `isPressed`, nobody is let in: memory or the event loop is near its
 * end, and whoever is inside should get out.
 */
export function createAdmission(
  fastify: FastifyInstance,
  limits: HubLimits,
  log: AuditLog,
  isPressed: () => boolean = () => false,
): Admission {
  const slots = createSlots(limits);
  let isShut = false;
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
    keyGenerator: (request) => `address ${addressBucket(request.ip)}`,
  });
  return {
    enter(request) {
      if (isShut) throw new HubError('OVERLOADED', shuttingDown);
      if (isPressed()) throw new HubError('OVERLOADED');
      log.admit();
      return slots.take(addressBucket(request.ip));
    },
    shut() {
      isShut = true;
    },
    get isShut() {
      return isShut;
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
      if (addresses.size < 10_000) addresses.add(addressBucket(request.ip));
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

const shuttingDown = {
  hint: 'This replica is shutting down; another one answers.',
  hintZh: '本副本正在停机，请由其他副本应答。',
};
