/** Dates and instants as agreements write them. No time zone of the machine is ever used. */

const datePattern = /^(\d{4})-(\d{2})-(\d{2})$/;
const instantPattern =
  /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;
const dayMs = 86_400_000;
/** China Standard Time is UTC+8 all year. */
const chinaOffsetMs = 8 * 3_600_000;

/** Is this `YYYY-MM-DD`, and a day that exists? */
export function isDate(text: string): boolean {
  const match = datePattern.exec(text);
  if (!match) return false;
  return isDay(Number(match[1]), Number(match[2]), Number(match[3]));
}

/** Does the day exist? Of whole numbers. */
export function isDay(year: number, month: number, day: number): boolean {
  return month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month);
}

/** Milliseconds since the epoch of an RFC 3339 instant; NaN for anything else, so that every comparison with it fails. */
export function parseInstant(text: string): number {
  const match = instantPattern.exec(text);
  return match?.[1] && isDate(match[1]) ? Date.parse(text) : Number.NaN;
}

/**
 * The date so many years before `date`. From 29 February it falls on 28 February where the earlier year has no 29th: no
 * date of birth lies between the two, so `birthDate lte yearsAgo 18` stays exact. Somebody born on 29 February is 18 from
 * 1 March on in common years, as `age` counts. `date` must satisfy `isDate`.
 */
export function yearsBefore(date: string, years: number): string {
  const year = Number(date.slice(0, 4)) - years;
  const monthAndDay = date.slice(5);
  const clamped = monthAndDay === '02-29' && daysInMonth(year, 2) === 28 ? '02-28' : monthAndDay;
  return `${String(Math.max(year, 0)).padStart(4, '0')}-${clamped}`;
}

/** The date in China at an instant, `YYYY-MM-DD`: the day in which ages and quotas are counted. */
export function chinaDate(at: Date): string {
  const day = Math.floor((at.getTime() + chinaOffsetMs) / dayMs);
  if (day !== lastDay.day) lastDay = { day, date: new Date(day * dayMs).toISOString().slice(0, 10) };
  return lastDay.date;
}

/** Nearly every request asks for the same. */
let lastDay = { day: 0, date: '1970-01-01' };

/** The next midnight in China after `at`, both in ms: when quotas of the day begin anew. */
export function nextChinaMidnight(at: number): number {
  return (Math.floor((at + chinaOffsetMs) / dayMs) + 1) * dayMs - chinaOffsetMs;
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}
