/** Full-width forms of the printable ASCII characters (Unicode block U+FF00–FFEF), as Chinese input methods type them. */

const fullWidth = /[\uFF01-\uFF5E\u3000]/g;
const halfWidth = /[\x21-\x7E]/g;
/** Distance between `!` and `！`. */
const distance = 0xfee0;

/** `１１０Ｘ` → `110X`; the ideographic space becomes a blank. Anything else stays. */
export function toHalfWidth(text: string): string {
  return text.replace(fullWidth, (character) =>
    character === '\u3000' ? ' ' : String.fromCharCode(character.charCodeAt(0) - distance),
  );
}

/** `110X` → `１１０Ｘ`. Anything but printable ASCII stays. */
export function toFullWidth(text: string): string {
  return text.replace(halfWidth, (character) => String.fromCharCode(character.charCodeAt(0) + distance));
}
