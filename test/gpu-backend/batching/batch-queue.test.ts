import { Code } from '@tensorfleet/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BatchPolicyOptions, resolveBatchPolicy } from '../../../gpu-backend/src/batching/batch-policy.ts';
import {
  addTask,
  type BatchQueue,
  capacityError,
  closeLastBatch,
  createBatchQueue,
  nextAction,
  oldestTasks,
  type QueuedTask,
  removeTask,
  sizeError,
  takeOldest,
} from '../../../gpu-backend/src/batching/batch-queue.ts';

const OPTIONS: BatchPolicyOptions = { maxBatchSize: 4, batchTimeoutMs: 10, maxEnqueuedBatches: 2 };

/** A queue that took tasks of these sizes at time 0. */
function queueOf(sizes: readonly number[], options: BatchPolicyOptions = OPTIONS): BatchQueue<QueuedTask> {
  const queue = createBatchQueue<QueuedTask>(resolveBatchPolicy(options));
  for (const size of sizes) {
    addTask(queue, { size }, 0);
  }
  return queue;
}

function sizesOf(queue: BatchQueue<QueuedTask>): number[][] {
  return queue.batches.map((batch) => batch.tasks.map((task) => task.size));
}

describe('addTask', () => {
  test.each<[number[], number[][], boolean[]]>([
    [[1], [[1]], [false]],
    [[1, 2], [[1, 2]], [false]],
    [[1, 3], [[1, 3]], [true]],
    [[4], [[4]], [true]],
    [
      [3, 2],
      [[3], [2]],
      [true, false],
    ],
    [
      [3, 2, 1],
      [[3], [2, 1]],
      [true, false],
    ],
    [[0], [[0]], [false]],
    [
      [0, 4, 0],
      [[0, 4], [0]],
      [true, false],
    ],
    [
      [0, 0, 0, 0, 0],
      [[0, 0, 0, 0], [0]],
      [true, false],
    ],
  ])('groups tasks of %j rows', (sizes, batches, closed) => {
    const queue = queueOf(sizes);
    expect(sizesOf(queue)).toEqual(batches);
    expect(queue.batches.map((batch) => batch.closed)).toEqual(closed);
  });
});

describe('sizeError', () => {
  test.each([0, 1, 4])('accepts %d rows', (size) => {
    expect(sizeError(size, 4)).toBeUndefined();
  });

  test.each([
    [5, 'Task size 5 is larger than maximum input batch size 4'],
    [-1, 'Task size -1 is not a number of rows'],
    [Number.NaN, 'Task size NaN is not a number of rows'],
    [0.5, 'Task size 0.5 is not a number of rows'],
  ])('refuses %d rows', (size, message) => {
    expect(sizeError(size, 4)).toMatchObject({ code: Code.InvalidArgument, message });
  });
});

describe('capacityError', () => {
  test.each<[string, number[], number, number]>([
    ['below the bound', [4], 1, 1],
    ['at the bound, when the task joins the open batch', [4, 3], 1, 2],
    ['at the bound, with a task of zero rows', [4, 3], 0, 2],
  ])('accepts %s', (_, sizes, size, enqueued) => {
    expect(capacityError(queueOf(sizes), size, enqueued)).toBeUndefined();
  });

  test.each<[string, number[], number, number]>([
    ['the open batch has no room', [4, 3], 2, 2],
    ['every batch is closed', [4, 4], 1, 2],
    ['other queues hold every batch', [], 1, 2],
    ['tasks of zero rows fill the batch', [4, 0, 0, 0, 0], 0, 2],
  ])('is UNAVAILABLE at the bound when %s', (_, sizes, size, enqueued) => {
    expect(capacityError(queueOf(sizes), size, enqueued)).toMatchObject({
      code: Code.Unavailable,
      message:
        'The batch scheduling queue to which this task was submitted is full; ' +
        'currently 2 batches enqueued and max_enqueued_batches is 2',
    });
  });
});

