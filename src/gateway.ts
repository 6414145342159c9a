import type {
  GatewayExecutor,
  GatewayInterface,
  GatewayLoadResult,
  GatewaySchemaLoadOrUpdateCallback,
} from '@apollo/server-gateway-interface';
import { type GraphQLSchema, printSchema } from 'graphql';
import {
  type ExecuteParts,
  executeOperation,
  type HubResult,
  isWritten,
  type OperationRequest,
} from './request/execute.ts';
import type { Generation } from './request/generation.ts';
import type { Story } from './request/story.ts';

/** Apollo works on a shallow copy of its context, so what is handed through it stands one level below. */
export interface ApolloContext {
  readonly handed: Handed;
}

/**
 * What the route hands to the executor; to be emptied when Apollo has answered. Apollo makes the executor's view of a request with
 * accessors, and V8 keeps everything behind those until its next full collection: the request, its reply, the residents.
 */
export interface Handed {
  story: Story | undefined;
  operation: OperationRequest | undefined;
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
    // Apollo types the context as a record; the route's context function gives it what is handed over, and nothing else.
    const { story, operation } = (requestContext.context as ApolloContext).handed;
    if (!story || !operation) throw new TypeError('the route hands over a request before Apollo executes it');
    return withoutWritten(await executeOperation(parts, generation, story, operation));
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

/** Errors beside written data are written with it: Apollo would make each of them anew. */
function withoutWritten(result: HubResult) {
  return isWritten(result) ? { data: result.data, extensions: result.extensions } : result;
}
