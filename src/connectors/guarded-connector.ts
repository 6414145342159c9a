import { type CircuitBreakerPolicy, CircuitState } from 'cockatiel';
import {
  type Connector,
  type ConnectorObserver,
  type CountRequest,
  type CountResult,
  type ListedRow,
  type ListRequest,
  type ListResult,
  maxPositionLength,
  type ProbeResult,
  type ReadRequest,
  type ReadResult,
  type ReadShape,
  type SourceSettings,
} from './connector.ts';
import { Deadline, raceDeadline } from './deadline.ts';
import { type KeyBatch, splitKeys } from './key-batch.ts';
import { canonicalKey } from './key-forms.ts';
import { createLimiter, type Limiter } from './limiter.ts';
import { planLayout, type ReadLayout } from './read-layout.ts';
import { Rejoin } from './rejoin.ts';
import { type BreakerTuning, createSourceBreaker, rethrowBroken } from './source-breaker.ts';
import type { PreparedShape, SourceDriver, SourceRows } from './source-driver.ts';
import { SourceFailure, wrapFailure } from './source-failure.ts';

/** How the shell protects source and hub, where the contract file says nothing. */
export interface GuardTuning extends BreakerTuning {
  /** Reads under way or waiting for this source; more are refused at once. */
  readonly maxReads: number;
}

export const defaultTuning: GuardTuning = { breakerFailures: 5, breakerPauseMs: 2000, maxReads: 1000 };

export interface GuardOptions {
  readonly settings: SourceSettings;
  readonly driver: SourceDriver;
  readonly observer: ConnectorObserver;
  /** Calls at the source at the same time. */
  readonly concurrency: number;
  readonly tuning: GuardTuning;
}

/**
 * The shell around every kind, and the one place where its promises are kept: deadline with queueing included, concurrency,
 * breaker, batches side by side, the rejoin on canonical keys, and errors wrapped once.
 *
 * The breaker counts calls that the source did not answer. An answer that cannot be used, and a call that the hub itself gave
 * up, leave it alone.
 */
export class GuardedConnector implements Connector {
  readonly source: string;
  readonly kind: Connector['kind'];
  readonly #options: GuardOptions;
  readonly #limiter: Limiter;
  readonly #breaker: CircuitBreakerPolicy;
  readonly #shapes = new WeakMap<ReadShape, KnownShape>();
  /** Reads, lists, counts and probes under way. */
  #running = 0;
  #onIdle: (() => void) | undefined;
  #closing: Promise<void> | undefined;
  #warning: string | undefined;

  constructor(options: GuardOptions) {
    this.source = options.settings.name;
    this.kind = options.driver.kind;
    this.#options = options;
    this.#limiter = createLimiter(options.concurrency);
    this.#breaker = createSourceBreaker(options);
  }

  read(request: ReadRequest, signal: AbortSignal): Promise<ReadResult> {
    return this.#guard(request.shape.entity, signal, (deadline) => this.#readAll(request, deadline));
  }

  list(request: ListRequest, signal: AbortSignal): Promise<ListResult> {
    return this.#guard(request.entity, signal, (deadline) => this.#list(request, deadline));
  }

  count(request: CountRequest, signal: AbortSignal): Promise<CountResult> {
    return this.#guard(request.entity, signal, (deadline) => this.#count(request, deadline));
  }

  probe(signal: AbortSignal): Promise<ProbeResult> {
    this.#running++;
    return this.#probeGuarded(signal).finally(() => this.#leave());
  }

  close(): Promise<void> {
    this.#closing ??= this.#idle().then(() => this.#options.driver.close());
    return this.#closing;
  }

