import { expect, test } from 'vitest';
import { BusyTime } from '../../../gpu-backend/src/metrics/busy-time.ts';

test.each<[string, readonly (readonly [durationMs: number, now: number])[], number]>([
  ['nothing without a batch', [], 0],
  [
    'batches one after the other',
    [
      [10, 110],
      [20, 140],
    ],
    30,
  ],
  [
    'batches at once only once',
    [
      [10, 120],
      [20, 125],
    ],
    20,
  ],
  [
    'a long batch around short ones once',
    [
      [1, 103],
      [1, 106],
      [10, 110],
    ],
    10,
  ],
  ['of a batch that began before, what came after', [[500, 130]], 30],
  ['a batch that ended when the period began not at all', [[50, 100]], 0],
])('BusyTime counts %s', (_, batches, busyMs) => {
  const busy = new BusyTime();
  for (const [durationMs, now] of batches) {
    busy.ran(durationMs, now);
  }
  expect([busy.take(100), busy.take(100)]).toEqual([busyMs, 0]);
});
