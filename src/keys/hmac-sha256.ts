/** HMAC-SHA256 (RFC 2104). */
import { createHmac, hash } from 'node:crypto';

const blockBytes = 64;
const digestBytes = 32;
/** Longer messages are not copied: for them the set-up counts for little. */
const maxCopied = 65_536;

/**
 * HMAC-SHA256 under one key of at most 64 bytes; hex. Written out over one-shot hashes, because setting up Node's Hmac takes several
 * times what hashing an answer takes. The scratch blocks are reused: synchronous, and nothing of a message stays in them.
 */
export function createHmacSha256(key: Buffer): (message: Uint8Array) => string {
  if (key.length > blockBytes) throw new TypeError('a key of HMAC-SHA256 has at most 64 bytes here');
  const inner = Buffer.alloc(blockBytes + maxCopied);
  const outer = Buffer.alloc(blockBytes + digestBytes);
  for (let i = 0; i < blockBytes; i++) {
    inner[i] = (key[i] ?? 0) ^ 0x36;
    outer[i] = (key[i] ?? 0) ^ 0x5c;
  }
  return (message) => {
    if (message.length > maxCopied) return createHmac('sha256', key).update(message).digest('hex');
    const end = blockBytes + message.length;
    inner.set(message, blockBytes);
    outer.write(hash('sha256', inner.subarray(0, end), 'binary'), blockBytes, 'latin1');
    inner.fill(0, blockBytes, end);
    return hash('sha256', outer, 'hex');
  };
}
