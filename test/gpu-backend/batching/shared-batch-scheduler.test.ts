import { Code, cancelled, NO_DEADLINE, openCall } from '@tensorfleet/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NEVER_OVER, setUp } from './scheduler-under-test.ts';

describe('BatchScheduler dispatch', () => {
  test('runs what arrived in one turn as one batch, in order', async () => {
    const { loop, executor, submit } = setUp();
    const outputs = [submit('a1', 2), submit('a2', 3)];
    await loop.run();
    expect(executor.started).toEqual([['a1', 'a2']]);
    expect(executor.batches[0]!.rows).toBe(5);
    executor.batches[0]!.finish(['A1', 'A2']);
    expect(await Promise.all(outputs)).toEqual(['A1', 'A2']);
  });

  test('defers one turn for many tasks and starts nothing inside submit', () => {
    const { loop, executor, enqueue } = setUp({}, 4);
    enqueue('a1');
    enqueue('b1');
    expect([loop.due, executor.batches.length]).toEqual([1, 0]);
  });

  test('starts no more batches than slots and goes on when one ends', async () => {
    const { loop, executor, enqueue } = setUp({ maxBatchSize: 1 }, 2);
    for (const input of ['a1', 'a2', 'a3']) {
      enqueue(input);
    }
    await loop.run();
    expect(executor.started).toEqual([['a1'], ['a2']]);
    executor.batches[1]!.finish(['A2']);
    await loop.run();
    expect(executor.started).toEqual([['a1'], ['a2'], ['a3']]);
  });

  test('collects what arrives while the slots are busy', async () => {
    const { loop, executor, enqueue, scheduler } = setUp();
    enqueue('a1');
    await loop.run();
    enqueue('a2');
    enqueue('a3');
    await loop.run();
    expect([executor.batches.length, scheduler.queuedTasks]).toEqual([1, 2]);
    executor.batches[0]!.finish(['A1']);
    await loop.run();
    expect(executor.started[1]).toEqual(['a2', 'a3']);
    expect(scheduler.queuedTasks).toBe(0);
  });

  test('is saturated while tasks wait for a slot, not while they wait for company', async () => {
    const { loop, executor, enqueue, scheduler } = setUp({ maxBatchSize: 2, batchTimeoutMs: 10 });
    enqueue('a1');
    await loop.run();
    expect([scheduler.queuedTasks, scheduler.isSaturated]).toEqual([1, false]);
    enqueue('a2');
    await loop.run();
    expect([scheduler.queuedTasks, scheduler.isSaturated]).toEqual([0, false]);
    enqueue('a3');
    expect(scheduler.isSaturated).toBe(true);
    executor.batches[0]!.finish(['A1', 'A2']);
    await loop.run();
    expect(scheduler.isSaturated).toBe(false);
  });

  test('never mixes keys and lets them take turns', async () => {
    const { loop, executor, enqueue } = setUp({ maxBatchSize: 1 });
    for (const input of ['a1', 'a2', 'a3', 'b1', 'c1', 'b2']) {
      enqueue(input);
    }
    for (let batch = 0; batch < 6; batch++) {
      await loop.run();
      executor.batches[batch]!.finish(['done']);
    }
    expect(executor.started.flat()).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
  });

  test('runs tasks of zero rows', async () => {
    const { loop, executor, submit } = setUp();
    const output = submit('a1', 0);
    await loop.run();
    expect(executor.batches[0]!.rows).toBe(0);
    executor.batches[0]!.finish(['A1']);
    expect(await output).toBe('A1');
  });

  test('refuses to have no slots', () => {
    expect(() => setUp({}, 0)).toThrow('slots must be positive; was 0');
  });
});

describe('BatchScheduler batch timeout', () => {
  test('waits for company until the timeout, with one timer over all keys', async () => {
    const { clock, loop, executor, enqueue } = setUp({ batchTimeoutMs: 10 });
    enqueue('a1');
    enqueue('b1');
    await loop.run();
    expect(clock.armed).toBe(1);
    clock.advance(9);
    expect(executor.batches.length).toBe(0);
    clock.advance(1);
    expect(executor.started).toEqual([['a1']]);
  });

  test('runs a full batch before the timeout and disarms the timer', async () => {
    const { clock, loop, executor, enqueue } = setUp({ batchTimeoutMs: 10, maxBatchSize: 2 });
    enqueue('a1');
    await loop.run();
    enqueue('a2');
    await loop.run();
    expect(executor.started).toEqual([['a1', 'a2']]);
    expect(clock.armed).toBe(0);
  });

  test('lets a key that is due pass one that waits', async () => {
    const { clock, loop, executor, enqueue } = setUp({ batchTimeoutMs: 10, maxBatchSize: 2 });
    enqueue('a1');
    enqueue('b1', 2);
    await loop.run();
    expect(executor.started).toEqual([['b1']]);
    expect(clock.armed).toBe(0); // no slot is free: the end of the batch decides
    clock.advance(11);
    executor.batches[0]!.finish(['B1']);
    await loop.run();
    expect(executor.started).toEqual([['b1'], ['a1']]);
  });

  test('disarms the timer when the last task leaves', async () => {
    const { clock, loop, enqueue } = setUp({ batchTimeoutMs: 10 });
    const call = openCall(clock, 'r', NO_DEADLINE);
    enqueue('a1', 1, call.context);
    await loop.run();
    call.abort(cancelled('gone'));
    expect(clock.armed).toBe(0);
  });
});

