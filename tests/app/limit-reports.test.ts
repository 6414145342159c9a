import { describe, expect, it } from 'vitest';
import { limitReports } from '../../src/app/limit-reports.ts';

describe('log lines that callers can cause', () => {
  it('are so many of a kind a minute, and the next one says how many were held back', () => {
    let nowMs = 0;
    const lines: unknown[] = [];
    const report = limitReports((key, fields) => lines.push([key, fields]), {
      perMinute: 2,
      nowMs: () => nowMs,
    });
    for (let n = 1; n <= 5; n += 1) report('kid', { n });
    report('expired', { n: 6 });
    nowMs = 60_000;
    for (let n = 7; n <= 8; n += 1) report('kid', { n });
    expect(lines).toEqual([
      ['kid', { n: 1 }],
      ['kid', { n: 2 }],
      ['expired', { n: 6 }],
      ['kid', { n: 7, heldBack: 3 }],
      ['kid', { n: 8 }],
    ]);
  });
});
