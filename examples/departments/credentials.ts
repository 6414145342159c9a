import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** A secret from which a department derives its credentials, where its starter gives none. */
export function createSecret(): string {
  return randomBytes(24).toString('base64url');
}

/** One credential of a department: always the same for the same secret. */
export function deriveCredential(secret: string, label: string): string {
  return createHmac('sha256', secret).update(label).digest('base64url');
}

/** In a time that says nothing about where they differ. Texts of any length. */
export function isSameText(given: string, expected: string): boolean {
  const [a, b] = [given, expected].map((text) => createHmac('sha256', 'compare').update(text).digest());
  return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}