describe('BatchScheduler failures', () => {
  test('fails one batch and goes on with the next', async () => {
    const { loop, executor, submit } = setUp({ maxBatchSize: 1 });
    const outputs = [submit('a1'), submit('a2')];
    await loop.run();
    executor.batches[0]!.fail(new RangeError('out of memory'));
    await expect(outputs[0]).rejects.toMatchObject({ code: Code.Internal, message: 'out of memory' });
    await loop.run();
    executor.batches[1]!.finish(['A2']);
    expect(await outputs[1]).toBe('A2');
  });
});

describe('BatchScheduler statistics', () => {
  test('reports every batch and teaches the cost model', async () => {
    const { clock, loop, executor, enqueue, stats, costs } = setUp({ maxBatchSize: 4, allowedBatchSizes: [2, 4] });
    enqueue('a1', 1);
    clock.advance(2);
    enqueue('a2', 2);
    enqueue('a3', 2);
    clock.advance(1);
    await loop.run();
    clock.advance(7);
    executor.batches[0]!.finish(['A1', 'A2']);
    await new Promise((resolve) => setImmediate(resolve));
    expect(stats).toEqual([
      { rows: 3, executedRows: 4, tasks: 2, queueMs: [3, 1], waitMs: 3, durationMs: 7, queuedTasks: 1 },
    ]);
    expect(costs.predictMs(['a'], 4)).toBe(7);
  });

  test('teaches the cost model nothing when a batch fails', async () => {
    const { loop, executor, enqueue, stats, costs } = setUp();
    enqueue('a1');
    await loop.run();
    executor.batches[0]!.fail(new Error('broken'));
    await loop.run();
    expect(stats.length).toBe(1);
    expect(costs.predictMs(['a'], 1)).toBeUndefined();
  });
});

describe('BatchScheduler close', () => {
  test('refuses new tasks, runs accepted ones without waiting for company, then resolves', async () => {
    const { loop, executor, submit, scheduler } = setUp({ batchTimeoutMs: 1000 });
    const accepted = submit('a1');
    let closed = false;
    const closing = scheduler.close().then(() => {
      closed = true;
    });
    await expect(submit('a2')).rejects.toMatchObject({ code: Code.Unavailable });
    await loop.run();
    expect([executor.batches.length, closed]).toEqual([1, false]);
    executor.batches[0]!.finish(['A1']);
    expect(await accepted).toBe('A1');
    await closing;
  });

  test('resolves at once when nothing is accepted, and again', async () => {
    const { scheduler } = setUp();
    await scheduler.close();
    await scheduler.close();
  });

  test('resolves when the last queued task leaves', async () => {
    const { clock, enqueue, scheduler } = setUp();
    const call = openCall(clock, 'r', NO_DEADLINE);
    enqueue('a1', 1, call.context);
    const closing = scheduler.close();
    call.abort(cancelled('gone'));
    await closing;
  });
});

const STEPS = fc.oneof(
  fc.record({ kind: fc.constant('submit' as const), key: fc.constantFrom('a', 'b'), size: fc.nat(3) }),
  fc.record({ kind: fc.constantFrom('cancel' as const, 'finish' as const), index: fc.nat(20) }),
  fc.record({ kind: fc.constantFrom('turn' as const, 'advance' as const) }),
);

test('BatchScheduler settles every task and forgets it, whatever happens in which order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(STEPS, { maxLength: 30 }), async (steps) => {
      const policy = { maxBatchSize: 3, batchTimeoutMs: 2, maxEnqueuedBatches: 3 };
      const { clock, loop, executor, scheduler, submit } = setUp(policy, 2);
      const tasks: { controller: AbortController; input: string; output: Promise<string> }[] = [];
      const finish = (index: number): void => {
        const batch = executor.batches[index];
        batch?.finish(batch.inputs);
      };
      for (const step of steps) {
        if (step.kind === 'submit') {
          const [input, controller] = [`${step.key}${tasks.length}`, new AbortController()];
          const output = submit(input, step.size, { ...NEVER_OVER, signal: controller.signal });
          tasks.push({ controller, input, output });
        } else if (step.kind === 'cancel') {
          tasks[step.index]?.controller.abort(cancelled('gone'));
        } else if (step.kind === 'finish') {
          finish(step.index);
        } else {
          clock.advance(1);
          await (step.kind === 'turn' ? loop.run() : undefined);
        }
      }
      const closing = scheduler.close();
      for (let index = 0; index <= tasks.length; index++) {
        await loop.run();
        finish(index);
      }
      await closing;
      const ran = executor.started.flat();
      const outcomes = await Promise.allSettled(tasks.map((task) => task.output));
      for (const [index, outcome] of outcomes.entries()) {
        expect(ran.includes(tasks[index]!.input)).toBe(outcome.status === 'fulfilled');
      }
      expect(new Set(ran).size).toBe(ran.length);
      expect([scheduler.queuedTasks, clock.armed]).toEqual([0, 0]);
    }),
  );
});
