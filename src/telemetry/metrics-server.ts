import fastify from 'fastify';
import type { Metrics } from './metrics.ts';

/**
 * `GET /metrics` on a listener of its own, so that the public one never shows it. It needs no token: bind it to an address that only the
 * operator's network reaches. Resolves with its URL.
 */
export async function openMetricsServer(
  metrics: Metrics,
  address: { readonly host: string; readonly port: number },
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = fastify({ logger: false, bodyLimit: 1_024, requestTimeout: 5_000 });
  server.get('/metrics', async (_request, reply) => {
    const { contentType, text } = await metrics.scrape();
    return reply.type(contentType).send(text);
  });
  server.setNotFoundHandler((_request, reply) => reply.code(404).send());
  const url = await server.listen(address);
  return { url, close: () => server.close() };
}
