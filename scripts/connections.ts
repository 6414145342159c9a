import { runConnectionsCommand } from '../src/registry/connections-command.ts';
import { commandDataDir, createConsolePrinter } from '../src/registry/operator-command.ts';

process.exitCode = await runConnectionsCommand(
  process.argv.slice(2),
  commandDataDir(process.env),
  createConsolePrinter(),
);
