import { SourceFailure } from '../source-failure.ts';

/** A column of a JSON row: names joined by dots, `[]` behind a name that holds a list. */
export interface ColumnPath {
  readonly steps: readonly PathStep[];
}

export interface PathStep {
  readonly name: string;
  readonly isList: boolean;
}

const pathForm = /^[^.[\]\0]+(\[\])?(\.[^.[\]\0]+(\[\])?)*$/;

/** Throws `SourceFailure` for what is no path. */
export function parseColumnPath(column: string): ColumnPath {
  if (!pathForm.test(column)) throw new SourceFailure('fault', 'mapping names an impossible path');
  const steps = column.split('.').map((step) => {
    const isList = step.endsWith('[]');
    return { name: isList ? step.slice(0, -2) : step, isList };
  });
  return { steps };
}

/** Where the answer says something else than the path: a list for an object, a scalar for a list, or nesting without end. */
export const misshapen = Symbol('misshapen');

/**
 * The value at the path; null where there is nothing, `misshapen` where there is something else. The row is a source's JSON: only its own
 * properties count, so `__proto__` and `constructor` are names like others and mostly absent.
 */
export function readColumnPath(row: unknown, { steps }: ColumnPath): unknown {
  return readStep(row, steps, 0);
}

function readStep(value: unknown, steps: readonly PathStep[], position: number): unknown {
  if (value === null || value === undefined) return null;
  const step = steps[position];
  if (!step) return isShallow(value, maxDepth) ? value : misshapen;
  const next = ownProperty(value, step.name);
  if (next === misshapen || !step.isList)
    return next === misshapen ? next : readStep(next, steps, position + 1);
  if (next === null || next === undefined) return null;
  return Array.isArray(next) ? readItems(next, steps, position + 1) : misshapen;
}

function readItems(items: readonly unknown[], steps: readonly PathStep[], position: number): unknown {
  const values = items.map((item) => readStep(item, steps, position));
  return values.includes(misshapen) ? misshapen : values;
}

function ownProperty(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return misshapen;
  return Object.hasOwn(value, name) ? Reflect.get(value, name) : null;
}

const maxDepth = 32;

/** What comes after us may walk through it recursively. */
function isShallow(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return depth > 0 && Object.values(value).every((inner) => isShallow(inner, depth - 1));
}
