import type { Duplex } from 'node:stream';
import type { Deadline } from '../deadline.ts';
import { SourceFailure } from '../source-failure.ts';

/**
 * Runs one statement whose answer comes over the socket, and cuts the socket when the deadline ends or when the source says more than
 * `maxBytes`: drivers keep whole answers in memory, so a source could fill the hub's. Rejects with a `SourceFailure` in both cases, else as
 * the task does.
 */
export function runOnSocket<T>(
  socket: Duplex,
  limits: { readonly deadline: Deadline; readonly maxBytes: number },
  task: () => Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    let received = 0;
    const cut = (reason: SourceFailure): void => {
      reject(reason);
      socket.destroy();
    };
    const onData = (chunk: Buffer): void => {
      received += chunk.length;
      if (received > limits.maxBytes) cut(new SourceFailure('fault', 'answer exceeds the limit'));
    };
    socket.on('data', onData);
    const forget = limits.deadline.onEnd(cut);
    const stop = (): void => {
      socket.off('data', onData);
      forget();
    };
    task().then(resolve, reject).finally(stop);
  });
}
