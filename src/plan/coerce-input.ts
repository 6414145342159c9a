import {
  type GraphQLInputObjectType,
  type GraphQLInputType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from 'graphql';

/** The value as its type wants it, or `misfit`; whatever does not fit is told by graphql's own `coerceInputValue`. */
export type InputCoercer = (value: unknown) => unknown;

export const misfit = Symbol('misfit');

const coercers = new WeakMap<GraphQLInputType, InputCoercer>();

/**
 * What graphql's `coerceInputValue` does for JSON values that fit, compiled once for each type: that one asks the class of every type
 * anew for every value and keeps a path for errors, which for 1,000 identifiers takes longer than planning and binding together.
 */
export function inputCoercer(type: GraphQLInputType): InputCoercer {
  const known = coercers.get(type);
  if (known) return known;
  // Input types may hold themselves, so the name is taken before the inside is compiled.
  let compiled: InputCoercer | undefined;
  const coercer: InputCoercer = (value) => {
    compiled ??= compileCoercer(type);
    return compiled(value);
  };
  coercers.set(type, coercer);
  return coercer;
}

function compileCoercer(type: GraphQLInputType): InputCoercer {
  if (isNonNullType(type)) {
    const inner = inputCoercer(type.ofType);
    return (value) => (value === null || value === undefined ? misfit : inner(value));
  }
  const inside = compileNonNull(type);
  return (value) => (value === null || value === undefined ? null : inside(value));
}

function compileNonNull(type: GraphQLInputType): InputCoercer {
  if (isListType(type)) return compileList(inputCoercer(type.ofType));
  if (isInputObjectType(type)) return compileObject(type);
  if (isNonNullType(type)) throw new TypeError('a type is not non-null twice');
  return (value) => {
    try {
      const parsed: unknown = type.parseValue(value);
      return parsed === undefined ? misfit : parsed;
    } catch {
      return misfit;
    }
  };
}

/** A value that is no list is taken for a list of one. */
function compileList(item: InputCoercer): InputCoercer {
  return (value) => {
    const items: readonly unknown[] = Array.isArray(value) ? value : [value];
    const coerced: unknown[] = [];
    for (const one of items) {
      const fitting = item(one);
      if (fitting === misfit) return misfit;
      coerced.push(fitting);
    }
    return coerced;
  };
}

function compileObject(type: GraphQLInputObjectType): InputCoercer {
  // A rule over all members together is left to the library.
  if (type.isOneOf) return () => misfit;
  const fields = Object.values(type.getFields()).map(({ name, type: inner, defaultValue }) => ({
    name,
    coerce: inputCoercer(inner),
    isRequired: isNonNullType(inner),
    defaultValue,
  }));
  const names = new Set(fields.map(({ name }) => name));
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return misfit;
    // An object may be asked for a property of any name.
    const given = value as Readonly<Record<string, unknown>>;
    const coerced: Record<string, unknown> = {};
    for (const { name, coerce, isRequired, defaultValue } of fields) {
      const member = given[name];
      if (member === undefined) {
        if (defaultValue !== undefined) coerced[name] = defaultValue;
        else if (isRequired) return misfit;
        continue;
      }
      const fitting = coerce(member);
      if (fitting === misfit) return misfit;
      coerced[name] = fitting;
    }
    for (const name in given) if (Object.hasOwn(given, name) && !names.has(name)) return misfit;
    return coerced;
  };
}
