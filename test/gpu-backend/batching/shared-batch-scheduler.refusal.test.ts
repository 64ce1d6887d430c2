import { getEventListeners } from 'node:events';
import { Code, cancelled, NO_DEADLINE, openCall } from '@tensorfleet/core';
import { describe, expect, test } from 'vitest';
import { ANY_BATCH } from '../../../gpu-backend/src/batching/batch-costs.ts';
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

/** A scheduler that knows that a batch takes `10 ms + 10 ms * rows`. */
function setUpWithCosts(policy: Parameters<typeof setUp>[0] = {}, slots = 1) {
  const bench = setUp(policy, slots);
  for (const rows of [1, 2, 8]) {
    bench.costs.observe([ANY_BATCH], rows, 10 + 10 * rows);
  }
  return bench;
}

describe('BatchScheduler prediction', () => {
  test('refuses at once what would miss its deadline behind what runs', async () => {
    const { loop, submit, enqueue, scheduler } = setUpWithCosts();
    enqueue('a1', 8);
    await loop.run();
    await expect(submit('a2', 1, { ...NEVER_OVER, deadline: 100 })).rejects.toMatchObject({
      code: Code.ResourceExhausted,
      details: { retryAfterMs: '21' }, // (90 + 20) * 1.1 - 100
    });
    expect(scheduler.queuedTasks).toBe(0);
    enqueue('a3', 1, { ...NEVER_OVER, deadline: 125 });
    expect(scheduler.queuedTasks).toBe(1);
  });

  test('refuses what would wait for longer than the target, and lets one wait for what runs', async () => {
    const { loop, submit, enqueue } = setUpWithCosts({ targetLatencyMs: 50 });
    enqueue('a1', 8);
    await loop.run();
    enqueue('a2');
    await expect(submit('a3')).rejects.toMatchObject({
      code: Code.ResourceExhausted,
      message: 'the request would wait for about 100 ms, target_latency_ms is 50',
    });
  });

  test('tries what is expected to be late while it is idle, and learns', async () => {
    const { clock, loop, executor, enqueue, costs } = setUpWithCosts();
    enqueue('a1', 8, { ...NEVER_OVER, deadline: 50 });
    await loop.run();
    clock.advance(5);
    executor.batches[0]!.finish(['A1']);
    await loop.run();
    expect(costs.predictMs(['a'], 8)).toBe(5);
  });

  test('does not run a task whose batch could not end in time any more', async () => {
    const { clock, loop, executor, submit, enqueue } = setUpWithCosts();
    enqueue('a1', 1);
    await loop.run();
    const late = submit('a2', 1, { ...NEVER_OVER, deadline: 50 });
    clock.advance(40);
    executor.batches[0]!.finish(['A1']);
    await loop.run();
    await expect(late).rejects.toMatchObject({
      code: Code.ResourceExhausted,
      message: 'Run() timeout exceeded while waiting in batching queue',
    });
    expect(executor.batches.length).toBe(1);
  });

  test('makes a batch small enough for the deadline of its oldest task, and runs the rest next', async () => {
    const { loop, executor, enqueue } = setUpWithCosts();
    enqueue('a1', 1, { ...NEVER_OVER, deadline: 45 });
    for (const input of ['a2', 'a3', 'a4']) {
      enqueue(input);
    }
    await loop.run();
    executor.batches[0]!.finish(['A1', 'A2', 'A3']);
    await loop.run();
    expect(executor.started).toEqual([['a1', 'a2', 'a3'], ['a4']]);
  });

  test('never refuses the later parts of a request for waiting', async () => {
    const { loop, enqueue, scheduler } = setUpWithCosts({ targetLatencyMs: 50 });
    enqueue('a1', 8);
    await loop.run();
    enqueue('a2');
    void scheduler.submit('a3', 1, NEVER_OVER, { isContinuation: true });
    expect(scheduler.queuedTasks).toBe(2);
  });

  test('tells beforehand what it would refuse, whatever the task', async () => {
    const { loop, enqueue, scheduler } = setUpWithCosts();
    expect(scheduler.refusal({ deadline: 1 })).toBeUndefined(); // idle: it would be tried
    enqueue('a1', 8);
    await loop.run();
    expect(scheduler.refusal({ deadline: 125 })).toBeUndefined();
    expect(scheduler.refusal({ deadline: 100 })).toMatchObject({ code: Code.ResourceExhausted });
    void scheduler.close();
    expect(scheduler.refusal({ deadline: 125 })).toMatchObject({ code: Code.Unavailable });
  });

  test('counts all parts of a large request against its deadline', async () => {
    const { loop, enqueue, scheduler } = setUpWithCosts({ maxBatchSize: 8 });
    enqueue('a1', 1);
    await loop.run();
    expect(scheduler.refusal({ deadline: 300 }, 8)).toBeUndefined();
    expect(scheduler.refusal({ deadline: 300 }, 24)).toMatchObject({ code: Code.ResourceExhausted });
  });

  test('spreads what is queued over its slots', async () => {
    const { loop, enqueue, scheduler } = setUpWithCosts({}, 2);
    enqueue('a1', 8);
    await loop.run();
    expect(scheduler.refusal({ deadline: 30 })).toBeUndefined();
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
