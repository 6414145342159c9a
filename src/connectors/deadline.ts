import { setMaxListeners } from 'node:events';
import { SourceFailure } from './source-failure.ts';

/**
 * The time that one read may take, and everything else that may end it early. Not an `AbortSignal` throughout: making and
 * collecting those costs more than all the rest of a small read; a kind whose driver wants one asks for it.
 */
export class Deadline {
  /** Why the read is over before its time; undefined while it may go on. */
  reason: SourceFailure | undefined;
  readonly #parent: AbortSignal;
  readonly #timer: NodeJS.Timeout;
  readonly #listeners = new Set<(reason: SourceFailure) => void>();
  #controller: AbortController | undefined;

  constructor(parent: AbortSignal, deadlineMs: number) {
    this.#parent = parent;
    this.#timer = setTimeout(() => this.#end(new SourceFailure('down', 'deadline passed')), deadlineMs);
    if (parent.aborted) this.#onParent();
    else this.#listen(parent);
  }

  /** Throws the reason if the read is over. */
  check(): void {
    if (this.reason) throw this.reason;
  }

  /** Calls the listener once when the read ends early, at once if it has. Returns the function that forgets the listener. */
  onEnd(listener: (reason: SourceFailure) => void): () => void {
    if (this.reason) listener(this.reason);
    else this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Gives the read up: what still runs for it ends. */
  cancel(): void {
    this.#end(new SourceFailure('ours', 'given up'));
  }

  /** Must be called when the read is over, else timer and listener stay. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#parent.removeEventListener('abort', this.#onParent);
  }

  /** The same as a signal, for drivers that take one. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      const controller = new AbortController();
      this.#controller = controller;
      this.onEnd((reason) => controller.abort(reason));
    }
    return this.#controller.signal;
  }

  #listen(parent: AbortSignal): void {
    // All reads of one request listen to its signal; more than ten of them are no leak.
    setMaxListeners(0, parent);
    parent.addEventListener('abort', this.#onParent);
  }

  readonly #onParent = (): void => {
    const { reason } = this.#parent;
    // A caller's own deadline says that the source was slow; a caller that went away says nothing of the source.
    const isTimeout = reason instanceof Error && reason.name === 'TimeoutError';
    this.#end(
      new SourceFailure(
        isTimeout ? 'down' : 'ours',
        isTimeout ? 'deadline of the request passed' : 'request given up',
      ),
    );
  };

  #end(reason: SourceFailure): void {
    if (this.reason) return;
    this.reason = reason;
    for (const listener of this.#listeners) listener(reason);
    this.#listeners.clear();
  }
}

/**
 * Settles as the work does, or rejects with the deadline's reason as soon as it ends the read. The work itself is not stopped by
 * this: it must watch the deadline too, or have `onAbandoned` clean up after it.
 */
export function raceDeadline<T>(
  deadline: Deadline,
  work: Promise<T>,
  onAbandoned?: (result: T) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const forget = deadline.onEnd(reject);
    work.then(
      (result) => {
        forget();
        if (deadline.reason) onAbandoned?.(result);
        resolve(result);
      },
      (error) => {
        forget();
        reject(error);
      },
    );
  });
}
