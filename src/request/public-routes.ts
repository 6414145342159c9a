import type { FastifyInstance } from 'fastify';

export interface PublicParts {
  /** What keeps the hub from serving right now; empty when it is ready. */
  readonly findProblems: () => readonly string[];
  /** Public key of receipts, PEM. */
  readonly receiptKey: string;
}

/**
 * What anybody may ask. `/healthz`: the process lives. `/readyz`: it could serve; else 503 with the names of the parts that keep it from
 * it. `/receipt-key.pem`: for checking receipts; auditors keep their own copy.
 */
export function registerPublicRoutes(
  server: FastifyInstance,
  { findProblems, receiptKey }: PublicParts,
): void {
  server.get('/healthz', async () => ({ status: 'ok' }));
  server.get('/readyz', async (_request, reply) => {
    const problems = findProblems();
    if (problems.length === 0) return { status: 'ready' };
    return reply.code(503).send({ status: 'not ready', waitingFor: problems });
  });
  server.get('/receipt-key.pem', async (_request, reply) =>
    reply.type('application/x-pem-file').send(receiptKey),
  );
}
