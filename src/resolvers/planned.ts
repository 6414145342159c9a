import type { GraphQLFieldResolver } from 'graphql';
import type { Graph } from '../contract/graph.ts';
import type { Story } from '../request/story.ts';

/** Sets the resolvers of the hub's own fields on a fresh graph's schema. What is planned needs none: fetch leaves it. */
export function attachResolvers(
  graph: Graph,
  hubFields: Readonly<Record<string, GraphQLFieldResolver<unknown, Story>>>,
): void {
  const query = graph.schema.getQueryType()?.getFields() ?? {};
  for (const [name, resolver] of Object.entries(hubFields)) {
    const field = query[name];
    // The schema is the graph's own and is given its resolvers once, before it serves.
    if (field) field.resolve = permitted(name, resolver);
  }
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
