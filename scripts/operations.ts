import { runOperationsCommand } from '../src/registry/operations-command.ts';
import { commandDataDir, createConsolePrinter } from '../src/registry/operator-command.ts';

process.exitCode = await runOperationsCommand(
  process.argv.slice(2),
  commandDataDir(process.env),
  createConsolePrinter(),
);
