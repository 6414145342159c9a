import type { Deadline } from './deadline.ts';

/** Lets so many calls run at once; the next ones wait, first come first served. Who may wait at all is the caller's business. */
export interface Limiter {
  /**
   * Runs the task when it is its turn; rejects without running it as soon as the deadline ends while it waits. The place is
   * free again when the task has settled.
   */
  run<T>(deadline: Deadline, task: () => Promise<T>): Promise<T>;
}

export function createLimiter(concurrency: number): Limiter {
  const waiting = new Set<() => void>();
  let running = 0;

  const release = (): void => {
    const [next] = waiting;
    if (next) next();
    else running--;
  };

  const wait = (deadline: Deadline): Promise<void> =>
    new Promise((resolve, reject) => {
      const enter = (): void => {
        waiting.delete(enter);
        forget();
        resolve();
      };
      waiting.add(enter);
      const forget = deadline.onEnd((reason) => {
        waiting.delete(enter);
        reject(reason);
      });
    });

  const runNow = async <T>(task: () => Promise<T>): Promise<T> => {
    try {
      return await task();
    } finally {
      release();
    }
  };

  return {
    run(deadline, task) {
      if (running >= concurrency) return wait(deadline).then(() => runNow(task));
      running++;
      return runNow(task);
    },
  };
}
