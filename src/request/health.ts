import type { FastifyInstance } from 'fastify';

/** `/healthz`: the process lives. `/readyz`: it could serve; else 503 with the names of the parts that keep it from it. */
export function registerHealth(
  server: FastifyInstance,
  findProblems: () => Promise<readonly string[]>,
): void {
  server.get('/healthz', async () => ({ status: 'ok' }));
  server.get('/readyz', async (_request, reply) => {
    const problems = await findProblems();
    if (problems.length === 0) return { status: 'ready' };
    return reply.code(503).send({ status: 'not ready', waitingFor: problems });
  });
}
