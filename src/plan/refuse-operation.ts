import type { GraphQLSchema } from 'graphql';
import { HubError } from '../errors.ts';
import type { OperationLimits } from './limits.ts';
import { prepareOperation } from './prepare-operation.ts';

/** What is wrong with a document that is to be registered, without a value of it; undefined if nothing is. It must hold one operation. */
export function refuseOperation(
  document: string,
  schema: GraphQLSchema,
  limits: OperationLimits,
): string | undefined {
  try {
    prepareOperation(document, undefined, schema, limits);
    return undefined;
  } catch (error) {
    if (error instanceof HubError) return error.message;
    throw error;
  }
}
