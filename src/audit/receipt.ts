import { type KeyObject, sign } from 'node:crypto';
import { canonicalise } from './canonical.ts';
import type { Receipt } from './entry.ts';
import { LEAF_ALGORITHM } from './leaf-hash.ts';

/** Names signature and leaf hash in every receipt. */
export const RECEIPT_ALGORITHM = `ed25519+${LEAF_ALGORITHM}`;

/** Signs the canonical form of a receipt; 64 bytes of Ed25519. */
export type SignReceipt = (message: Buffer) => Buffer;

/** `privateKey`: the replica's own Ed25519 key, used for receipts and nothing else. */
export function createReceiptSigner(privateKey: KeyObject): SignReceipt {
  if (privateKey.asymmetricKeyType !== 'ed25519')
    throw new TypeError('receipts are signed with an Ed25519 key');
  return (message) => sign(null, message, privateKey);
}

/** The bytes under the signature: the canonical form of every member but the signature. */
export function receiptMessage(receipt: Omit<Receipt, 'signature'>): Buffer {
  const { alg, at, eventId, index, leafHash, origin, replica } = receipt;
  const members = { alg, at, eventId, index, leafHash, origin, replica };
  const text = JSON.stringify(members);
  // In the order of RFC 8785 already; what could be a lone surrogate is left to who knows.
  return Buffer.from(text.includes('\\ud') ? canonicalise(members) : text, 'utf8');
}
