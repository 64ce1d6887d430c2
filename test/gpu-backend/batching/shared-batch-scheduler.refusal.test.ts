import { getEventListeners } from 'node:events';
import { Code, cancelled, NO_DEADLINE, openCall } from '@tensorfleet/core';
import { describe, expect, test } from 'vitest';
import { resolveBatchPolicy } from '../../../gpu-backend/src/batching/batch-policy.ts';
import { createBatchScheduler } from '../../../gpu-backend/src/batching/shared-batch-scheduler.ts';
import { NEVER_OVER, setUp } from './scheduler-under-test.ts';

describe('BatchScheduler admission', () => {
  test('rejects a task larger than a batch with INVALID_ARGUMENT', async () => {
    const { submit, scheduler } = setUp({ maxBatchSize: 4 });
    await expect(submit('a1', 5)).rejects.toMatchObject({
      code: Code.InvalidArgument,
      message: 'Task size 5 is larger than maximum input batch size 4',
    });
    expect(scheduler.queuedTasks).toBe(0);
  });

  test('rejects with UNAVAILABLE when the batches of all keys together are at the bound', async () => {
    const { submit, enqueue } = setUp({ maxEnqueuedBatches: 2 });
    enqueue('a1');
    enqueue('b1');
    await expect(submit('c1')).rejects.toMatchObject({
      code: Code.Unavailable,
      message: expect.stringContaining('currently 2 batches enqueued and max_enqueued_batches is 2'),
    });
  });

  test.each(['runs', 'is cancelled'])('has room again when a batch %s', async (ending) => {
    const { clock, loop, submit, enqueue, scheduler } = setUp({ maxEnqueuedBatches: 1 });
    const call = openCall(clock, 'r', NO_DEADLINE);
    enqueue('a1', 1, call.context);
    await expect(submit('b1')).rejects.toMatchObject({ code: Code.Unavailable });
    if (ending === 'runs') {
      await loop.run();
    } else {
      call.abort(cancelled('gone'));
    }
    enqueue('b1');
    expect(scheduler.queuedTasks).toBe(1);
  });

  test('rejects and never throws when the key cannot be computed', async () => {
    const { executor, clock, loop } = setUp();
    const scheduler = createBatchScheduler<string, string>({
      policy: resolveBatchPolicy(),
      keyOf: () => {
        throw new TypeError('no key');
      },
      execute: executor.execute,
      slots: 1,
      clock,
      defer: loop.defer,
    });
    await expect(scheduler.submit('a1', 1, NEVER_OVER)).rejects.toMatchObject({ code: Code.Internal });
  });
});

describe('BatchScheduler cancellation', () => {
  test('rejects a queued task at once with the reason of its signal and runs the others', async () => {
    const { clock, loop, executor, submit, enqueue, scheduler } = setUp();
    const call = openCall(clock, 'r', NO_DEADLINE);
    const gone = submit('a1', 1, call.context);
    enqueue('a2');
    call.abort(cancelled('the client left'));
    await expect(gone).rejects.toMatchObject({ code: Code.Cancelled, message: 'the client left' });
    expect(scheduler.queuedTasks).toBe(1);
    await loop.run();
    expect(executor.started).toEqual([['a2']]);
  });

  test('never executes a batch whose tasks all left', async () => {
    const { clock, loop, executor, enqueue } = setUp();
    const call = openCall(clock, 'r', NO_DEADLINE);
    enqueue('a1', 1, call.context);
    call.abort(cancelled('gone'));
    await loop.run();
    expect(executor.batches.length).toBe(0);
  });

  test('rejects a call whose deadline has passed before it is submitted', async () => {
    const { submit, scheduler } = setUp();
    await expect(submit('a1', 1, { ...NEVER_OVER, deadline: 0 })).rejects.toMatchObject({
      code: Code.DeadlineExceeded,
    });
    expect(scheduler.queuedTasks).toBe(0);
  });

  test('rejects a call whose signal has aborted before it is submitted', async () => {
    const { submit, scheduler } = setUp();
    const context = { ...NEVER_OVER, signal: AbortSignal.abort(cancelled('gone')) };
    await expect(submit('a1', 1, context)).rejects.toMatchObject({ code: Code.Cancelled, message: 'gone' });
    expect(scheduler.queuedTasks).toBe(0);
  });

  test('forgets a key whose tasks all left', async () => {
    const { clock, loop, executor, enqueue } = setUp();
    const call = openCall(clock, 'r', NO_DEADLINE);
    enqueue('a1', 1, call.context);
    enqueue('b1');
    call.abort(cancelled('gone'));
    enqueue('a2');
    await loop.run();
    expect(executor.started).toEqual([['b1']]); // a remembered key would have kept its place in the line
  });

  test('rejects a queued task when its deadline passes', async () => {
    const { clock, loop, executor, submit, enqueue } = setUp();
    enqueue('a1');
    await loop.run();
    using call = openCall(clock, 'r', 5);
    const late = submit('a2', 1, call.context);
    clock.advance(5);
    await expect(late).rejects.toMatchObject({ code: Code.DeadlineExceeded });
    executor.batches[0]!.finish(['A1']);
    await loop.run();
    expect(executor.batches.length).toBe(1);
  });

  test('does not run a task whose deadline passed before its timer fired', async () => {
    const { clock, loop, executor, submit, enqueue, scheduler } = setUp();
    const late = submit('a1', 1, { ...NEVER_OVER, deadline: 5 });
    enqueue('a2');
    clock.advance(5);
    await loop.run();
    await expect(late).rejects.toMatchObject({ code: Code.DeadlineExceeded });
    expect(executor.started).toEqual([['a2']]);
    expect(scheduler.queuedTasks).toBe(0);
  });

  test('leaves a running task to its batch', async () => {
    const { clock, loop, executor, submit } = setUp();
    const call = openCall(clock, 'r', NO_DEADLINE);
    const output = submit('a1', 1, call.context);
    await loop.run();
    call.abort(cancelled('gone'));
    executor.batches[0]!.finish(['A1']);
    expect(await output).toBe('A1');
  });

  test.each(['refused', 'cancelled', 'started', 'late'])(
    'leaves no listener on the signal of a task that was %s',
    async (ending) => {
      const { clock, loop, enqueue } = setUp({ maxBatchSize: 1 });
      const controller = new AbortController();
      const context = { requestId: 'r', deadline: 5, signal: controller.signal };
      enqueue('a1', ending === 'refused' ? 2 : 1, context);
      if (ending === 'cancelled') {
        controller.abort(cancelled('gone'));
      } else {
        clock.advance(ending === 'late' ? 5 : 0);
        await loop.run();
      }
      expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
    },
  );
});
