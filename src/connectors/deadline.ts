import { SourceFailure } from './source-failure.ts';

/**
 * The time that one read may take, and everything else that may end it early. Not an `AbortSignal` throughout: making and
 * collecting those costs more than all the rest of a small read.
 */
export class Deadline {
  /** Why the read is over before its time; undefined while it may go on. */
  reason: SourceFailure | undefined;
  readonly #siblings: Set<Deadline>;
  readonly #timer: NodeJS.Timeout;
  #listeners: Set<(reason: SourceFailure) => void> | undefined;

  constructor(parent: AbortSignal, deadlineMs: number) {
    this.#siblings = deadlinesOf(parent);
    this.#timer = setTimeout(() => this.end(new SourceFailure('down', 'deadline passed')), deadlineMs);
    if (parent.aborted) this.end(parentReason(parent));
    else this.#siblings.add(this);
  }

  /** Throws the reason if the read is over. */
  check(): void {
    if (this.reason) throw this.reason;
  }

  /** Calls the listener once when the read ends early, at once if it has. Returns the function that forgets the listener. */
  onEnd(listener: (reason: SourceFailure) => void): () => void {
    if (this.reason) listener(this.reason);
    else {
      this.#listeners ??= new Set();
      this.#listeners.add(listener);
    }
    return () => this.#listeners?.delete(listener);
  }

  /** Gives the read up: what still runs for it ends. */
  cancel(): void {
    this.end(new SourceFailure('ours', 'given up'));
  }

  /** Ends the read early; the first reason stays. */
  end(reason: SourceFailure): void {
    if (this.reason) return;
    this.reason = reason;
    const listeners = this.#listeners ?? [];
    this.#listeners = undefined;
    for (const listener of listeners) listener(reason);
  }

  /** Must be called when the read is over, else its timer stays, and it with the signal of its request. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#siblings.delete(this);
  }
}

/**
 * Under way for a request, kept on its signal, which is listened to once, however many reads it has. Not in a WeakMap: what hangs on one
 * outlives its request, until V8 collects everything.
 */
const underWay = Symbol('deadlines');

interface RequestSignal extends AbortSignal {
  [underWay]?: Set<Deadline>;
}

function deadlinesOf(parent: RequestSignal): Set<Deadline> {
  const known = parent[underWay];
  if (known) return known;
  const made = new Set<Deadline>();
  parent[underWay] = made;
  parent.addEventListener('abort', () => {
    const reason = parentReason(parent);
    for (const deadline of made) deadline.end(reason);
  });
  return made;
}

/** A caller's own deadline says that the source was slow; a caller that went away says nothing of the source. */
function parentReason({ reason }: AbortSignal): SourceFailure {
  const isTimeout = reason instanceof Error && reason.name === 'TimeoutError';
  return new SourceFailure(
    isTimeout ? 'down' : 'ours',
    isTimeout ? 'deadline of the request passed' : 'request given up',
  );
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
