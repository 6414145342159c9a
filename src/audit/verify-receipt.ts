import { type KeyObject, verify } from 'node:crypto';
import type { Receipt } from './entry.ts';
import { leafHash } from './leaf-hash.ts';
import { RECEIPT_ALGORITHM, receiptMessage } from './receipt.ts';

/**
 * Did the replica that owns `publicKey` promise this record? With `body`, also: is it this record? The receipt is
 * attacker-controlled. Pure; false, never an error, for anything that is not a valid receipt. The key comes from the
 * verifier's own trust file, not from the hub.
 */
export function verifyReceipt(receipt: Receipt, publicKey: KeyObject, body?: Uint8Array): boolean {
  const { signature, ...members } = receipt;
  if (members.alg !== RECEIPT_ALGORITHM || publicKey.asymmetricKeyType !== 'ed25519') return false;
  if (!Object.values(members).every((member) => typeof member === 'string')) return false;
  if (body && leafHash(body).toString('base64') !== members.leafHash) return false;
  const bytes = Buffer.from(typeof signature === 'string' ? signature : '', 'base64');
  if (bytes.toString('base64') !== signature) return false;
  try {
    return verify(null, receiptMessage(members), publicKey, bytes);
  } catch {
    // Lone surrogates in a member: no canonical form, so nothing was ever signed.
    return false;
  }
}
