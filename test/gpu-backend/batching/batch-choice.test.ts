import { NO_DEADLINE } from '@tensorfleet/core';
import { describe, expect, test } from 'vitest';
import { type BatchLimits, chooseBatch, type WaitingTask } from '../../../gpu-backend/src/batching/batch-choice.ts';

/** Ten milliseconds a batch and one a row, of which a tenth more is expected: 11 + 1.1 per row. */
const LIMITS: BatchLimits = {
  now: 100,
  targetMs: 1000,
  worthwhileRows: 64,
  expectedMs: (rows) => 10 + rows,
};

function task(deadline = NO_DEADLINE, queuedAt = 90, size = 1, isTrial = false): WaitingTask {
  return { size, queuedAt, context: { deadline }, isTrial };
}

function choose(tasks: readonly WaitingTask[], limits: Partial<BatchLimits> = {}): { count: number; late: number[] } {
  const { count, late } = chooseBatch(tasks, { ...LIMITS, ...limits });
  return { count, late: [...late] };
}

describe('chooseBatch', () => {
  test('takes all while time is no matter', () => {
    expect(choose([task(), task(), task()])).toEqual({ count: 3, late: [] });
  });

  test('takes all while nobody knows the cost', () => {
    expect(choose([task(101), task(101)], { expectedMs: () => undefined })).toEqual({ count: 2, late: [] });
  });

  test('stops before the batch would make its oldest task late', () => {
    // 113.3 is the end of a batch of two rows, 114.4 that of three.
    expect(choose([task(114), task(), task()])).toEqual({ count: 2, late: [] });
  });

  test('stops before a task that the batch would make late', () => {
    expect(choose([task(), task(), task(114)])).toEqual({ count: 2, late: [] });
  });

  test('stops before the batch would miss the target of its oldest task', () => {
    expect(choose([task(), task(), task()], { targetMs: 24 })).toEqual({ count: 2, late: [] });
  });

  test('takes all when the target is missed anyway', () => {
    expect(choose([task(), task(), task()], { targetMs: 20 })).toEqual({ count: 3, late: [] });
  });

  test('stops where more rows save nothing', () => {
    expect(choose([task(), task(), task()], { worthwhileRows: 2 })).toEqual({ count: 2, late: [] });
  });

  test('takes a task larger than what is worthwhile', () => {
    expect(choose([task(NO_DEADLINE, 90, 5), task()], { worthwhileRows: 2 })).toEqual({ count: 1, late: [] });
  });

  test('refuses tasks that cannot be answered in time, wherever they stand', () => {
    expect(choose([task(105), task(), task(99), task()])).toEqual({ count: 4, late: [0, 2] });
  });

  test('runs a trial whatever is expected of it, unless its deadline has passed', () => {
    expect(choose([task(105, 90, 1, true)])).toEqual({ count: 1, late: [] });
    expect(choose([task(100, 90, 1, true)])).toEqual({ count: 1, late: [0] });
  });

  test('gives up a task that makes the batch so small that the next ones would be late', () => {
    const tasks = [task(113), ...Array.from({ length: 19 }, () => task(124))];
    expect(choose(tasks)).toEqual({ count: 12, late: [0] }); // eleven rows end at 123.1
  });

  test('runs a small batch for a task in a hurry when the next ones can wait', () => {
    const tasks = [task(113), ...Array.from({ length: 19 }, () => task(200))];
    expect(choose(tasks)).toEqual({ count: 1, late: [] });
  });
});
