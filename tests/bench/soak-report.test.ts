import { expect, test } from 'vitest';
import { growthPerHour } from '../../bench/soak-report.ts';

const megabyte = 1_048_576;

test.each([
  ['flat', [70, 66, 66, 66, 66], 0],
  ['a megabyte a minute', [90, 66, 67, 68, 69], 60],
  ['noise around a level', [80, 66, 67, 66, 67, 66], 0],
])('heap in use that is %s grows by so much an hour, the first minute left out', (_, megabytes, grown) => {
  expect(growthPerHour(megabytes.map((size) => size * megabyte))).toBeCloseTo(grown, 0);
});
