import { createHmac } from 'node:crypto';
import type { RawSql } from './storage.ts';

/** Claims about one person by one client, on one day. */
export interface ClaimCount {
  readonly client: string;
  readonly person: { readonly type: string; readonly value: string };
  /** YYYY-MM-DD */
  readonly day: string;
  readonly claims: number;
  /** That day, at most. */
  readonly allowed: number;
}

/** Counts the claims, or says false and counts none where they would be too many. Exact over all replicas on one database. */
export type CountClaims = (count: ClaimCount) => Promise<boolean>;

/** The person is stored under an HMAC, so that the table tells nobody who was asked about. `key`: for this alone. */
export function createClaimCounter(sql: RawSql, key: Uint8Array): CountClaims {
  let cleared = '';
  return async ({ client, person, day, claims, allowed }) => {
    if (claims > allowed) return false;
    if (cleared < day) {
      cleared = day;
      await sql.query('DELETE FROM verification_claims WHERE day < $1', [day]);
    }
    const subject = createHmac('sha256', key)
      .update(JSON.stringify([client, person.type, person.value]))
      .digest('base64url');
    const counted = await sql.query(
      `INSERT INTO verification_claims AS known (subject, day, claims) VALUES ($1, $2, $3)
       ON CONFLICT (subject, day) DO UPDATE SET claims = known.claims + excluded.claims
       WHERE known.claims + excluded.claims <= $4 RETURNING claims`,
      [subject, day, claims, allowed],
    );
    return counted.length === 1;
  };
}
