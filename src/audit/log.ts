import { HubError } from '../errors.ts';
import { type AuditLimits, defaultAuditLimits } from './audit-limits.ts';
import type { AccessEntry, AuditStore, Receipt, SealedRecord } from './entry.ts';
import { RECEIPT_ALGORITHM, receiptMessage, type SignReceipt } from './receipt.ts';
import { createSalts } from './salts.ts';
import { sealEntry } from './seal-entry.ts';
import type { DescribedRecord, WrittenRecords } from './written-records.ts';

export interface AuditLogOptions {
  /** Its `append` must settle in bounded time: one flush is in flight, and nothing passes it. */
  readonly store: AuditStore;
  /** Name of the log, the same in every replica. */
  readonly origin: string;
  readonly replica: string;
  readonly signReceipt: SignReceipt;
  /** Wall clock of receipts, ms since the epoch. */
  readonly now?: () => number;
  /** Measures waiting; unmoved by changes of the wall clock. */
  readonly monotonicMs?: () => number;
  readonly limits?: Partial<AuditLimits>;
  /** Gets every record after its commit. */
  readonly written?: WrittenRecords;
  /** Told of every failed flush, for log and metrics. Must not throw. */
  readonly onFailure?: (cause: unknown, failuresInARow: number) => void;
}

export interface AuditLogState {
  readonly queued: number;
  readonly queuedBytes: number;
  readonly failuresInARow: number;
  /** Entries turned away since the start because the queue was full: the only accesses without a record, and without an answer. */
  readonly turnedAway: number;
}

export interface AuditLog {
  /**
   * Call before any department is asked. Throws `AUDIT_UNAVAILABLE` when waiting records see no commit, `OVERLOADED` when
   * too many wait; returns at once.
   */
  admit(): void;
  /**
   * Resolves after COMMIT: the record is then as durable as the store is. Rejects with `AUDIT_UNAVAILABLE` at the deadline,
   * `OVERLOADED` when the queue is full, or as `sealEntry` does; the caller must then give no data. A record whose caller
   * was told no may still be written, and more than once, under its event id. Concurrent calls are committed
   * together. Never await it inside a transaction on the store's own PGlite: it would wait for itself.
   */
  append(entry: AccessEntry): Promise<Receipt>;
  state(): AuditLogState;
  /** Takes nothing new, writes what is queued for at most `closeMs`, closes the store. Idempotent. */
  close(): Promise<{ readonly unwritten: number }>;
}

export function createAuditLog(options: AuditLogOptions): AuditLog {
  return new GroupCommitLog(options);
}

interface Pending {
  readonly record: SealedRecord;
  /** Of the very entry that was sealed: its caller may go on with it. */
  readonly described: DescribedRecord | undefined;
  /** Each does nothing after the first of them was called. */
  readonly resolve: (receipt: Receipt) => void;
  readonly reject: (error: HubError) => void;
  isAnswered: boolean;
}

/**
 * Commits in groups without a timer: while one flush is under way the next batch gathers by itself, and it leaves when the event
 * loop has looked at all that had arrived: the busier the hub, the larger its batches. A batch leaves the queue
 * only when the store said yes, so that an unknown result is simply tried again, and the queue itself is the probe
 * that finds the store back.
 */
class GroupCommitLog implements AuditLog {
  readonly #options: AuditLogOptions;
  readonly #limits: AuditLimits;
  readonly #monotonicMs: () => number;
  readonly #drawSalt = createSalts();
  readonly #queue: Pending[] = [];
  #queuedBytes = 0;
  /** Monotonic time of the last commit, or of the first record that came to an empty queue after it. */
  #waitingSince = 0;
  #failuresInARow = 0;
  #turnedAway = 0;
  /** The flush loop, while anything is queued. */
  #running: Promise<void> | undefined;
  #endPause: () => void = () => {};
  #closed: Promise<{ unwritten: number }> | undefined;
  #isAbandoned = false;

  constructor(options: AuditLogOptions) {
    this.#options = options;
    this.#limits = { ...defaultAuditLimits, ...options.limits };
    this.#monotonicMs = options.monotonicMs ?? (() => performance.now());
  }

