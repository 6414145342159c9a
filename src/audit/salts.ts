import { randomFillSync } from 'node:crypto';

const saltBytes = 16;
const drawn = 256;

/** A new salt at each call, base64. Drawn from the system many at a time: one by one they cost more than hashing the record. */
export function createSalts(): () => string {
  const pool = Buffer.alloc(saltBytes * drawn);
  let next = pool.length;
  return () => {
    if (next >= pool.length) {
      randomFillSync(pool);
      next = 0;
    }
    next += saltBytes;
    return pool.toString('base64', next - saltBytes, next);
  };
}
