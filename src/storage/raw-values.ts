/**
 * How raw SQL reads give their values, the same on a PostgreSQL server and on PGlite: int8 as bigint, bytea as Buffer,
 * times as ISO 8601 in UTC with milliseconds (`infinity` as it is), numeric as its digits, and the rest as the drivers do.
 */
export const rawParsers: Readonly<Record<number, (text: string) => unknown>> = {
  20: BigInt,
  17: parseBytes,
  1082: String,
  1114: (text) => parseTime(`${text}+00`),
  1184: parseTime,
  1700: String,
};

/** `bytea_output` is hex by default on every supported version. */
function parseBytes(text: string): Buffer {
  return Buffer.from(text.slice(2), 'hex');
}

function parseTime(text: string): string {
  if (text.includes('infinity')) return text;
  const iso = text.replace(' ', 'T').replace(/([+-]\d{2})$/, '$1:00');
  return new Date(iso).toISOString();
}
