import '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { AuditLog } from '../audit/log.ts';
import type { HubLimits } from '../config.ts';
import { type ErrorCode, errorTable, HubError } from '../errors.ts';
import type { Subject } from '../identity/subject.ts';
import { addressBucket } from './address-bucket.ts';
import { createRefusalTally, type RefusalSummary } from './refusal-tally.ts';
import { createSlots, type Slot } from './slots.ts';

/** Who is let in, before any work is done for them. Limits are kept per replica. */
export interface Admission {
  /** Counts a request in, on the account of its address. Throws OVERLOADED, RATE_LIMITED or AUDIT_UNAVAILABLE. */
  enter(request: FastifyRequest): Slot;
  /** From now on nobody is let in. */
  shut(): void;
  readonly isShut: boolean;
  /** Undefined within the client's limit. Keyed by the verified client, never by anything that a caller can choose. */
  countClient(request: FastifyRequest, subject: Subject): Promise<Overrun | undefined>;
  /** A refusal of an unverified caller with this code: how it is answered and recorded. */
  countRefusal(request: FastifyRequest, code: ErrorCode): Promise<'RECORD' | 'SUMMARISE' | 'LIMIT'>;
  /** A request for what is no route, which only the minute's summary counts. The code that is answered. */
  countOutside(request: FastifyRequest, code: ErrorCode): Promise<ErrorCode>;
  /** Bytes that were no request, from this address. */
  countUnreadable(address: string, code: ErrorCode): void;
  /** Refusals not recorded one by one since the last call. */
  takeSummaries(): readonly RefusalSummary[];
}

/** A client that asks too often. */
export interface Overrun {
  readonly retryAfterSeconds: number;
  /** Is the refusal recorded by itself? Else only the minute's summary of this client counts it. */
  readonly isRecorded: boolean;
}

/**
 * `@fastify/rate-limit` must be registered with `global: false`. While `isPressed`, nobody is let in: memory or the event loop is near its
 * end, and whoever is inside should get out.
 */
export function createAdmission(
  fastify: FastifyInstance,
  limits: HubLimits,
  log: Pick<AuditLog, 'admit'>,
  isPressed: () => boolean = () => false,
): Admission {
  const slots = createSlots(limits);
  const tally = createRefusalTally();
  const limiters = createLimiters(fastify, limits);
  let isShut = false;
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
    async countClient(request, subject) {
      const retryAfterSeconds = await limiters.client(request, subject.client);
      if (retryAfterSeconds === undefined) return undefined;
      const isRecorded = (await limiters.overrun(request, subject.client)) === undefined;
      if (!isRecorded) tally.add(addressBucket(request.ip), 'RATE_LIMITED', subject);
      return { retryAfterSeconds, isRecorded };
    },
    async countRefusal(request, code) {
      const address = addressBucket(request.ip);
      const isLimited = (await limiters.address(request, address)) !== undefined;
      if (!isLimited && (await limiters.all(request, '')) === undefined) return 'RECORD';
      tally.add(address, isLimited ? limitedCode(code) : code);
      return isLimited ? 'LIMIT' : 'SUMMARISE';
    },
    async countOutside(request, code) {
      const address = addressBucket(request.ip);
      const isLimited = (await limiters.address(request, address)) !== undefined;
      const answered = isLimited ? limitedCode(code) : code;
      tally.add(address, answered);
      return answered;
    },
    countUnreadable: (address, code) => tally.add(addressBucket(address), code),
    takeSummaries: () => tally.take(),
  };
}

/** That the hub is overloaded stays the answer. */
export function limitedCode(code: ErrorCode): ErrorCode {
  return errorTable[code].status === 503 ? code : 'RATE_LIMITED';
}

/** Seconds until the limit is over, of who is beyond it. */
type Limiter = (request: FastifyRequest, key: string) => Promise<number | undefined>;

/** Whom the limit that is being asked counts. No decorator: what the router refuses is a request too, and has none. */
const limitedKey = Symbol('limited key');

type LimitedRequest = FastifyRequest & { [limitedKey]?: string };

/** Each keeps the five thousand keys that asked last, so that no choice of addresses fills the memory. */
function createLimiters(fastify: FastifyInstance, limits: HubLimits) {
  const perMinute = (max: number): Limiter => {
    const check = fastify.createRateLimit({
      max,
      timeWindow: 60_000,
      keyGenerator: ({ [limitedKey]: key = '' }: LimitedRequest) => key,
    });
    return async (request: LimitedRequest, key) => {
      request[limitedKey] = key;
      const limit = await check(request);
      return limit.isAllowed || !limit.isExceeded ? undefined : limit.ttlInSeconds;
    };
  };
  return {
    client: perMinute(limits.requestsPerMinute),
    overrun: perMinute(limits.refusalsPerMinute),
    address: perMinute(limits.refusalsPerMinute),
    all: perMinute(limits.refusalsPerMinuteInAll),
  };
}

const shuttingDown = {
  hint: 'This replica is shutting down; another one answers.',
  hintZh: '本副本正在停机，请由其他副本应答。',
};
