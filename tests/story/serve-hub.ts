import { createApp } from '../../src/app.ts';
import { parseConfig } from '../../src/config.ts';

/** A hub in a process of its own, for tests that kill it. Prints its URL when it serves. */
const app = await createApp(parseConfig(process.env));
process.stdout.write(`${await app.listen()}\n`);
// Nobody is left to kill it when its parent is gone.
process.on('disconnect', () => process.exit(1));
