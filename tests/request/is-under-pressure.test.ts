import { expect, it } from 'vitest';
import { isUnderPressure } from '../../src/request/is-under-pressure.ts';

const limits = { maxEventLoopDelayMs: 100, maxHeapPercent: 90 };

it.each([
  ['an idle process', 0, 10, false],
  ['a process at its limits', 100, 900, false],
  ['a slow event loop', 101, 10, true],
  ['a full heap', 0, 901, true],
  ['a full heap after a pause that nobody measured', Number.POSITIVE_INFINITY, 901, true],
  ['one pause that nobody measured', Number.POSITIVE_INFINITY, 10, false],
  ['a delay that is no number', Number.NaN, 10, false],
])('%s is told by what was measured', (_, eventLoopDelay, heapUsed, isPressed) => {
  expect(isUnderPressure({ eventLoopDelay, heapUsed }, limits, 1_000)).toBe(isPressed);
});
