import type { FastifyInstance } from 'fastify';
import type { Admission } from '../request/admission.ts';
import { drain } from '../request/drain.ts';
import type { Visits } from '../request/visit.ts';
import type { Foundation } from './lay-foundation.ts';

/** Finishes the requests in work within the drain limit, cuts the others and says how many, then closes the server. */
export async function endServing(
  server: FastifyInstance,
  admission: Admission,
  visits: Visits,
  { config, logger }: Foundation,
): Promise<void> {
  const { givenUp, unfinished } = await drain(admission, visits, config.limits.drainMs);
  if (givenUp > 0) logger.warn({ givenUp, unfinished }, 'requests were cut at the drain limit');
  const closing = server.close();
  // Whoever still holds a connection has been answered, or cut.
  server.server.closeAllConnections();
  await closing;
}
