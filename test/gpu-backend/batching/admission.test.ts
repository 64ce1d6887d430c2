import { Code } from '@tensorfleet/core';
import { describe, expect, test } from 'vitest';
import {
  type Admission,
  admissionError,
  type Backlog,
  expectedStartMs,
} from '../../../gpu-backend/src/batching/admission.ts';

const running = (elapsedMs: number, expectedMs: number | undefined) => ({ elapsedMs, expectedMs });

describe('expectedStartMs', () => {
  test.each<[string, Backlog, number]>([
    ['an idle server', { slots: 1, running: [], queuedMs: 0 }, 0],
    ['a free slot', { slots: 2, running: [running(0, 50)], queuedMs: 0 }, 0],
    ['what runs', { slots: 1, running: [running(20, 50)], queuedMs: 0 }, 30],
    ['what runs and what is queued', { slots: 1, running: [running(20, 50)], queuedMs: 40 }, 70],
    ['the first of two slots', { slots: 2, running: [running(0, 50), running(0, 10)], queuedMs: 0 }, 10],
    ['a queue that one slot empties first', { slots: 2, running: [running(0, 50), running(0, 10)], queuedMs: 30 }, 40],
    ['a queue that both slots share', { slots: 2, running: [running(0, 50), running(0, 10)], queuedMs: 60 }, 60],
    ['a batch that is late: as long again', { slots: 1, running: [running(80, 50)], queuedMs: 0 }, 30],
    ['a batch of unknown cost: nothing', { slots: 1, running: [running(80, undefined)], queuedMs: 0 }, 0],
  ])('waits for %s', (_, backlog, startMs) => {
    expect(expectedStartMs(backlog)).toBe(startMs);
  });
});

const NEXT: Admission = {
  startMs: 0,
  batchMs: 10,
  aloneMs: 10,
  grownMs: 10,
  laterMs: 0,
  leftMs: Number.POSITIVE_INFINITY,
  targetMs: 1000,
  isNext: true,
  isIdle: false,
};
const QUEUED = { ...NEXT, isNext: false };

describe('admissionError', () => {
  test.each<[string, Admission]>([
    ['in time for its deadline', { ...NEXT, startMs: 50, leftMs: 100 }],
    ['long, on an idle server, without a deadline', { ...NEXT, isIdle: true, batchMs: 60_000, aloneMs: 60_000 }],
    ['expected to be late on an idle server: only a run can correct that', { ...NEXT, isIdle: true, leftMs: 5 }],
    ['long, and waits for little', { ...QUEUED, startMs: 100, batchMs: 60_000, aloneMs: 60_000 }],
    ['the next after a batch that takes longer than the target', { ...NEXT, startMs: 3000 }],
    ['behind others within the target', { ...QUEUED, startMs: 900, batchMs: 110, aloneMs: 10 }],
    ['of unknown cost', { ...QUEUED, startMs: 0, batchMs: 0, aloneMs: 0, grownMs: 0, leftMs: 1 }],
    [
      'in time even when its batch grows to a third of the time left',
      { ...QUEUED, startMs: 28, grownMs: 500, leftMs: 99 },
    ],
  ])('lets in what is %s', (_, task) => {
    expect(admissionError(task)).toBeUndefined();
  });

  test.each<[string, Admission, string, number]>([
    [
      'would miss its deadline',
      { ...NEXT, startMs: 80, leftMs: 98 },
      'the request would be answered in about 99 ms, its deadline leaves 98 ms',
      1,
    ],
    [
      'would miss it when its batch grows',
      { ...QUEUED, startMs: 65, grownMs: 40, leftMs: 99 },
      'the request would be answered in about 108 ms, its deadline leaves 69 ms',
      39,
    ],
    [
      'would miss it with its later parts',
      { ...NEXT, laterMs: 80, leftMs: 98 },
      'the request would be answered in about 99 ms, its deadline leaves 98 ms',
      1,
    ],
    [
      'would wait for more than the target',
      { ...QUEUED, startMs: 1000, batchMs: 12, aloneMs: 10 },
      'the request would wait for about 1002 ms, target_latency_ms is 1000',
      2,
    ],
    [
      'would wait for its own batch for more than the target',
      { ...QUEUED, batchMs: 12, aloneMs: 2, targetMs: 5 },
      'the request would wait for about 10 ms, target_latency_ms is 5.0',
      5,
    ],
  ])('refuses what %s', (_, task, message, retryAfterMs) => {
    expect(admissionError(task)).toMatchObject({
      code: Code.ResourceExhausted,
      message,
      details: { retryAfterMs: String(retryAfterMs) },
    });
  });

  test.each<[string, Admission]>([
    ['shorter than its run', { ...QUEUED, startMs: 1, batchMs: 30, aloneMs: 30, leftMs: 20 }],
    ['shorter than any way there and back', { ...QUEUED, startMs: 4, batchMs: 0.1, aloneMs: 0.1, leftMs: 4 }],
  ])('tells that no server could hold a deadline that is %s', (_, task) => {
    expect(admissionError(task)).toMatchObject({ code: Code.DeadlineExceeded, details: {} });
  });
});
