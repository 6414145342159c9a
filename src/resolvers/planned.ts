import { type GraphQLFieldResolver, getNamedType, isObjectType } from 'graphql';
import type { Graph } from '../contract/graph.ts';
import { entityRootsOf } from '../plan/entity-root.ts';
import type { Story } from '../request/story.ts';

/**
 * The resolver of every planned field that takes arguments: fetch has left its value on the parent, under the property that the plan
 * gave to this selection. It reads nothing and decides nothing.
 */
export const resolvePlanned: GraphQLFieldResolver<Record<string, unknown>, Story> = (
  parent,
  _args,
  story,
  info,
) => {
  for (const { loc } of info.fieldNodes) {
    // Field nodes that are never included (`@include(if: false)`) are no part of the plan.
    const property = loc && story.plan?.properties.get(loc.start);
    if (property !== undefined) return parent[property] ?? null;
  }
  return null;
};

/** Sets the resolvers of a fresh graph's schema: planned fields, and the hub's own. Departments need none of their own. */
export function attachResolvers(
  graph: Graph,
  hubFields: Readonly<Record<string, GraphQLFieldResolver<unknown, Story>>>,
): void {
  const query = graph.schema.getQueryType()?.getFields() ?? {};
  for (const field of Object.values(query)) {
    const isSearch = getNamedType(field.type).name === 'ResidentConnection';
    if (isSearch || entityRootsOf(graph, field.name).length > 0) setResolver(field, resolvePlanned);
  }
  const parents = new Set([
    ...[...graph.fields.values()].map(({ parentType }) => parentType),
    ...graph.entities.keys(),
  ]);
  for (const name of parents) {
    const type = graph.schema.getType(name);
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      if (field.args.length > 0) setResolver(field, resolvePlanned);
    }
  }
  for (const [name, resolver] of Object.entries(hubFields))
    setResolver(query[name], permitted(name, resolver));
}

function setResolver(
  // The schema is the graph's own and is given its resolvers once, before it serves.
  field: { resolve?: GraphQLFieldResolver<never, Story> | undefined } | undefined,
  resolve: GraphQLFieldResolver<never, Story>,
): void {
  if (field) field.resolve = resolve;
}

/** A hub field resolves only where the plan permits it; a denial is already among the errors. */
function permitted(
  name: string,
  resolver: GraphQLFieldResolver<unknown, Story>,
): GraphQLFieldResolver<unknown, Story> {
  return (parent, args, story, info) => {
    const decided = story.plan?.decisions.find(({ coordinate }) => coordinate === `Query.${name}`);
    return decided?.decision.effect === 'PERMIT' ? resolver(parent, args, story, info) : null;
  };
}
