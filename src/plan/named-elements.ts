import { Kind, type ValueNode } from 'graphql';
import { always } from './collect-fields.ts';
import type { Guards } from './plan.ts';

const never: Guards = [];

/** When does an argument that lists names hold this one? Without the argument, or with null, it holds all. */
export function whenNamed(argument: ValueNode | undefined, name: string): Guards {
  if (!argument || argument.kind === Kind.NULL) return always;
  if (argument.kind === Kind.VARIABLE) {
    const variable = argument.name.value;
    return [[{ variable, is: null }], [{ variable, holds: name }]];
  }
  const items = itemsOf(argument);
  if (items.some((item) => item.kind === Kind.STRING && item.value === name)) return always;
  return items.flatMap((item) =>
    item.kind === Kind.VARIABLE ? [[{ variable: item.name.value, holds: name }]] : [],
  );
}

/** When does it hold none of these? */
export function whenNoneNamed(argument: ValueNode | undefined, names: readonly string[]): Guards {
  if (names.length === 0) return always;
  if (!argument || argument.kind === Kind.NULL) return never;
  const items = argument.kind === Kind.VARIABLE ? [argument] : itemsOf(argument);
  if (items.some((item) => item.kind === Kind.STRING && names.includes(item.value))) return never;
  const variables = items.flatMap((item) => (item.kind === Kind.VARIABLE ? [item.name.value] : []));
  return [variables.flatMap((variable) => names.map((name) => ({ variable, lacks: name })))];
}

/** A single value stands for a list of one. */
function itemsOf(argument: ValueNode): readonly ValueNode[] {
  return argument.kind === Kind.LIST ? argument.values : [argument];
}
