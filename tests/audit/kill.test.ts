import { spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';
import { describe, expect, it } from 'vitest';
import type { Sql } from '../../src/audit/sql.ts';
import { createPgliteSql } from '../../src/audit/store-sql-pglite.ts';
import { createTestDataDir } from '../support/test-storage.ts';
import { createRandom } from './faulty-store.ts';
import { logEngines, openPostgres, readLog, readNext } from './support.ts';

const child = fileURLToPath(new URL('append-child.ts', import.meta.url));

/** Starts the child, kills it with SIGKILL in the middle of its work, and returns the receipts that it printed. */
async function appendUntilKilled(args: readonly string[], killAfter: number): Promise<readonly string[]> {
  const running = spawn(process.execPath, ['--import', 'tsx', child, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const receipts: string[] = [];
  // The last line may be cut off by the kill; a receipt counts when its line is whole.
  for await (const line of createInterface(running.stdout)) {
    if (/^\d+ \S{36} \S{44}$/.test(line)) receipts.push(line);
    if (receipts.length === killAfter) running.kill('SIGKILL');
  }
  return receipts;
}

async function expectEveryReceiptInLog(sql: Sql, receipts: readonly string[]): Promise<void> {
  const rows = await readLog(sql);
  const inLog = new Set(rows.map((row) => `${row.index} ${row.eventId} ${row.leaf}`));
  expect(receipts.filter((receipt) => !inLog.has(receipt))).toEqual([]);
  expect(rows.map((row) => row.index)).toEqual(rows.map((_, i) => i));
  expect(await readNext(sql)).toBe(rows.length);
}

/** What the killed process had sent is still carried out, and must not come between two looks at the log. */
async function untilServerIsDone(sql: Sql): Promise<void> {
  for (let sessions = 1; sessions > 0; ) {
    const [row] = await sql.query(
      `SELECT count(*)::integer AS sessions FROM pg_stat_activity
       WHERE datname = current_database() AND application_name = 'shuqiao-audit'`,
      [],
    );
    sessions = Number(row?.['sessions']);
  }
}

/** CI asks for 50. */
const rounds = Number(process.env['SHUQIAO_KILL_ROUNDS'] ?? 2);

describe('a hub killed with SIGKILL under load has every record that it gave a receipt for', () => {
  it('on PGlite, opened again by the next process', { timeout: 60_000 + rounds * 20_000 }, async () => {
    const dataDir = await createTestDataDir();
    const directory = join(dataDir, 'db');
    const random = createRandom(20_261_121);
    const receipts: string[] = [];
    for (let round = 0; round < rounds; round++) {
      const killAfter = 1 + Math.floor(random() * 400);
      receipts.push(...(await appendUntilKilled(['pglite', directory], killAfter)));
    }
    const db = new PGlite(directory);
    await expectEveryReceiptInLog(createPgliteSql(db), receipts);
    expect(receipts.length).toBeGreaterThanOrEqual(rounds);
    await db.close();
    await rm(dataDir, { recursive: true });
  });

  it.skipIf(logEngines.length < 2)(
    'on a PostgreSQL server',
    { timeout: 60_000 + rounds * 20_000 },
    async () => {
      const engine = await openPostgres();
      const random = createRandom(20_261_121);
      const receipts: string[] = [];
      for (let round = 0; round < rounds; round++) {
        const killAfter = 1 + Math.floor(random() * 2_000);
        receipts.push(...(await appendUntilKilled(['postgres', engine.url ?? ''], killAfter)));
      }
      await untilServerIsDone(engine.sql);
      await expectEveryReceiptInLog(engine.sql, receipts);
      expect(receipts.length).toBeGreaterThanOrEqual(rounds);
      await engine.close();
    },
  );
});
