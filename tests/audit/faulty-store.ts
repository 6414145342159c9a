import type { AuditStore } from '../../src/audit/entry.ts';

/** OK: passes. LOST: fails without writing. UNKNOWN: writes, and then reports a failure (a lost COMMIT reply). */
export type Fault = 'OK' | 'LOST' | 'UNKNOWN';

/** A store in front of a real one that fails where the switch says so; `n` counts appends from 1. */
export function createFaultyStore(inner: AuditStore, faultOf: (n: number) => Fault): AuditStore {
  let n = 0;
  return {
    async append(records) {
      n += 1;
      const fault = faultOf(n);
      if (fault === 'LOST') throw new Error('connection refused');
      const indexes = await inner.append(records);
      if (fault === 'UNKNOWN') throw new Error('connection reset while committing');
      return indexes;
    },
    close: () => inner.close(),
  };
}

/** A store whose appends wait until the test lets them go. */
export function createGatedStore(
  inner: AuditStore,
): AuditStore & { readonly started: () => number; open(): void } {
  let started = 0;
  let open: () => void = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  return {
    async append(records) {
      started += 1;
      await gate;
      return inner.append(records);
    },
    close: () => inner.close(),
    started: () => started,
    open: () => open(),
  };
}

/** Gapless and in order, like the real ones; keeps its batches. */
export function createMemoryStore(): AuditStore & { readonly batches: readonly (readonly string[])[] } {
  const batches: string[][] = [];
  let next = 0n;
  return {
    batches,
    async append(records) {
      batches.push(records.map((record) => record.eventId));
      return records.map(() => next++);
    },
    async close() {},
  };
}

/** A seeded random source (mulberry32), so that a failing run can be run again. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