  admit(): void {
    if (this.#closed) throw unavailable(shuttingDown);
    if (this.#queue.length === 0) return;
    if (this.#monotonicMs() - this.#waitingSince > this.#limits.staleAfterMs) throw unavailable();
    if (this.#isFull(0.5)) throw new HubError('OVERLOADED');
  }

  async append(entry: AccessEntry): Promise<Receipt> {
    if (this.#closed) throw unavailable(shuttingDown);
    if (this.#isFull(1)) {
      this.#turnedAway += 1;
      throw new HubError('OVERLOADED');
    }
    const record = sealEntry(entry, this.#options, this.#drawSalt());
    const described = this.#describe(entry);
    return new Promise((resolve, reject) => this.#enqueue({ record, described }, resolve, reject));
  }

  state(): AuditLogState {
    return {
      queued: this.#queue.length,
      queuedBytes: this.#queuedBytes,
      failuresInARow: this.#failuresInARow,
      turnedAway: this.#turnedAway,
    };
  }

  close(): Promise<{ readonly unwritten: number }> {
    this.#closed ??= this.#drain();
    return this.#closed;
  }

  #isFull(share: number): boolean {
    const { maxQueued, maxQueuedBytes } = this.#limits;
    return this.#queue.length >= maxQueued * share || this.#queuedBytes >= maxQueuedBytes * share;
  }

  #describe(entry: AccessEntry): DescribedRecord | undefined {
    try {
      return this.#options.written?.describe(entry);
    } catch {
      // The projector will read the record from the store, and say there what is wrong with it.
      return undefined;
    }
  }

  #enqueue(
    sealed: Pick<Pending, 'record' | 'described'>,
    resolve: Pending['resolve'],
    reject: Pending['reject'],
  ): void {
    const pending: Pending = {
      record: sealed.record,
      described: sealed.described,
      resolve: (receipt) => answer(() => resolve(receipt)),
      reject: (error) => answer(() => reject(error)),
      isAnswered: false,
    };
    const deadline = setTimeout(() => pending.reject(unavailable()), this.#limits.deadlineMs);
    function answer(settle: () => void): void {
      if (pending.isAnswered) return;
      pending.isAnswered = true;
      clearTimeout(deadline);
      settle();
    }
    if (this.#queue.length === 0) this.#waitingSince = this.#monotonicMs();
    this.#queue.push(pending);
    this.#queuedBytes += pending.record.body.length;
    this.#running ??= this.#flushAll();
  }

  async #flushAll(): Promise<void> {
    while (this.#queue.length > 0 && !this.#isAbandoned) {
      await endOfTurn();
      const batch = this.#nextBatch();
      try {
        this.#acknowledge(batch, await this.#commit(batch));
      } catch (cause) {
        this.#failuresInARow += 1;
        this.#options.onFailure?.(cause, this.#failuresInARow);
        await this.#pause();
      }
    }
    // In the same step as the last look at the queue: a record that comes now must start a new loop.
    this.#running = undefined;
  }

  #nextBatch(): readonly Pending[] {
    let bytes = 0;
    let count = 0;
    for (const { record } of this.#queue) {
      bytes += record.body.length;
      if (count > 0 && bytes > this.#limits.maxBatchBytes) break;
      count += 1;
      if (count >= this.#limits.maxBatchRecords) break;
    }
    return this.#queue.slice(0, count);
  }

  async #commit(batch: readonly Pending[]): Promise<readonly bigint[]> {
    const indexes = await this.#options.store.append(batch.map((pending) => pending.record));
    if (indexes.length !== batch.length) {
      throw new TypeError(
        `the store acknowledged ${indexes.length} records where ${batch.length} were given`,
      );
    }
    return indexes;
  }

  #acknowledge(batch: readonly Pending[], indexes: readonly bigint[]): void {
    this.#queue.splice(0, batch.length);
    for (const { record } of batch) this.#queuedBytes -= record.body.length;
    this.#waitingSince = this.#monotonicMs();
    this.#failuresInARow = 0;
    for (const [i, pending] of batch.entries()) {
      const { record, described } = pending;
      const index = indexes[i] ?? 0n;
      const leafHash = record.leaf.toString('base64');
      if (described) {
        const { searchable, department } = described;
        this.#options.written?.add(index, { searchable, department, leafHash });
      }
      if (pending.isAnswered) continue;
      try {
        pending.resolve(this.#receipt(record.eventId, leafHash, index));
      } catch (cause) {
        // Written, but nobody can prove it: no receipt, no data.
        pending.reject(new HubError('AUDIT_UNAVAILABLE', { cause }));
      }
    }
  }

  #receipt(eventId: string, leafHash: string, index: bigint): Receipt {
    const { origin, replica, signReceipt, now = Date.now } = this.#options;
    const receipt = {
      origin,
      index: index.toString(),
      eventId,
      leafHash,
      at: new Date(now()).toISOString(),
      replica,
      alg: RECEIPT_ALGORITHM,
      signature: '',
    };
    receipt.signature = signReceipt(receiptMessage(receipt)).toString('base64');
    return receipt;
  }

  #pause(): Promise<void> {
    const { retryMs, maxRetryMs } = this.#limits;
    const ms = Math.min(retryMs * 2 ** Math.min(this.#failuresInARow - 1, 20), maxRetryMs);
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #drain(): Promise<{ unwritten: number }> {
    this.#endPause();
    await this.#settleWithin(this.#limits.closeMs);
    this.#isAbandoned = true;
    this.#endPause();
    for (const pending of this.#queue) pending.reject(unavailable(shuttingDown));
    await this.#options.store.close();
    return { unwritten: this.#queue.length };
  }

  async #settleWithin(ms: number): Promise<void> {
    if (!this.#running) return;
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise((resolve) => {
      timer = setTimeout(resolve, ms);
    });
    await Promise.race([this.#running, patience]);
    clearTimeout(timer);
  }
}

/** When everything that had arrived before has been looked at. */
function endOfTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

const shuttingDown = { hint: 'The hub is shutting down.', hintZh: '平台正在停机。' } as const;

function unavailable(words: { readonly hint?: string; readonly hintZh?: string } = {}): HubError {
  return new HubError('AUDIT_UNAVAILABLE', words);
}
