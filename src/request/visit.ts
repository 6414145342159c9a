import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { HubError } from '../errors.ts';
import type { RequestTrace, Telemetry } from '../telemetry/telemetry.ts';
import type { Slot } from './slots.ts';
import { createStory, type Story } from './story.ts';

export interface VisitLimits {
  readonly requestDeadlineMs: number;
}

/**
 * One request from its headers to the last byte of its answer: the story, its deadline, and its place among the requests in work. A
 * caller who goes away, or does not take the answer in time, ends it.
 */
export class Visit {
  readonly story: Story;
  readonly startedAt = performance.now();
  readonly #limits: VisitLimits;
  readonly #reply: FastifyReply;
  readonly #controller = new AbortController();
  readonly #onEnd: () => void;
  #timer: NodeJS.Timeout;
  #slot: Slot | undefined;
  #isAnswered = false;
  #isGone = false;

  constructor(
    reply: FastifyReply,
    story: { receivedAt: Date; trace: RequestTrace },
    limits: VisitLimits,
    onEnd: () => void,
  ) {
    this.#limits = limits;
    this.#reply = reply;
    this.#onEnd = onEnd;
    this.story = createStory(story.receivedAt, this.#controller.signal, story.trace);
    this.#timer = setTimeout(
      () => this.abort(new HubError('DEADLINE_EXCEEDED')),
      this.#limits.requestDeadlineMs,
    );
    reply.raw.once('finish', () => this.#leave());
    reply.raw.once('close', () => this.#leave());
  }

  /** The place that `admission` gave; given back when the visit ends. */
  occupy(slot: Slot): void {
    this.#slot = slot;
  }

  giveTo(client: string): void {
    this.#slot?.giveTo(client);
  }

  /** What is still being done for this request stops; `reason` is what its record says. */
  abort(reason: HubError): void {
    this.#controller.abort(reason);
  }

  /** The record is closed and the answer leaves. It must be taken within the time of a request. */
  answer(): void {
    clearTimeout(this.#timer);
    this.#isAnswered = true;
    if (this.#isGone) this.#end();
    else this.#timer = setTimeout(() => this.#reply.raw.destroy(), this.#limits.requestDeadlineMs);
  }

  #leave(): void {
    this.#isGone = true;
    if (this.#isAnswered) this.#end();
    else this.abort(new HubError('CLIENT_DISCONNECTED'));
  }

  #end(): void {
    clearTimeout(this.#timer);
    this.#slot?.leave();
    this.#onEnd();
  }
}

/** The visits of one server. */
export interface Visits {
  open(request: FastifyRequest, reply: FastifyReply): Visit;
  /** Throws TypeError for a request that never came through the first hook. */
  of(request: FastifyRequest): Visit;
  /** Requests whose answers have not left yet. */
  readonly count: number;
  /** Resolves once there is none, at the latest after `ms`. */
  settle(ms: number): Promise<void>;
  abortAll(reason: HubError): void;
}

/** On the request itself: what hangs on a WeakMap outlives its request, until V8 collects everything. */
const visitOf = Symbol('visit');

export function createVisits(
  fastify: FastifyInstance,
  limits: VisitLimits,
  now: () => Date,
  telemetry: Telemetry,
): Visits {
  fastify.decorateRequest(visitOf, undefined);
  const open = new Set<Visit>();
  let onEmpty = () => {};
  return {
    open(request, reply) {
      const visit: Visit = new Visit(reply, { receivedAt: now(), trace: telemetry.begin() }, limits, () => {
        open.delete(visit);
        if (open.size === 0) onEmpty();
      });
      request.setDecorator(visitOf, visit);
      open.add(visit);
      return visit;
    },
    of(request) {
      const visit = request.getDecorator<Visit | undefined>(visitOf);
      if (!visit) throw new TypeError('a request of the GraphQL route has a visit from its first hook on');
      return visit;
    },
    get count() {
      return open.size;
    },
    async settle(ms) {
      if (open.size === 0) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        onEmpty = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    },
    abortAll(reason) {
      for (const visit of open) visit.abort(reason);
    },
  };
}
