import type { Random } from './random.ts';

/** Days are texts of the form `yyyyMMdd`, which sort as they follow each other. */
export type Day = string;

/** The population is as it was on this day: never today, so that every run makes the same one. */
export const asOf: Day = '20260630';
export const asOfYear = 2026;

/** Any day of the year, but none after `asOf`. */
export function dayIn(year: number, random: Random): Day {
  const month = random.integer(1, year === asOfYear ? 6 : 12);
  return `${year}${pad(month)}${pad(random.integer(1, daysInMonth(year, month)))}`;
}

export function yearOf(day: Day): number {
  return Number(day.slice(0, 4));
}

/** Full years from one day to a later one. */
export function yearsBetween(from: Day, to: Day): number {
  return yearOf(to) - yearOf(from) - (to.slice(4) < from.slice(4) ? 1 : 0);
}

/** `19800315` → `1980-03-15` */
export function dashed(day: Day): string {
  return `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}`;
}

/** Months as `yyyyMM`, both ends inclusive. */
export function monthsBetween(first: string, last: string): string[] {
  const months: string[] = [];
  for (let count = monthNumber(first); count <= monthNumber(last); count++) {
    months.push(`${Math.floor(count / 12)}${pad((count % 12) + 1)}`);
  }
  return months;
}

function monthNumber(month: string): number {
  return Number(month.slice(0, 4)) * 12 + Number(month.slice(4)) - 1;
}

export function daysInMonth(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

export function pad(number: number, width = 2): string {
  return String(number).padStart(width, '0');
}
