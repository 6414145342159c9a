import type {
  GatewayExecutor,
  GatewayInterface,
  GatewayLoadResult,
  GatewaySchemaLoadOrUpdateCallback,
} from '@apollo/server-gateway-interface';
import { type GraphQLSchema, printSchema } from 'graphql';
import { type ExecuteParts, executeOperation } from './request/execute.ts';
import type { Generation } from './request/generation.ts';
import type { Story } from './request/story.ts';

/** Apollo works on a shallow copy of its context, so the story stands one level below. */
export interface ApolloContext {
  readonly story: Story;
}

/**
 * Apollo's way to be given a schema and an executor, and to be given the next one while serving. Each request finishes on the generation
 * it began with, found by the schema that Apollo hands to the executor.
 */
export interface HubGateway extends GatewayInterface {
  readonly current: Generation;
  /** Takes effect for requests that begin after it returns. */
  swap(next: Generation): void;
}

export function createGateway(first: Generation, parts: ExecuteParts): HubGateway {
  let current = first;
  const generations = new WeakMap<GraphQLSchema, Generation>([[first.schema, first]]);
  const listeners = new Set<GatewaySchemaLoadOrUpdateCallback>();
  const tell = (listener: GatewaySchemaLoadOrUpdateCallback) =>
    listener({ apiSchema: current.schema, coreSupergraphSdl: printSchema(current.schema) });
  const executor: GatewayExecutor = async (requestContext) => {
    const generation = generations.get(requestContext.schema) ?? current;
    // Apollo types the context as a record; the route's context function gives it the story and nothing else.
    const { story } = requestContext.context as ApolloContext;
    return executeOperation(parts, generation, story, {
      source: requestContext.source,
      operationName: requestContext.request.operationName ?? undefined,
      variables: requestContext.request.variables ?? {},
    });
  };
  return {
    get current() {
      return current;
    },
    swap(next) {
      generations.set(next.schema, next);
      current = next;
      for (const listener of listeners) tell(listener);
    },
    onSchemaLoadOrUpdate(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async load(): Promise<GatewayLoadResult> {
      for (const listener of listeners) tell(listener);
      return { executor };
    },
    async stop() {
      listeners.clear();
    },
  };
}
