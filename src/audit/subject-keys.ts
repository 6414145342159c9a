import { hash } from 'node:crypto';

const subjectKeyBytes = 16;

/**
 * Sixteen bytes for each text, in order: of a pseudonym its own, of any other text the first of its SHA-256, so that whatever
 * stands in a record can be found.
 */
export function subjectKeys(texts: readonly string[]): Buffer {
  const keys = Buffer.allocUnsafe(texts.length * subjectKeyBytes);
  if (!decodePseudonyms(texts, keys)) {
    for (const [i, text] of texts.entries()) subjectKey(text).copy(keys, i * subjectKeyBytes);
  }
  return keys;
}

function subjectKey(text: string): Buffer {
  const key = Buffer.alloc(subjectKeyBytes);
  return decodePseudonyms([text], key) ? key : hash('sha256', text, 'buffer').subarray(0, subjectKeyBytes);
}

/**
 * False unless all are pseudonyms, as base64url writes sixteen bytes. Two more characters make each eighteen whole bytes, the last two
 * zero, and one call decodes them all: a request may be for a thousand.
 */
function decodePseudonyms(texts: readonly string[], keys: Buffer): boolean {
  if (texts.length === 0) return true;
  if (!texts.every((text) => text.length === 22)) return false;
  const joined = `${texts.join('AA')}AA`;
  const decoded = Buffer.from(joined, 'base64url');
  // What is not in the alphabet is left out, but for the other alphabet's two characters.
  if (decoded.length !== texts.length * 18 || joined.includes('+') || joined.includes('/')) return false;
  for (let i = 0, from = 0; i < keys.length; i += 16, from += 18) {
    if (decoded[from + 16] !== 0 || decoded[from + 17] !== 0) return false;
    for (let byte = 0; byte < 16; byte++) keys[i + byte] = decoded[from + byte] ?? 0;
  }
  return true;
}
