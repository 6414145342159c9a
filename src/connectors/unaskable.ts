/** `\0` or any surrogate; text with characters beyond U+FFFF is looked at more closely. */
const suspicious = /[\0\ud800-\udfff]/;
const loneSurrogate = /\p{Surrogate}/u;

/** Text that no source can store and that some engines refuse a whole statement for: `\0`, half a surrogate pair. */
export function isUnaskable(text: string): boolean {
  return suspicious.test(text) && (text.includes('\0') || loneSurrogate.test(text));
}
