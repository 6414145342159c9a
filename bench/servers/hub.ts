import { createApp } from '../../src/app.ts';
import { parseConfig } from '../../src/config.ts';
import { readAgreementFiles } from '../../src/registry/agreements-command.ts';
import type { RunningServer, ServerOptions } from './server-kinds.ts';

/** The product as it is, with the bench's contracts and agreements; only the limit on requests per minute is lifted. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const app = await createApp(
    parseConfig({
      HUB_DATA_DIR: options.dataDir,
      HUB_CONTRACTS: options.contractsDir,
      HUB_LOG_LEVEL: 'error',
      HUB_LIMIT_REQUESTS_PER_MINUTE: '2147483647',
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
