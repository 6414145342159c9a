import { createHash } from 'node:crypto';
import { HubError } from '../errors.ts';

/**
 * JSON with members in one order (RFC 8785): equal documents give equal text, also after a database has reordered their
 * members. Throws `AGREEMENT_INVALID` for what PostgreSQL does not store (U+0000, lone surrogates) and for a member
 * named `__proto__`, which no document has in good faith.
 */
export function canonicalText(value: unknown): string {
  if (typeof value === 'string') return writeString(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`;
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${writeName(name)}:${canonicalText(member)}`).join(',')}}`;
}

/** Names a content for ever, whatever the algorithm of later ones. */
export function hashContent(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

function writeName(name: string): string {
  if (name === '__proto__') throw invalid('A member is named "__proto__".');
  return writeString(name);
}

function writeString(text: string): string {
  if (text.includes('\0') || /\p{Surrogate}/u.test(text))
    throw invalid('A text holds U+0000 or half a character.');
  return JSON.stringify(text);
}

function invalid(hint: string): HubError {
  return new HubError('AGREEMENT_INVALID', { hint });
}
