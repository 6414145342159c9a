import type { FastifyInstance } from 'fastify';
import { HubError } from '../errors.ts';
import { openAdminChannel } from '../registry/admin-channel.ts';
import type { Administration } from '../registry/administration.ts';
import type { Closers } from './closers.ts';
import type { Foundation } from './lay-foundation.ts';

/** Listens for callers, then for the operator. Resolves with the URL that is served. */
export async function listenAll(
  { config }: Foundation,
  server: FastifyInstance,
  administration: Administration,
  closers: Closers,
): Promise<string> {
  const url = await server.listen({ host: config.host, port: config.port }).catch((cause: unknown) => {
    throw new HubError('CONFIG_INVALID', {
      hint: `The hub cannot listen on HOST ${config.host}, PORT ${config.port}. Is the port in use?`,
      cause,
    });
  });
  const channel = await openAdminChannel(config.dataDir, administration);
  closers.add(() => channel.close());
  return url;
}
