import { describe, expect, it } from 'vitest';
import type { AuditStore } from '../../src/audit/entry.ts';
import { verifyReceipt } from '../../src/audit/verify-receipt.ts';
import { createWrittenRecords } from '../../src/audit/written-records.ts';
import { createFaultyStore, createGatedStore, createMemoryStore } from './faulty-store.ts';
import { entriesOf, entryOf, openLog, receiptKeys } from './support.ts';

const down: AuditStore = createFaultyStore(createMemoryStore(), () => 'LOST');

/** When the committer has looked at the queue. */
const endOfTurn = () => new Promise((resolve) => setImmediate(resolve));

describe('the group committer', () => {
  it('writes what gathered during one flush with the next, and gives each caller its own receipt', async () => {
    const memory = createMemoryStore();
    const store = createGatedStore(memory);
    const log = openLog(store);
    const first = log.append(entryOf());
    await endOfTurn();
    const entries = entriesOf(600);
    const others = entries.map((entry) => log.append(entry));
    store.open();
    const receipts = await Promise.all(others);
    expect((await first).index).toBe('0');
    expect(memory.batches.map((batch) => batch.length)).toEqual([1, 256, 256, 88]);
    expect(receipts.map((receipt) => receipt.eventId)).toEqual(entries.map((entry) => entry.eventId));
    expect(receipts.map((receipt) => Number(receipt.index))).toEqual(entries.map((_, i) => i + 1));
    expect(receipts.every((receipt) => verifyReceipt(receipt, receiptKeys.publicKey))).toBe(true);
  });

  it('takes into a flush whatever the same turn of the event loop appended', async () => {
    const memory = createMemoryStore();
    const log = openLog(memory);
    const appends = [log.append(entryOf())];
    for (let i = 0; i < 5; i++) {
      await Promise.resolve();
      appends.push(log.append(entryOf()));
    }
    await Promise.all(appends);
    expect(memory.batches.map((batch) => batch.length)).toEqual([6]);
  });

  it('hands every record to who keeps them, with its index and leaf, answered or not', async () => {
    const kept = createWrittenRecords();
    const log = openLog(createMemoryStore(), { written: kept });
    const entries = entriesOf(3);
    const receipts = await Promise.all(entries.map((entry) => log.append(entry)));
    for (const { index, eventId, leafHash } of receipts) {
      expect(kept.get(index)).toMatchObject({ leafHash, searchable: { eventId } });
    }
  });

  it('keeps what was sealed, whatever becomes of the entry afterwards', async () => {
    const kept = createWrittenRecords();
    const log = openLog(createMemoryStore(), { written: kept });
    const reads = [...entryOf().reads];
    const append = log.append(entryOf({ reads }));
    reads.push(...reads.map((read) => ({ ...read, source: 'late' })));
    await append;
    expect(kept.get('0')?.searchable.pattern.terms).not.toContain('source:late');
  });

  it('gives the receipt all the same where the record cannot be described', async () => {
    const describe = () => {
      throw new Error('odd');
    };
    const log = openLog(createMemoryStore(), { written: { ...createWrittenRecords(), describe } });
    expect((await log.append(entryOf())).index).toBe('0');
  });

  it('keeps a flush below a megabyte, and writes one larger record alone', async () => {
    const memory = createMemoryStore();
    const log = openLog(memory, { limits: { maxBatchBytes: 10_000 } });
    const large = entryOf({ subjects: ['A'.repeat(20_000)] });
    await Promise.all([...entriesOf(12), large, entryOf()].map((entry) => log.append(entry)));
    const sizes = memory.batches.map((batch) => batch.length);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(14);
    expect(Math.max(...sizes)).toBeLessThan(12);
    expect(memory.batches.filter((batch) => batch.includes(large.eventId))).toEqual([[large.eventId]]);
  });

  it('has one flush in flight', async () => {
    const store = createGatedStore(createMemoryStore());
    const log = openLog(store);
    const appends = entriesOf(50).map((entry) => log.append(entry));
    await Promise.race([...appends, endOfTurn()]);
    appends.push(log.append(entryOf()));
    await endOfTurn();
    expect(store.started()).toBe(1);
    store.open();
    await Promise.all(appends);
    expect(store.started()).toBe(2);
  });

  it('takes up again after it ran empty', async () => {
    const log = openLog(createMemoryStore());
    for (let i = 0; i < 100; i++) expect((await log.append(entryOf())).index).toBe(String(i));
  });

  it('stamps a receipt with the wall clock, whatever that says', async () => {
    const log = openLog(createMemoryStore(), { now: () => 0 });
    expect((await log.append(entryOf())).at).toBe('1970-01-01T00:00:00.000Z');
  });

  it('gives no receipt that it cannot sign', async () => {
    const memory = createMemoryStore();
    const signReceipt = () => {
      throw new Error('the key is gone');
    };
    const log = openLog(memory, { signReceipt });
    await expect(log.append(entryOf())).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
    expect(memory.batches).toHaveLength(1);
  });

  it('does not take an acknowledgement that names too few records', async () => {
    const log = openLog(
      { ...createMemoryStore(), append: async () => [0n] },
      {
        limits: { deadlineMs: 30, closeMs: 10 },
      },
    );
    const appends = entriesOf(2).map((entry) => log.append(entry));
    await Promise.all(
      appends.map((append) => expect(append).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' })),
    );
    await log.close();
  });
});

describe('when the store fails', () => {
  it('the caller is told no at the deadline, the record waits, and is written when the store is back', async () => {
    let isUp = false;
    const memory = createMemoryStore();
    const store = createFaultyStore(memory, () => (isUp ? 'OK' : 'LOST'));
    const failures: number[] = [];
    const onFailure = (_: unknown, inARow: number) => failures.push(inARow);
    const log = openLog(store, { onFailure, limits: { deadlineMs: 40, retryMs: 1, maxRetryMs: 5 } });
    const refused = entryOf();
    await expect(log.append(refused)).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
    expect(failures.slice(0, 3)).toEqual([1, 2, 3]);
    expect(log.state()).toMatchObject({ queued: 1 });
    isUp = true;
    const receipt = await log.append(entryOf());
    expect(receipt.index).toBe('1');
    expect(memory.batches.flat()[0]).toBe(refused.eventId);
    expect(log.state()).toEqual({ queued: 0, queuedBytes: 0, failuresInARow: 0, turnedAway: 0 });
  });

  it('a lost COMMIT reply is tried again with the same events: duplicates are legal, a missing record is not', async () => {
    const memory = createMemoryStore();
    const log = openLog(createFaultyStore(memory, (n) => (n === 1 ? 'UNKNOWN' : 'OK')));
    const entries = entriesOf(3);
    const receipts = await Promise.all(entries.map((entry) => log.append(entry)));
    expect(receipts.map((receipt) => receipt.index)).toEqual(['3', '4', '5']);
    const events = entries.map((entry) => entry.eventId);
    expect(memory.batches).toEqual([events, events]);
  });

  it('a slow store costs the answer, not the record, and nobody is let in meanwhile', async () => {
    let time = 0;
    const memory = createMemoryStore();
    const store = createGatedStore(memory);
    const log = openLog(store, { monotonicMs: () => time, limits: { deadlineMs: 20 } });
    log.admit();
    await expect(log.append(entryOf())).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
    expect(() => log.admit()).not.toThrow();
    time = 1_001;
    expect(() => log.admit()).toThrow(expect.objectContaining({ code: 'AUDIT_UNAVAILABLE' }));
    store.open();
    await log.close();
    expect(memory.batches).toHaveLength(1);
  });

  it('lets callers in again as soon as a commit succeeded, however long nothing was asked', async () => {
    let time = 0;
    const log = openLog(createMemoryStore(), { monotonicMs: () => time });
    for (const at of [0, 500, 100_000]) {
      time = at;
      log.admit();
      await log.append(entryOf());
    }
    time = 1_000_000;
    expect(() => log.admit()).not.toThrow();
  });
});

describe('when too much waits', () => {
  const limits = { maxQueued: 10, deadlineMs: 20 };

  it('nobody is let in at half of the queue, and append refuses at its end, at once', async () => {
    const store = createGatedStore(createMemoryStore());
    const log = openLog(store, { limits: { ...limits, deadlineMs: 10_000 } });
    const waiting = entriesOf(5).map((entry) => log.append(entry));
    expect(() => log.admit()).toThrow(expect.objectContaining({ code: 'OVERLOADED' }));
    waiting.push(...entriesOf(5).map((entry) => log.append(entry)));
    await expect(log.append(entryOf())).rejects.toMatchObject({ code: 'OVERLOADED' });
    expect(log.state()).toMatchObject({ queued: 10, turnedAway: 1 });
    store.open();
    await Promise.all(waiting);
    expect(() => log.admit()).not.toThrow();
  });

  it('counts bytes as well as records', async () => {
    const log = openLog(down, { limits: { ...limits, maxQueuedBytes: 2_000, closeMs: 10 } });
    const appends = entriesOf(3).map((entry) => log.append(entry));
    const endings = await Promise.allSettled(appends);
    expect(endings.map((ending) => (ending.status === 'rejected' ? ending.reason.code : 'OK'))).toEqual([
      'AUDIT_UNAVAILABLE',
      'AUDIT_UNAVAILABLE',
      'OVERLOADED',
    ]);
    expect(await log.close()).toEqual({ unwritten: 2 });
  });

  it('memory stays bounded while the store is down for good', async () => {
    const log = openLog(down, { limits: { ...limits, closeMs: 10 } });
    await Promise.allSettled(entriesOf(500).map((entry) => log.append(entry)));
    expect(log.state()).toMatchObject({ queued: 10, turnedAway: 490 });
    expect(await log.close()).toEqual({ unwritten: 10 });
  });
});

describe('closing', () => {
  it('writes what is queued, then takes nothing more', async () => {
    const memory = createMemoryStore();
    const log = openLog(memory);
    const appends = entriesOf(300).map((entry) => log.append(entry));
    expect(await log.close()).toEqual({ unwritten: 0 });
    expect(await Promise.all(appends)).toHaveLength(300);
    expect(memory.batches.flat()).toHaveLength(300);
    expect(() => log.admit()).toThrow(expect.objectContaining({ code: 'AUDIT_UNAVAILABLE' }));
    await expect(log.append(entryOf())).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
    expect(await log.close()).toEqual({ unwritten: 0 });
  });

  it('gives up on a dead store after its time and says how many records are lost', async () => {
    const log = openLog(down, { limits: { closeMs: 20, deadlineMs: 5_000 } });
    const append = log.append(entryOf());
    const refused = expect(append).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
    expect(await log.close()).toEqual({ unwritten: 1 });
    await refused;
  });
});
