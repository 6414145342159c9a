import { commandDataDir, runAgreementsCommand } from '../src/registry/agreements-command.ts';

process.exitCode = await runAgreementsCommand(process.argv.slice(2), commandDataDir(process.env), {
  out: (line) => console.log(line),
  err: (line) => console.error(line),
});
