/**
 * JSON Canonicalization Scheme, RFC 8785, for the values that the log signs: strings, finite numbers, booleans, null, arrays
 * and plain objects.
 */

const MAX_DEPTH = 64;
const loneSurrogate = /\p{Surrogate}/u;
/** Printable ASCII without quote and backslash: nearly every text of the log. */
const plainText = /^[ !#-[\]-~]*$/;

/**
 * The one canonical text of `value`: equal values give equal bytes, whatever the order in which members were set. Members
 * that are undefined are left out. Throws `TypeError` for what RFC 8785 has no form for: lone surrogates (§3.2.2.2),
 * NaN and infinities (§3.2.2.3), undefined array items, class instances, and nesting beyond 64 levels.
 */
export function canonicalise(value: unknown): string {
  return writeValue(value, 0);
}

function writeValue(value: unknown, depth: number): string {
  if (depth > MAX_DEPTH) throw new TypeError(`canonical JSON nests at most ${MAX_DEPTH} levels here`);
  if (typeof value === 'string') return writeString(value);
  if (typeof value === 'number') return writeNumber(value);
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (value === null) return 'null';
  if (Array.isArray(value)) return writeArray(value, depth);
  if (typeof value === 'object') return writeObject(value, depth);
  throw new TypeError(`canonical JSON has no form for ${typeof value}`);
}

/** JSON.stringify escapes exactly as §3.2.2.2 asks, but writes lone surrogates where the RFC wants an error. */
function writeString(text: string): string {
  if (plainText.test(text)) return `"${text}"`;
  if (loneSurrogate.test(text)) throw new TypeError('canonical JSON has no form for a lone surrogate');
  return JSON.stringify(text);
}

/** §3.2.2.3 is ECMAScript's own Number to String, minus zero included. */
function writeNumber(number: number): string {
  if (!Number.isFinite(number)) throw new TypeError('canonical JSON has no form for NaN and infinities');
  return JSON.stringify(number);
}

function writeArray(items: readonly unknown[], depth: number): string {
  let text = '';
  // Not map(), which would skip the holes of a sparse array.
  for (const item of items) text += `${text === '' ? '' : ','}${writeValue(item, depth + 1)}`;
  return `[${text}]`;
}

function writeObject(object: object, depth: number): string {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new TypeError('canonical JSON takes plain objects only');
  }
  // sort() compares UTF-16 code units, which is the order that §3.2.3 asks for. Written as a loop: every request pays for it.
  let text = '';
  for (const name of Object.keys(object).sort()) {
    // Own and enumerable, since Object.keys named it.
    const value: unknown = (object as Readonly<Record<string, unknown>>)[name];
    if (value === undefined) continue;
    text += `${text === '' ? '' : ','}${writeString(name)}:${writeValue(value, depth + 1)}`;
  }
  return `{${text}}`;
}
