import type { Duplex } from 'node:stream';

/** The sockets of a pool, so that they can be cut where the protocol's own farewell would wait for a source that hangs. */
export interface OpenSockets {
  add(socket: Duplex): void;
  /** Waits so long for the farewell, then cuts what is still open. */
  closeAfter(farewell: Promise<unknown>, patienceMs: number): Promise<void>;
}

export function createOpenSockets(): OpenSockets {
  const sockets = new Set<Duplex>();
  return {
    add: (socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    },
    closeAfter: async (farewell, patienceMs) => {
      await withTimer(
        patienceMs,
        farewell.catch(() => undefined),
      );
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Settles with the work, or resolves when the time is over. */
function withTimer(ms: number, work: Promise<unknown>): Promise<unknown> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    work.then(resolve, resolve).finally(() => clearTimeout(timer));
  });
}

/** Runs the first statements of a session. A source that hangs here is cut off, or its place in the pool would be lost. */
export async function setUpWithin<T>(ms: number, socket: Duplex, setUp: () => Promise<T>): Promise<T> {
  const timer = setTimeout(() => socket.destroy(), ms);
  try {
    return await setUp();
  } finally {
    clearTimeout(timer);
  }
}
