import { parse } from 'graphql';
import { HubError } from '../errors.ts';
import type { RegisteredOperation } from '../policies/agreement.ts';
import type { OperationCatalogue } from '../policies/operation-catalogue.ts';
import type { OperationRequest } from './execute.ts';
import { type GraphqlBody, readBody, readVariables } from './read-request.ts';

/** Who looks for an operation, and among which. */
export interface OperationSeeker {
  readonly client: string;
  /** Whatever is not registered is refused. */
  readonly registeredOnly: boolean;
  readonly operations: OperationCatalogue;
}

/**
 * The operation of a request to `/graphql`: its text, or the hash of a registered one as `documentId` (GraphQL over HTTP, appendix on
 * persisted documents). `body` is attacker-controlled.
 */
export function findGraphqlOperation(seeker: OperationSeeker, body: unknown): OperationRequest {
  const read = readBody(body);
  const { operationName, variables } = read;
  return { source: findSource(seeker, read), operationName, variables };
}

function findSource({ client, registeredOnly, operations }: OperationSeeker, body: GraphqlBody): string {
  if ('documentHash' in body) return found(operations.findByHash(body.documentHash, client)).document;
  if (registeredOnly) found(operations.findByText(body.source, client));
  return body.source;
}

/**
 * The registered operation that `/services/{code}` stands for, with the members of the body as its variables. A member that is no variable
 * of it is refused: a misspelt one would silently be as if it were absent.
 */
export function findServiceOperation(
  { client, operations }: OperationSeeker,
  code: string,
  body: unknown,
): OperationRequest {
  const { document } = found(operations.findByCode(code, client));
  const variables = readVariables(body);
  const known = variablesOf(document);
  if (Object.keys(variables).some((name) => !known.includes(name))) {
    throw new HubError('VARIABLE_INVALID', {
      hint: known.length > 0 ? `Members may be: ${known.join(', ')}.` : 'It takes no members.',
      hintZh: known.length > 0 ? `可用成员：${known.join('、')}。` : '该服务没有成员。',
    });
  }
  return { source: document, operationName: undefined, variables };
}

function found(operation: RegisteredOperation | undefined): RegisteredOperation {
  if (operation) return operation;
  throw new HubError('OPERATION_NOT_REGISTERED');
}

function variablesOf(document: string): readonly string[] {
  return parse(document, { noLocation: true }).definitions.flatMap((definition) =>
    definition.kind === 'OperationDefinition'
      ? (definition.variableDefinitions ?? []).map(({ variable }) => variable.name.value)
      : [],
  );
}
