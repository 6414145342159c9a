import { runClientsCommand } from '../src/registry/clients-command.ts';
import { commandDataDir, createConsolePrinter } from '../src/registry/operator-command.ts';

process.exitCode = await runClientsCommand(
  process.argv.slice(2),
  commandDataDir(process.env),
  createConsolePrinter(),
);
