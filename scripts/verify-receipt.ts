import { runVerifyReceiptCommand } from '../src/audit/verify-receipt-command.ts';

/** `npm run verify-receipt -- <answer.json> <key file or URL>`: a caller's own check, without the hub. */
process.exitCode = await runVerifyReceiptCommand(process.argv.slice(2), {
  input: process.stdin,
  out: (line) => console.log(line),
  err: (line) => console.error(line),
});
