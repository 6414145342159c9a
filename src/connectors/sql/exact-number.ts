/** A decimal text as a number. 15 significant digits always survive a double; more stay text. */
export function parseExact(text: string): number | string {
  return text.length <= 15 ? parseFinite(text) : text;
}

/** `NaN` and `Infinity` are no JSON numbers and stay text. */
export function parseFinite(text: string): number | string {
  const number = Number(text);
  return Number.isFinite(number) ? number : text;
}
