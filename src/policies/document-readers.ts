import { nearestName } from '../nearest-name.ts';
import { isDate, parseInstant } from './calendar.ts';
import type { Place } from './document-problems.ts';

/** Reads one JSON value into a typed one, or reports what is wrong with it at its place and gives undefined. */
export type Reader<T> = (value: unknown, place: Place) => T | undefined;

type Shape = Readonly<Record<string, Reader<unknown>>>;
type Read<R> = R extends Reader<infer T> ? T : never;

/** Members as far as they could be read. Complete exactly if nothing was reported below its place. */
export type Members<Required extends Shape, Optional extends Shape> = {
  readonly [name in keyof Required]?: Read<Required[name]>;
} & { readonly [name in keyof Optional]?: Read<Optional[name]> };

/** An object with these members and no others. */
export function object<Required extends Shape, Optional extends Shape>(
  required: Required,
  optional: Optional,
): Reader<Members<Required, Optional>> {
  const readers = new Map(Object.entries({ ...required, ...optional }));
  return (value, place) => {
    if (!isObject(value)) return reported(place, 'not-an-object');
    for (const name of Object.keys(required)) {
      if (!Object.hasOwn(value, name)) place.report('missing-member', name);
    }
    const members: [string, unknown][] = [];
    for (const [name, member] of Object.entries(value)) {
      const reader = readers.get(name);
      if (!reader) place.report('unknown-member', withNearest(name, readers.keys()));
      else members.push([name, reader(member, place.member(name))]);
    }
    const known = members.filter(([, member]) => member !== undefined);
    // Each member was read by the reader of its name.
    return Object.fromEntries(known) as Members<Required, Optional>;
  };
}

/** `purpsoe → purpose`: what was written, and what was probably meant. */
export function withNearest(name: string, candidates: Iterable<string>): string {
  const meant = nearestName(name, candidates);
  return meant === undefined ? name : `${name} → ${meant}`;
}

/** Members that could not be read are undefined; each has been reported. */
export function list<T>(
  reader: Reader<T>,
  limits: { readonly min: number; readonly max: number },
): Reader<(T | undefined)[]> {
  return (value, place) => {
    if (!Array.isArray(value)) return reported(place, 'not-a-list');
    if (value.length < limits.min || value.length > limits.max) {
      return reported(place, 'list-length', `${limits.min}–${limits.max}`);
    }
    return value.map((member, index) => reader(member, place.item(index)));
  };
}

/** A list of names, each once. */
export function distinct(
  reader: Reader<string>,
  limits: { readonly max: number },
): Reader<(string | undefined)[]> {
  const readList = list(reader, { min: 1, max: limits.max });
  return (value, place) => {
    const names = readList(value, place);
    for (const name of new Set(names?.filter((known, index) => names.indexOf(known) !== index))) {
      if (name !== undefined) place.report('duplicate-value', name);
    }
    return names;
  };
}

/** Text for people: any characters but control characters. */
export function text(max: number): Reader<string> {
  return (value, place) => {
    const isText = typeof value === 'string' && value.trim() !== '' && value.length <= max;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
    if (!isText || /[\u0000-\u0008\u000b-\u001f\u007f]|\p{Surrogate}/u.test(value)) {
      return reported(place, 'not-text', String(max));
    }
    return value;
  };
}

/** The access log refuses what could be an identity number, and names go on record. */
const identityLike = /\d{15}/;

/** A name for machines, in the form that the pattern says. `form` tells people. */
export function name(pattern: RegExp, form: string): Reader<string> {
  return (value, place) =>
    typeof value === 'string' && value.length <= 200 && pattern.test(value) && !identityLike.test(value)
      ? value
      : reported(place, 'malformed', form);
}

export function oneOf<const T extends string>(...names: readonly T[]): Reader<T> {
  return (value, place) =>
    names.find((known) => known === value) ?? reported(place, 'not-one-of', names.join(', '));
}

export function integer(min: number, max: number): Reader<number> {
  return (value, place) =>
    typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
      ? value
      : reported(place, 'number-range', `${min}–${max}`);
}

export const flag: Reader<boolean> = (value, place) =>
  typeof value === 'boolean' ? value : reported(place, 'not-a-flag');

/** An instant, or a date for its first moment in China. Kept as written. */
export const instant: Reader<string> = (value, place) => {
  if (typeof value === 'string' && !Number.isNaN(parseInstant(value))) return value;
  if (typeof value === 'string' && isDate(value)) return `${value}T00:00:00+08:00`;
  return reported(place, 'malformed', '2026-01-01 / 2026-01-01T00:00:00+08:00');
};

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function reported(place: Place, rule: Parameters<Place['report']>[0], named?: string): undefined {
  place.report(rule, named);
  return undefined;
}
