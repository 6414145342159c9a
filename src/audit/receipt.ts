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
  const { origin, index, eventId, leafHash, at, replica, alg } = receipt;
  return Buffer.from(canonicalise({ origin, index, eventId, leafHash, at, replica, alg }), 'utf8');
}
