/** Full-width forms of the printable ASCII characters (Unicode block U+FF00–FFEF), as Chinese input methods type them. */

const fullWidth = /[\uFF01-\uFF5E\u3000]/g;
const hasFullWidth = /[\uFF01-\uFF5E\u3000]/;
/** Distance between `!` and `！`. */
const distance = 0xfee0;

/** `１１０Ｘ` → `110X`; the ideographic space becomes a blank. Anything else stays. */
export function toHalfWidth(text: string): string {
  if (!hasFullWidth.test(text)) return text;
  return text.replace(fullWidth, (character) =>
    character === '\u3000' ? ' ' : String.fromCharCode(character.charCodeAt(0) - distance),
  );
}

/** `110X` → `１１０Ｘ`. Anything but printable ASCII stays. */
export function toFullWidth(text: string): string {
  let full = '';
  // By table, because it runs for every key of a read, and a replacement per character takes five times as long.
  for (let index = 0; index < text.length; index++)
    full += fullWidthOf[text.charCodeAt(index)] ?? text[index];
  return full;
}

/** By the code of the half-width character; empty where there is none. */
const fullWidthOf: readonly (string | undefined)[] = Array.from({ length: 0x7f }, (_, code) =>
  code > 0x20 ? String.fromCharCode(code + distance) : undefined,
);