  #idle(): Promise<void> {
    if (this.#running === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onIdle = resolve;
    });
  }

  async #guard<T>(entity: string, signal: AbortSignal, work: (deadline: Deadline) => Promise<T>): Promise<T> {
    this.#running++;
    const deadline = new Deadline(signal, this.#options.settings.deadlineMs);
    try {
      this.#admit();
      return await work(deadline);
    } catch (error) {
      deadline.cancel();
      throw wrapFailure(error, { source: this.source, entity });
    } finally {
      deadline.stop();
      this.#leave();
    }
  }

  #leave(): void {
    if (--this.#running === 0) this.#onIdle?.();
  }

  /** It has been counted. */
  #admit(): void {
    if (this.#closing) throw new SourceFailure('ours', 'connector is closed');
    if (this.#running > this.#options.tuning.maxReads) {
      throw new SourceFailure('ours', 'too many reads wait for this source');
    }
  }

  async #readAll(request: ReadRequest, deadline: Deadline): Promise<ReadResult> {
    const readAt = new Date().toISOString();
    const { shape, keys } = request;
    const { layout, prepared } = this.#shapeOf(shape);
    const callBatch = prepared.prepareRead(request);
    if (!callBatch) return joinAnswers(request, layout, [], [], readAt);
    const batches = splitKeys(keys, shape.keyColumns, prepared.keyShapes(), prepared.limits);
    const call = (batch: KeyBatch) => this.#call(() => callBatch(batch, deadline), deadline);
    const [only] = batches;
    const answers =
      only && batches.length === 1 ? [await call(only)] : await this.#callAll(call, batches, deadline);
    return joinAnswers(request, layout, batches, answers, readAt);
  }

  #shapeOf(shape: ReadShape): KnownShape {
    const known = this.#shapes.get(shape);
    if (known) return known;
    const layout = planLayout(shape);
    const made = { layout, prepared: this.#options.driver.prepare(shape, layout) };
    this.#shapes.set(shape, made);
    return made;
  }

  /** Not more batches of one read wait at once than may run, so that a long read does not shut the others out. */
  async #callAll(
    call: (batch: KeyBatch) => Promise<SourceRows>,
    batches: readonly KeyBatch[],
    deadline: Deadline,
  ): Promise<readonly SourceRows[]> {
    const answers = new Array<SourceRows>(batches.length);
    const rest = batches.entries();
    let failure: unknown;
    const work = async (): Promise<void> => {
      try {
        for (const [position, batch] of rest) answers[position] = await call(batch);
      } catch (error) {
        // The first one tells what happened; the others are only given up for it.
        failure ??= error;
        deadline.cancel();
      }
    };
    await Promise.all(Array.from({ length: Math.min(batches.length, this.#options.concurrency) }, work));
    if (failure !== undefined) throw failure;
    return answers;
  }

  async #list(request: ListRequest, deadline: Deadline): Promise<ListResult> {
    const { driver } = this.#options;
    const readAt = new Date().toISOString();
    const layout = planLayout({ ...request, keyColumns: [request.keyColumn] });
    const answer = await this.#call(async () => {
      if (!driver.list) throw new SourceFailure('fault', 'this kind of source cannot be listed');
      return driver.list(request, layout, deadline);
    }, deadline);
    const rows = answer.rows.map((row) => toListedRow(request, layout, row));
    return { rows, readAt, reads: answer.reads, findings: foundOnly(answer.findings ?? {}) };
  }

  async #count(request: CountRequest, deadline: Deadline): Promise<CountResult> {
    const { driver } = this.#options;
    const readAt = new Date().toISOString();
    const count = await this.#call(async () => {
      if (!driver.count) throw new SourceFailure('fault', 'this kind of source cannot be listed');
      return driver.count(request, deadline);
    }, deadline);
    return { count, readAt, reads: 1 };
  }

  #call<T>(task: () => Promise<T>, deadline: Deadline): Promise<T> {
    return this.#limiter.run(deadline, () => {
      const isTesting = this.#breaker.state === CircuitState.HalfOpen;
      const call = this.#breaker.execute(() => {
        deadline.check();
        return task();
      });
      // Who comes while one call tests the source waits for that call, and not longer than its own deadline.
      return (isTesting ? raceDeadline(deadline, call) : call).catch(rethrowBroken);
    });
  }

  async #probeGuarded(signal: AbortSignal): Promise<ProbeResult> {
    const { settings } = this.#options;
    const deadline = new Deadline(signal, settings.deadlineMs);
    try {
      if (this.#closing) throw new SourceFailure('ours', 'connector is closed');
      const result = await raceDeadline(deadline, this.#reach(deadline));
      if (result.canWrite) this.#warn(`account could write: ${result.notes.join('; ')}`);
      return result;
    } catch (error) {
      const { cause } = wrapFailure(error, { source: this.source, entity: '' });
      return { ok: false, notes: [cause instanceof Error ? cause.message : 'unknown'] };
    } finally {
      deadline.stop();
    }
  }

  /** As reads do: a source that is left alone is not asked, until one call may test it. That it can be reached excuses no failed read. */
  #reach(deadline: Deadline): Promise<ProbeResult> {
    const { driver } = this.#options;
    if (this.#breaker.state === CircuitState.Closed) return driver.probe(deadline);
    return this.#breaker.execute(() => driver.probe(deadline)).catch(rethrowBroken);
  }

  /** Once, not with every probe. */
  #warn(warning: string): void {
    if (warning !== this.#warning) this.#options.observer.warn(this.source, warning);
    this.#warning = warning;
  }
}

/** What is kept of a shape, as long as its plan is. */
interface KnownShape {
  readonly layout: ReadLayout;
  readonly prepared: PreparedShape;
}

function toListedRow(request: ListRequest, layout: ReadLayout, row: readonly unknown[]): ListedRow {
  const position = row[layout.selected.length];
  if (typeof position !== 'string' || Buffer.byteLength(position) > maxPositionLength) {
    throw new SourceFailure('fault', 'answer has a row without a position');
  }
  const stored = row[layout.keyAt[0] ?? 0];
  const key = canonicalKey(stored, request.keyColumn.forms);
  const isCanonical = key !== undefined && (key === stored || key === position);
  return { ...(key === undefined ? {} : { key }), isCanonical, position, values: row.slice(0, layout.width) };
}

function joinAnswers(
  request: ReadRequest,
  layout: ReadLayout,
  batches: readonly KeyBatch[],
  answers: readonly SourceRows[],
  readAt: string,
): ReadResult {
  const rejoin = new Rejoin(request.shape, layout, request.keys[0]?.length ?? 0);
  let reads = 0;
  for (const [position, batch] of batches.entries()) {
    const answer = answers[position];
    if (!answer) continue;
    reads += answer.reads;
    for (const [finding, count] of Object.entries(answer.findings ?? {})) rejoin.count(finding, count);
    rejoin.add(batch, answer.rows);
  }
  return { rows: rejoin.rows, readAt, reads, findings: rejoin.findings };
}

/** Drivers count what they look for, found or not. */
function foundOnly(findings: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(findings).filter(([, count]) => count > 0));
}
