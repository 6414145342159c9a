import type { Projector } from '../audit/projector.ts';

/** Keeps search and quotas up to date, apart from every request. One run at a time; a failed one is tried again. Returns what ends it. */
export function followLog(projector: Projector): () => Promise<void> {
  let running: Promise<void> | undefined;
  const follow = () => {
    running ??= projector
      .catchUp()
      .catch(() => {})
      .finally(() => {
        running = undefined;
      });
  };
  const timer = setInterval(follow, 1_000);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await running;
  };
}
