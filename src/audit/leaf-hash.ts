/** Merkle tree leaves, RFC 6962 §2.1. */
import { createHash } from 'node:crypto';

/** Names the hash in bodies and receipts, so that another one can follow in the same log. */
export const LEAF_ALGORITHM = 'sha256-rfc6962';

const leafPrefix = Buffer.of(0x00);

/** SHA-256(0x00 || body). Pure. */
export function leafHash(body: Uint8Array): Buffer {
  return createHash('sha256').update(leafPrefix).update(body).digest();
}
