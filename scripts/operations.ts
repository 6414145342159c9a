import { runOperationsCommand } from '../src/registry/operations-command.ts';
import { commandDataDir } from '../src/registry/operator-command.ts';

process.exitCode = await runOperationsCommand(process.argv.slice(2), commandDataDir(process.env), {
  out: (line) => console.log(line),
  err: (line) => console.error(line),
});
