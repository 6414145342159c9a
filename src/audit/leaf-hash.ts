/** Merkle tree leaves, RFC 6962 §2.1. */
import { createHash, hash } from 'node:crypto';

/** Names the hash in bodies and receipts, so that another one can follow in the same log. */
export const LEAF_ALGORITHM = 'sha256-rfc6962';

const leafPrefix = Buffer.of(0x00);

/** SHA-256(0x00 || body). Pure. */
export function leafHash(body: Uint8Array): Buffer {
  return createHash('sha256').update(leafPrefix).update(body).digest();
}

/** A text's bytes and their leaf hash. Written behind the prefix at once, so that one call hashes both. Pure. */
export function frameLeaf(text: string): { readonly body: Buffer; readonly leaf: Buffer } {
  const framed = Buffer.from(`\0${text}`, 'utf8');
  return { body: framed.subarray(1), leaf: hash('sha256', framed, 'buffer') };
}
