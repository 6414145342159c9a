import type { Duplex } from 'node:stream';
import type { Deadline } from '../deadline.ts';
import { SourceFailure } from '../source-failure.ts';

/**
 * Runs one statement whose answer comes over the socket, and cuts the socket when the deadline ends or when the source says more than
 * `maxBytes`: drivers keep whole answers in memory, so a source could fill the hub's. Rejects with a `SourceFailure` in both cases, else as
 * the task does. One statement at a time on each socket.
 */
export function runOnSocket<T>(
  socket: Duplex,
  { deadline, maxBytes }: { readonly deadline: Deadline; readonly maxBytes: number },
  task: () => Promise<T>,
): Promise<T> {
  const meter = meterOf(socket);
  return new Promise((resolve, reject) => {
    const cut = (reason: SourceFailure): void => {
      reject(reason);
      socket.destroy();
    };
    meter.room = maxBytes;
    meter.onFull = () => cut(new SourceFailure('fault', 'answer exceeds the limit'));
    const forget = deadline.onEnd(cut);
    task().then(
      (result) => {
        forget();
        resolve(result);
      },
      (error) => {
        forget();
        reject(error);
      },
    );
  });
}

/** What a source may still say in the statement that runs. */
interface Meter {
  room: number;
  onFull: () => void;
}

/** One listener for the life of a socket. */
const meters = new WeakMap<Duplex, Meter>();

function meterOf(socket: Duplex): Meter {
  const known = meters.get(socket);
  if (known) return known;
  const made: Meter = { room: Number.POSITIVE_INFINITY, onFull: () => undefined };
  socket.on('data', (chunk: Buffer) => {
    made.room -= chunk.length;
    if (made.room < 0) made.onFull();
  });
  meters.set(socket, made);
  return made;
}
