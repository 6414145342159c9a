import { runAgreementsCommand } from '../src/registry/agreements-command.ts';
import { commandDataDir, createConsolePrinter } from '../src/registry/operator-command.ts';

process.exitCode = await runAgreementsCommand(
  process.argv.slice(2),
  commandDataDir(process.env),
  createConsolePrinter(),
);
