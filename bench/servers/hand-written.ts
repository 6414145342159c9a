import fastify from 'fastify';
import { createDepartmentReads } from './department-reads.ts';
import type { RunningServer, ServerOptions } from './server-kinds.ts';
import { createVerifyToken } from './verify-token.ts';

const bodySchema = {
  type: 'object',
  required: ['citizenIds'],
  properties: {
    citizenIds: { type: 'array', maxItems: 1_000, items: { type: 'string', pattern: '^\\d{17}[\\dX]$' } },
  },
} as const;

/** The same answer from an endpoint that was written for it: four reads side by side, joined by id. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const reads = createDepartmentReads(options.sources);
  const verifyToken = await createVerifyToken(options.dataDir);
  const server = fastify({ bodyLimit: 1_048_576, keepAliveTimeout: 72_000 });
  server.addHook('onRequest', async (request, reply) => {
    await verifyToken(request.headers.authorization).catch(() => reply.code(401).send());
  });
  server.post<{ Body: { citizenIds: readonly string[] } }>(
    '/residents',
    { schema: { body: bodySchema } },
    async ({ body: { citizenIds } }) => {
      const [police, civilAffairs, socialSecurity, justice] = await Promise.all([
        reads.police(citizenIds),
        reads.civilAffairs(citizenIds),
        reads.socialSecurity(citizenIds),
        reads.justice(citizenIds),
      ]);
      const residents = citizenIds.map((id) => ({
        police: police.get(id) ?? null,
        civilAffairs: civilAffairs.get(id) ?? null,
        socialSecurity: socialSecurity.get(id) ?? null,
        justice: justice.get(id) ?? null,
      }));
      return { data: { residents } };
    },
  );
  const address = await server.listen({ host: '127.0.0.1', port: 0 });
  return {
    url: `${address}/residents`,
    async close() {
      await server.close();
      await reads.close();
    },
  };
}
