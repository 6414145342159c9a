import type { GraphQLFieldResolver } from 'graphql';
import { printSubgraph } from '../explain/print-subgraph.ts';
import type { FieldPolicy } from '../policies/decision.ts';
import type { Story } from '../request/story.ts';
import { spendValues } from './spend-values.ts';

export interface SubgraphParts {
  /** The policy in force. Throws POLICY_UNAVAILABLE. */
  readonly policy: () => FieldPolicy;
  readonly now: () => Date;
}

/** `Query._service`: what a gateway that presents this caller's token composes. */
export function createSubgraph({
  policy,
  now,
}: SubgraphParts): Readonly<Record<string, GraphQLFieldResolver<unknown, Story>>> {
  return {
    _service: (_parent, _args, story, info) => {
      const { generation, subjectClass } = story;
      if (!generation || !subjectClass) throw new TypeError('an executed story has a caller');
      const asker = { graph: generation.graph, policy: policy(), subject: subjectClass };
      const { schema } = generation.callerSchema(asker.policy, subjectClass, now().getTime());
      const sdl = printSubgraph(asker, schema);
      spendValues(story, info.fieldNodes, sdl.split('\n').length);
      return { sdl };
    },
  };
}
