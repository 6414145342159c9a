import type { Value } from './decode-value.ts';

/**
 * What a value states, for comparing it with another: width, case of letters and blanks around a text are how somebody typed it. Dates are days,
 * codes are their names by now.
 */
export function comparableText(value: Value): string {
  return String(value).normalize('NFKC').trim().toLowerCase();
}
