import type { GraphQLSchema } from 'graphql';
import { HubError } from '../errors.ts';
import type { OperationLimits } from './limits.ts';
import { prepareOperation } from './prepare-operation.ts';

/** By what the record knows a document of one operation, hex; undefined where it does not fit the schema, so that it can leave no record. */
export function hashDocumentShape(
  document: string,
  schema: GraphQLSchema,
  limits: OperationLimits,
): string | undefined {
  try {
    return prepareOperation(document, undefined, schema, limits).shape;
  } catch (error) {
    if (error instanceof HubError) return undefined;
    throw error;
  }
}
