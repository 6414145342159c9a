import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AccessEntry, Receipt } from '../../src/audit/entry.ts';
import { HubError } from '../../src/errors.ts';
import { createRefusalTally, type RefusalSummary } from '../../src/request/refusal-tally.ts';
import { summariseRefusals } from '../../src/request/summarise-refusals.ts';

describe('the minute’s summary of refusals', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function start(append: (entry: AccessEntry) => void = () => {}) {
    const tally = createRefusalTally();
    const written: AccessEntry[] = [];
    const reported: RefusalSummary[] = [];
    const end = summariseRefusals({
      take: tally.take,
      log: {
        async append(entry) {
          append(entry);
          written.push(entry);
          return {} as Receipt;
        },
      },
      now: () => new Date('2026-11-28T00:00:00Z'),
      report: (summary) => reported.push(summary),
    });
    return { tally, written, reported, end };
  }
  const minute = () => vi.advanceTimersByTimeAsync(60_000);

  it('is recorded and told to the operator once a minute, however many there were, and not where there were none', async () => {
    const { tally, written, reported, end } = start();
    for (let i = 0; i < 5_000; i++) tally.add(`10.0.0.${i % 7}`, 'RATE_LIMITED');
    await minute();
    expect(written.map(({ kind, outcome }) => [kind, outcome.errors])).toEqual([
      ['refusals-summary', { RATE_LIMITED: 5_000 }],
    ]);
    expect(reported).toEqual([{ refusals: 5_000, errors: { RATE_LIMITED: 5_000 }, addresses: 7 }]);
    await minute();
    expect([written.length, reported.length]).toEqual([1, 1]);
    await end();
  });

  it('that is turned away is written the next minute, and told once', async () => {
    let isFull = true;
    const { tally, written, reported, end } = start(() => {
      if (isFull) throw new HubError('OVERLOADED');
    });
    tally.add('10.0.0.1', 'NOT_FOUND');
    await minute();
    expect([written.length, reported.length]).toEqual([0, 1]);
    isFull = false;
    await minute();
    expect([written.length, reported.length]).toEqual([1, 1]);
    await end();
  });

  it('of the last minute is written when the hub ends', async () => {
    const { tally, written, end } = start();
    tally.add('10.0.0.1', 'NOT_FOUND');
    await end();
    expect(written).toHaveLength(1);
    await minute();
    expect(written).toHaveLength(1);
  });
});
