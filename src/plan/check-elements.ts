import { GraphQLList, type GraphQLSchema, isInputType, valueFromAST } from 'graphql';
import { HubError } from '../errors.ts';
import type { DiscrepancySelection } from './plan.ts';

/**
 * A name that stands for nothing is a mistake, not an element on which nobody disagrees. It depends on the contract alone, not on what this
 * caller may read. Throws HubError VARIABLE_INVALID.
 */
export function checkElements(
  {
    schema,
    variables,
  }: { readonly schema: GraphQLSchema; readonly variables: Readonly<Record<string, unknown>> },
  { elements, stated }: DiscrepancySelection,
): void {
  const type = schema.getType('String');
  if (!elements || !isInputType(type)) return;
  const value: unknown = valueFromAST(elements, new GraphQLList(type), variables);
  const names: readonly unknown[] = Array.isArray(value) ? value : [];
  if (names.length > maxElements || names.some((name) => !stated.some((element) => element === name))) {
    throw new HubError('VARIABLE_INVALID', {
      hint: `elements names at most ${maxElements} elements that two departments state, as Resident.name.`,
      hintZh: `elements 最多 ${maxElements} 项，每项须为两个以上部门都记载的要素，例如 Resident.name。`,
    });
  }
}

const maxElements = 32;
