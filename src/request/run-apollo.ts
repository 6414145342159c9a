import { type ApolloServer, HeaderMap } from '@apollo/server';
import type { FastifyReply } from 'fastify';
import type { ApolloContext, Handed } from '../gateway.ts';
import type { OperationRequest } from './execute.ts';
import type { Story } from './story.ts';

/**
 * Hands an operation to Apollo and its answer to the reply. The route has checked the form of the request before; of its headers Apollo
 * needs none but these two.
 */
export async function runApollo(
  apollo: ApolloServer<ApolloContext>,
  operation: OperationRequest,
  {
    story,
    accept,
    reply,
  }: { readonly story: Story; readonly accept: string | undefined; readonly reply: FastifyReply },
): Promise<string | Buffer> {
  const headers = new HeaderMap();
  headers.set('content-type', 'application/json');
  if (accept !== undefined) headers.set('accept', accept);
  const { source: query, operationName } = operation;
  const asked = operationName === undefined ? { query } : { query, operationName };
  const {
    body,
    status,
    headers: answered,
  } = await handOver({ story, operation }, (handed) =>
    apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: { method: 'POST', headers, search: '', body: asked },
      context: async () => ({ handed }),
    }),
  );
  for (const [name, value] of answered) if (name !== 'content-length') reply.header(name, value);
  reply.code(status ?? 200);
  if (story.answer) return story.answer.bytes;
  // Incremental delivery is switched on by nothing here.
  if (body.kind !== 'complete') throw new TypeError('an answer is one text');
  return body.string;
}

async function handOver<T>(handed: Handed, take: (handed: Handed) => Promise<T>): Promise<T> {
  try {
    return await take(handed);
  } finally {
    handed.story = undefined;
    handed.operation = undefined;
  }
}
