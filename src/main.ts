import { createApp } from './app.ts';
import { parseConfig } from './config.ts';
import { HubError } from './errors.ts';

/** The production entry: configuration from the environment, until a signal asks it to end. */
async function main(): Promise<void> {
  const app = await createApp(parseConfig(process.env));
  for (const warning of app.warnings) console.error(`警告 Warning: ${warning}`);
  let isClosing = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (isClosing) process.exit(1);
      isClosing = true;
      void app.close().then(() => process.exit(0));
    });
  }
  console.log(`数桥 Shuqiao ${await app.listen()}/graphql`);
}

main().catch((error: unknown) => {
  console.error(error instanceof HubError ? error.message : error);
  process.exit(1);
});

