/**
 * 公民身份号码: GB 11643-1999 §4 (18 characters: 6 area, 8 birth date, 3 sequence, 1 check) and its predecessor GB 11643-1989
 * (15 digits: two-digit year, no check). The check character is ISO 7064:1983, MOD 11-2.
 *
 * Nothing here looks an area code up: codes are abolished and created every year, and an id keeps the one that it was
 * issued with. Every function accepts hostile text of any length and never throws.
 */

/** 2^(17−i) mod 11 for the 17 leading digits. */
const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2] as const;
/** Check character by the weighted sum modulo 11. */
const checkCharacters = '10X98765432';

const form15 = /^\d{15}$/;

/** Sequence codes that the 15-digit form kept for centenarians: their two-digit year means 18xx. */
const centenarianSequence = /^99[6-9]$/;

/** The check character of 17 digits; undefined for anything else. */
export function citizenCheckCharacter(digits: string): string | undefined {
  return digits.length === 17 ? checkCharacterOf(digits) : undefined;
}

/** Of the first 17 characters; undefined if one of them is no digit. By code, because it runs for every key of every read. */
function checkCharacterOf(text: string): string | undefined {
  let sum = 0;
  for (let index = 0; index < 17; index++) {
    const digit = text.charCodeAt(index) - 48;
    if (!(digit >= 0 && digit <= 9)) return undefined;
    sum += (weights[index] ?? 0) * digit;
  }
  return checkCharacters[sum % 11];
}

/**
 * Is it an 18-character id in canonical form (half width, upper-case X) with the right check character and a birth date
 * that exists? Residence permits and new permanent residence ids have the same structure and pass too.
 */
export function isCitizenId(value: string): boolean {
  return value.length === 18 && checkCharacterOf(value) === value[17] && isBirthDate(value, 6);
}

/** The 18-character form of a 15-digit id; undefined if it is none. */
export function toCitizenId18(id15: string): string | undefined {
  if (!form15.test(id15)) return undefined;
  const century = centenarianSequence.test(id15.slice(12)) ? '18' : '19';
  const digits = `${id15.slice(0, 6)}${century}${id15.slice(6)}`;
  return isBirthDate(digits, 6) ? `${digits}${citizenCheckCharacter(digits)}` : undefined;
}

/**
 * The 15-digit form under which an 18-character id may once have been issued. It exists only if it converts back to the
 * same id: born 19xx, or 18xx with a centenarian's sequence code.
 */
export function toCitizenId15(id18: string): string | undefined {
  if (!isCitizenId(id18)) return undefined;
  const century = id18.slice(6, 8);
  const isCentenarian = centenarianSequence.test(id18.slice(14, 17));
  return century === (isCentenarian ? '18' : '19') ? id18.slice(0, 6) + id18.slice(8, 17) : undefined;
}

/** Eight digits from `start` on that are a calendar day of 1800–2099. Without a clock: a day in the future is no malformed id, only nobody's. */
function isBirthDate(digits: string, start: number): boolean {
  const year = numberAt(digits, start, 4);
  const month = numberAt(digits, start + 4, 2);
  const day = numberAt(digits, start + 6, 2);
  return year >= 1800 && year <= 2099 && day >= 1 && day <= daysInMonth(year, month);
}

function numberAt(digits: string, start: number, length: number): number {
  let number = 0;
  for (let index = start; index < start + length; index++)
    number = number * 10 + digits.charCodeAt(index) - 48;
  return number;
}

/** 0 for a month that does not exist. */
function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  if (month < 1 || month > 12) return 0;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}
