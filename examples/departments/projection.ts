import type { JsonRow } from './http-department.ts';

/** The fields of a row that were asked for, by dot path, and nothing else. Absent objects are null. */
export function projectRow(row: object, fields: readonly string[]): JsonRow {
  const result: Record<string, unknown> = {};
  for (const field of fields) copyPath(row, result, field.split('.'));
  return result;
}

/** The paths must be known ones: an unknown name never gets here. */
function copyPath(from: object, to: Record<string, unknown>, [name = '', ...rest]: readonly string[]): void {
  const value: unknown = Object.entries(from).find(([key]) => key === name)?.[1] ?? null;
  if (rest.length === 0 || value === null || typeof value !== 'object') {
    to[name] = value;
    return;
  }
  const existing = to[name];
  const nested: Record<string, unknown> = isRecord(existing) ? existing : {};
  to[name] = nested;
  copyPath(value, nested, rest);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a body of a request says, as far as it is of the expected form; an empty object otherwise. */
export function parseJsonObject(body: Buffer): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

/** Undefined if it is no list of texts. */
export function textList(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined;
}
