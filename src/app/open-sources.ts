import { createConnector as createRealConnector } from '../connectors/create-connector.ts';
import { defaultTuning } from '../connectors/guarded-connector.ts';
import { HubError } from '../errors.ts';
import { createConnectionStore } from '../registry/connection-store-prisma.ts';
import { type ConnectorSet, openConnectors } from '../registry/connector-set.ts';
import type { Closers } from './closers.ts';
import type { Foundation } from './lay-foundation.ts';

/** Opens a connector for every source whose connection is stored, and follows what is stored later. */
export async function openSources(
  { config, graph, storage, keys, overrides, logger }: Foundation,
  closers: Closers,
): Promise<ConnectorSet> {
  // It has no departments but those that are made for it.
  if (config.isSandbox && !overrides.createConnector) {
    throw new HubError('CONFIG_INVALID', { hint: 'A sandbox is started with npm run sandbox.' });
  }
  const connectors = await openConnectors({
    sources: graph.sources,
    connections: createConnectionStore(storage.prisma, keys),
    createConnector:
      overrides.createConnector ??
      ((settings, connection, observer) =>
        createRealConnector(settings, connection, observer, defaultTuning, {
          refusesLoopback: !config.isLoopbackAllowed,
        })),
    observer: { warn: (source, message, cause) => logger.warn({ source, err: cause }, message) },
    pollMs: config.limits.policyPollMs,
    onFailure: (cause) => logger.error({ err: cause }, 'the connections could not be read'),
  });
  closers.add(() => connectors.close());
  return connectors;
}
