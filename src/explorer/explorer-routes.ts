import type { FastifyInstance } from 'fastify';
import type { ExplorerFiles } from './explorer-files.ts';

/**
 * Only files of this hub, no inline script, no eval, and no address but this hub to send anything to. Styles are the exception: the editor
 * and the dialogs measure themselves with style elements that they make.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  'font-src data:',
  'img-src data:',
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * The explorer's page and its files, for anybody: they hold no data, and what the page asks is asked with the token of whoever sits before
 * it. A name is looked up among the files and never becomes a path.
 */
export function registerExplorerRoutes(server: FastifyInstance, { page, assets }: ExplorerFiles): void {
  server.get('/explorer', async (_request, reply) =>
    reply
      .header('content-security-policy', contentSecurityPolicy)
      .header('cache-control', 'no-cache')
      .type('text/html; charset=utf-8')
      .send(page),
  );
  server.get<{ Params: { name: string } }>('/explorer/:name', async (request, reply) => {
    const asset = assets.get(request.params.name);
    if (!asset) return reply.callNotFound();
    return reply
      .header('cache-control', 'public, max-age=31536000, immutable')
      .type(asset.type)
      .send(asset.content);
  });
}
