import {
  type ApolloClient,
  CombinedGraphQLErrors,
  type OperationVariables,
  ServerError,
} from '@apollo/client';
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import type { AnyVariables, Client } from '@urql/core';
import { type HubProblem, readProblem, readRefusal } from './hub-errors.ts';

/** What an application shows of one request: data as far as it was granted, and every problem beside it. */
export interface Answer<Data> {
  /** Absent: the whole request was refused. */
  readonly data?: Data;
  readonly problems: readonly HubProblem[];
  /** Of a refusal that may be tried again later. */
  readonly retryAfterSeconds?: number;
}

/** Rejects only where the hub did not answer at all. Apollo Client reports a refused request as ServerError, with the body as text. */
export async function askApollo<Data, Variables extends OperationVariables>(
  client: ApolloClient,
  query: TypedDocumentNode<Data, Variables>,
  variables: Variables,
): Promise<Answer<Data>> {
  const { data, error } = await client.query({ query, variables });
  if (error && !ServerError.is(error) && !CombinedGraphQLErrors.is(error)) throw error;
  if (ServerError.is(error)) return { problems: readRefusal(error.bodyText), ...retryAfter(error.response) };
  return { ...dataOf(data), problems: error?.errors.map(readProblem) ?? [] };
}

/** Rejects only where the hub did not answer at all. urql gives errors and HTTP response as one CombinedError. */
export async function askUrql<Data, Variables extends AnyVariables>(
  client: Client,
  query: TypedDocumentNode<Data, Variables>,
  variables: Variables,
): Promise<Answer<Data>> {
  const { data, error } = await client.query(query, variables).toPromise();
  if (error?.networkError) throw error.networkError;
  return {
    ...dataOf(data),
    problems: error?.graphQLErrors.map(readProblem) ?? [],
    ...retryAfter(error?.response),
  };
}

function dataOf<Data>(data: Data | null | undefined): { readonly data?: Data } {
  return data === null || data === undefined ? {} : { data };
}

function retryAfter(response: Response | undefined): { readonly retryAfterSeconds?: number } {
  const text = response?.headers.get('retry-after') ?? '';
  return /^\d+$/.test(text) ? { retryAfterSeconds: Number(text) } : {};
}
