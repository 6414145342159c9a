import { toCitizenId15, toCitizenId18 } from '../resident/citizen-id.ts';
import { toFullWidth, toHalfWidth } from '../resident/width.ts';
import type { KeyForm } from './connector.ts';

/**
 * How identity numbers are stored, and back. Forms are asked as declared, and the realistic combinations of them: 15 digits,
 * full width or padded, a lower-case x in any of them; not full width *and* padded. What two declared forms of one person
 * hold are rows of that person.
 */

/** What is known of a key column from earlier answers; it saves asking for forms that the column cannot hold. */
export interface KeyShape {
  /** Width in characters, if it has one. */
  readonly width?: number;
  /** The engine compares without trailing blanks, as for `CHAR(n)`. */
  readonly ignoresTrailingBlanks: boolean;
  /** The largest one, where the column holds nothing but integers. */
  readonly integersUpTo?: bigint;
}

export const unknownShape: KeyShape = { ignoresTrailingBlanks: false };

/** Widths of text columns that hold identity numbers, where the column's own is not known. */
const usualWidths = [18, 20];

const formWithX = /^\d{17}X$/;
const lowerCaseForm = /^\d{17}x$/;
/** Beyond it a text is nobody's key, and not looked at more closely. */
const maxKeyLength = 256;

/** Every text under which the canonical value may be stored, the canonical one first, each once. */
export function storedForms(value: string, forms: readonly KeyForm[], shape: KeyShape): readonly string[] {
  const stored: string[] = [];
  pushStoredForms(stored, value, forms, shape);
  return stored;
}

/** The same behind others: one list for all keys of a read. */
export function pushStoredForms(
  stored: string[],
  value: string,
  forms: readonly KeyForm[],
  shape: KeyShape,
): void {
  const first = stored.push(value) - 1;
  if (forms.length === 0) return;
  const id15 = forms.includes('CITIZEN_15') ? toCitizenId15(value) : undefined;
  if (id15 !== undefined) stored.push(id15);
  if (value.endsWith('X') && forms.includes('LOWER_X') && formWithX.test(value))
    stored.push(value.toLowerCase());
  const end = stored.length;
  if (forms.includes('FULL_WIDTH')) {
    for (let plain = first; plain < end; plain++) pushNew(stored, first, toFullWidth(stored[plain] ?? ''));
  }
  if (forms.includes('PADDED')) {
    for (let plain = first; plain < end; plain++) pushPadded(stored, stored[plain] ?? '', shape);
  }
}

function pushPadded(stored: string[], text: string, shape: KeyShape): void {
  const room = (shape.width ?? Number.POSITIVE_INFINITY) - text.length;
  if (room < 1) return;
  stored.push(` ${text}`);
  if (shape.ignoresTrailingBlanks) return;
  stored.push(`${text} `);
  for (const width of shape.width === undefined ? usualWidths : [shape.width]) {
    if (width > text.length + 1 && width <= 64) stored.push(text.padEnd(width));
  }
}

function pushNew(stored: string[], first: number, text: string): void {
  if (!stored.includes(text, first)) stored.push(text);
}

/**
 * The canonical value of a stored one, by the declared forms alone: a row in a form that nobody declared belongs to nobody.
 * Undefined for what can be no key, such as a number that a double holds for several others too.
 */
export function canonicalKey(stored: unknown, forms: readonly KeyForm[]): string | undefined {
  let text = typeof stored === 'string' ? stored : Number.isSafeInteger(stored) ? String(stored) : undefined;
  if (text === undefined || text.length > maxKeyLength) return undefined;
  if (forms.length === 0) return text;
  if (forms.includes('PADDED')) text = withoutBlanks(text);
  if (forms.includes('FULL_WIDTH')) text = toHalfWidth(text);
  if (forms.includes('LOWER_X') && lowerCaseForm.test(text)) text = text.toUpperCase();
  return (forms.includes('CITIZEN_15') ? toCitizenId18(text) : undefined) ?? text;
}

function withoutBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text[start])) start++;
  while (end > start && isBlank(text[end - 1])) end--;
  return text.slice(start, end);
}

function isBlank(character: string | undefined): boolean {
  return character === ' ' || character === '\u3000';
}
