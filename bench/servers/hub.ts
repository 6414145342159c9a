import { createApp } from '../../src/app.ts';
import { parseConfig } from '../../src/config.ts';
import { readAgreementFiles } from '../../src/registry/agreements-command.ts';
import type { RunningServer, ServerOptions } from './server-kinds.ts';

/** The product as it is, with the bench's contracts and agreements; only the limits that refuse load are lifted: the rate of the one client, and that of the event loop. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const app = await createApp(
    parseConfig({
      HUB_DATA_DIR: options.dataDir,
      HUB_CONTRACTS: options.contractsDir,
      HUB_LOG_LEVEL: 'error',
      HUB_LIMIT_REQUESTS_PER_MINUTE: '2147483647',
      ...(options.keepsLimits ? {} : { HUB_LIMIT_MAX_EVENT_LOOP_DELAY_MS: '30000' }),
      PORT: '0',
      ...(options.databaseUrl ? { DATABASE_URL: options.databaseUrl } : {}),
    }),
  );
  for (const [name, connection] of Object.entries(options.sources)) {
    await app.administration.putConnection(name, connection, 'bench');
  }
  await app.administration.importAgreements(await readAgreementFiles('bench/agreements'), 'bench');
  return { url: `${await app.listen()}/graphql`, close: () => app.close() };
}
