import { SourceFailure } from '../source-failure.ts';
import { isHeld } from './exact-json.ts';

/** A column of a JSON row: names joined by dots, `[]` behind a name that holds a list. */
export interface ColumnPath {
  readonly steps: readonly PathStep[];
}

export interface PathStep {
  readonly name: string;
  readonly isList: boolean;
  /** `constructor`, `__proto__` …: every object has something of this name. */
  readonly isInherited: boolean;
}

const pathForm = /^[^.[\]\0]+(\[\])?(\.[^.[\]\0]+(\[\])?)*$/;

/** Throws `SourceFailure` for what is no path. */
export function parseColumnPath(column: string): ColumnPath {
  if (!pathForm.test(column)) throw new SourceFailure('fault', 'mapping names an impossible path');
  const steps = column.split('.').map((step) => {
    const isList = step.endsWith('[]');
    const name = isList ? step.slice(0, -2) : step;
    return { name, isList, isInherited: name in Object.prototype };
  });
  return { steps };
}

/** Where the answer says something else than the path: a list for an object, a scalar for a list, or nesting without end. */
export const misshapen = Symbol('misshapen');

/** A number that parsing may have rounded: what the source wrote must be looked at again. */
export const rounded = Symbol('rounded');

/**
 * The value at the path; null where there is nothing, `misshapen` or `rounded` where it cannot be taken. The row is a source's JSON: only its own
 * properties count, so `__proto__` and `constructor` are names like others and mostly absent.
 */
export function readColumnPath(row: unknown, { steps }: ColumnPath): unknown {
  return readFrom(row, steps, 0);
}

/** Indexed and without closures: this runs for every value of every row. */
function readFrom(start: unknown, steps: readonly PathStep[], from: number): unknown {
  let value = start;
  for (let position = from; position < steps.length; position++) {
    const step = steps[position];
    if (value === null || value === undefined || !step) return null;
    if (typeof value !== 'object' || Array.isArray(value)) return misshapen;
    value = ownProperty(value, step);
    if (!step.isList || value === null || value === undefined) continue;
    return Array.isArray(value) ? readItems(value, steps, position + 1) : misshapen;
  }
  if (typeof value === 'number' && !isHeld(value)) return rounded;
  return isShallow(value, maxDepth) ? (value ?? null) : misshapen;
}

/** `hasOwn` costs more than all else here, and only names that every object inherits need it. */
function ownProperty(object: object, { name, isInherited }: PathStep): unknown {
  if (isInherited && !Object.hasOwn(object, name)) return null;
  // An object may be asked for a property of any name.
  return (object as Record<string, unknown>)[name];
}

function readItems(items: readonly unknown[], steps: readonly PathStep[], position: number): unknown {
  const values = items.map((item) => readFrom(item, steps, position));
  if (values.includes(rounded)) return rounded;
  return values.includes(misshapen) ? misshapen : values;
}

const maxDepth = 32;

/** What comes after us may walk through it recursively. */
function isShallow(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return depth > 0 && Object.values(value).every((inner) => isShallow(inner, depth - 1));
}