describe('nextAction', () => {
  test('is idle for an empty queue', () => {
    expect(nextAction(queueOf([]), 5)).toEqual({ kind: 'idle' });
  });

  test.each<[string, number[], number, object]>([
    ['waits for company before the timeout', [1], 9, { kind: 'wait', until: 10 }],
    ['runs an open batch at the timeout', [1], 10, { kind: 'run' }],
    ['runs a full batch at once', [4], 0, { kind: 'run' }],
    ['runs a batch that the next task did not fit into', [3, 2], 0, { kind: 'run' }],
  ])('%s', (_, sizes, now, action) => {
    expect(nextAction(queueOf(sizes), now)).toEqual(action);
  });

  test('runs whatever has arrived when the timeout is zero', () => {
    expect(nextAction(queueOf([1], { ...OPTIONS, batchTimeoutMs: 0 }), 0)).toEqual({ kind: 'run' });
  });

  test('counts the timeout from the first task of the batch', () => {
    const queue = queueOf([1]);
    addTask(queue, { size: 1 }, 9);
    expect(nextAction(queue, 9)).toEqual({ kind: 'wait', until: 10 });
  });

  test('runs an open batch after closeLastBatch', () => {
    const queue = queueOf([1]);
    closeLastBatch(queue);
    expect(nextAction(queue, 0)).toEqual({ kind: 'run' });
  });
});

describe('removeTask', () => {
  test('gives the room back to an open batch', () => {
    const queue = queueOf([2, 1]);
    const batch = queue.batches[0]!;
    expect(removeTask(queue, batch, batch.tasks[0]!)).toBe(false);
    expect(sizesOf(queue)).toEqual([[1]]);
    expect(capacityError(queue, 3, 2)).toBeUndefined();
  });

  test('does not reopen a closed batch', () => {
    const queue = queueOf([2, 2]);
    removeTask(queue, queue.batches[0]!, queue.batches[0]!.tasks[0]!);
    addTask(queue, { size: 1 }, 0);
    expect(sizesOf(queue)).toEqual([[2], [1]]);
  });

  test('drops a batch with its last task', () => {
    const queue = queueOf([4, 1]);
    expect(removeTask(queue, queue.batches[0]!, queue.batches[0]!.tasks[0]!)).toBe(true);
    expect(sizesOf(queue)).toEqual([[1]]);
  });
});

describe('oldestTasks and takeOldest', () => {
  const sizes = (tasks: readonly QueuedTask[]): number[] => tasks.map((task) => task.size);

  test.each<[string, number[], number[]]>([
    ['the only batch', [1, 2], [1, 2]],
    ['a full batch', [1, 3, 1], [1, 3]],
    ['a batch that the next task does not fit into', [3, 2], [3]],
    ['nothing of an empty queue', [], []],
  ])('are %s', (_, queued, oldest) => {
    expect(sizes(oldestTasks(queueOf(queued)))).toEqual(oldest);
  });

  test('fill a batch that has lost tasks from the next, in order', () => {
    const queue = queueOf([2, 2, 1, 3]);
    removeTask(queue, queue.batches[0]!, queue.batches[0]!.tasks[0]!);
    expect(sizes(oldestTasks(queue))).toEqual([2, 1]);
    takeOldest(queue, 2);
    expect([sizesOf(queue), queue.batches[0]!.rows]).toEqual([[[3]], 3]);
  });

  test('leave the rest of a batch at the head, closed', () => {
    const queue = queueOf([1, 1, 1]);
    takeOldest(queue, 2);
    addTask(queue, { size: 1 }, 0);
    expect([sizesOf(queue), queue.batches[0]!.rows]).toEqual([[[1], [1]], 1]);
    expect(nextAction(queue, 0)).toEqual({ kind: 'run' });
  });

  test('hold no more tasks of zero rows than a batch does', () => {
    const queue = queueOf([1, 0, 0, 0, 0, 0]);
    removeTask(queue, queue.batches[0]!, queue.batches[0]!.tasks[0]!);
    expect(oldestTasks(queue)).toHaveLength(4);
  });
});

test('BatchQueue keeps order, bounds and one open batch for any tasks', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 4 })), (sizes) => {
      const queue = queueOf(sizes);
      expect(sizesOf(queue).flat()).toEqual(sizes);
      for (const [index, batch] of queue.batches.entries()) {
        expect(batch.rows).toBe(batch.tasks.reduce((sum, task) => sum + task.size, 0));
        expect(batch.rows).toBeLessThanOrEqual(4);
        expect(batch.tasks.length).toBeLessThanOrEqual(4);
        expect(batch.closed || index === queue.batches.length - 1).toBe(true);
      }
    }),
  );
});
