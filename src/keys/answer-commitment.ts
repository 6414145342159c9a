import { createHmacSha256 } from './hmac-sha256.ts';
import type { DerivedKey } from './key-ring.ts';

/**
 * Commits the record to the answer's bytes: HMAC-SHA256, hex. Not a plain hash, because an answer that can be guessed must not
 * be confirmed by the log.
 */
export function createAnswerCommitment(ring: {
  key(name: 'response-commitment'): DerivedKey;
}): (bytes: Uint8Array) => string {
  return createHmacSha256(ring.key('response-commitment').derive('answer'));
}
