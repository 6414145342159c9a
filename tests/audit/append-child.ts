/**
 * A process to be killed: appends without pause to the log named by its arguments (`pglite <directory>` or `postgres <url>`)
 * and prints index, event id and leaf of every receipt as soon as it has it.
 */
import { writeSync } from 'node:fs';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { createPgAuditStore } from '../../src/audit/store-pg.ts';
import { createPgliteAuditStore } from '../../src/audit/store-pglite.ts';
import { entryOf, openLog } from './support.ts';

const [kind, location = ''] = process.argv.slice(2);
const log = openLog(kind === 'pglite' ? await openPgliteStore() : openPgStore());
await Promise.all(Array.from({ length: 24 }, appendForEver));

async function openPgliteStore() {
  const db = new PGlite(location);
  await db.waitReady;
  return createPgliteAuditStore({ db });
}

function openPgStore() {
  const connectionString = location;
  return createPgAuditStore({ createPool: (settings) => new pg.Pool({ ...settings, connectionString }) });
}

async function appendForEver(): Promise<never> {
  for (;;) {
    const { index, eventId, leafHash } = await log.append(entryOf());
    writeSync(1, `${index} ${eventId} ${leafHash}\n`);
  }
}
