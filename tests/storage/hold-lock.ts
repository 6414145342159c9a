/** Run by data-dir-lock.test.ts: takes the directory, says so, and waits to be killed. */
import { acquireDataDirLock } from '../../src/storage/data-dir-lock.ts';

acquireDataDirLock(String(process.argv[2]));
process.stdout.write('held\n');
setInterval(() => {}, 60_000);
