import { createApp } from './app.ts';
import { parseConfig } from './config.ts';
import { HubError } from './errors.ts';

/** npm passes a terminal's Ctrl-C on that the terminal has sent already: within this time the two are one. */
const sameSignalMs = 1_000;

/** After the drain limit, for closing what is open; then the process ends all the same. */
const closeMs = 15_000;

/** The production entry: configuration from the environment, until a signal asks it to end; a second one does not wait. */
async function main(): Promise<void> {
  const config = parseConfig(process.env);
  const app = await createApp(config);
  for (const warning of app.warnings) console.error(`警告 Warning: ${warning}`);
  let closingSince: number | undefined;
  const end = () => {
    if (closingSince === undefined) {
      setTimeout(() => abandon(), config.limits.drainMs + closeMs);
      void app.close().then(() => process.exit(0));
    } else if (performance.now() - closingSince > sameSignalMs) process.exit(1);
    closingSince ??= performance.now();
  };
  process.on('SIGINT', end);
  process.on('SIGTERM', end);
  console.log(`数桥 Shuqiao ${await app.listen()}/graphql`);
}

/** For the operator's eyes, without a stack: what nobody foresaw is named by its class and code. */
function describeStart(error: unknown): string {
  if (error instanceof HubError) return `${error.zh} ${error.message}`;
  const name = error instanceof Error ? error.name : typeof error;
  const code = error instanceof Error && 'code' in error ? ` ${String(error.code)}` : '';
  return `平台无法启动（${name}${code}）。 The hub cannot start (${name}${code}).`;
}

function abandon(): never {
  console.error('未能按时关闭，强制退出。The hub did not close in time and ends now.');
  process.exit(1);
}

// Whoever reads what is printed may leave; the hub stays.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

main().catch((error: unknown) => {
  console.error(describeStart(error));
  process.exit(1);
});
