import type { GraphQLScalarType } from 'graphql';

/** How a scalar looks in JSON. What is unknown may be anything. */
export function describeScalar({ name, description }: GraphQLScalarType): Readonly<Record<string, unknown>> {
  const shape = shapes.get(name);
  if (shape) return shape;
  return description ? { description } : {};
}

const shapes: ReadonlyMap<string, Readonly<Record<string, unknown>>> = new Map([
  ['String', { type: 'string' }],
  ['ID', { type: 'string' }],
  ['Boolean', { type: 'boolean' }],
  ['Int', { type: 'integer', minimum: -(2 ** 31), maximum: 2 ** 31 - 1 }],
  ['Float', { type: 'number' }],
  // A masked date has its year, or its year and month, alone.
  ['Date', { type: 'string', pattern: '^\\d{4}(-\\d{2}){0,2}$' }],
  ['Month', { type: 'string', pattern: '^\\d{4}(-\\d{2})?$' }],
  ['DateTime', { type: 'string', format: 'date-time' }],
]);
