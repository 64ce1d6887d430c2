import { openCall } from '@tensorfleet/core';
import { describe, expect, test } from 'vitest';
import { setUp } from './scheduler-under-test.ts';

const NO_DEADLINE = Number.POSITIVE_INFINITY;

describe('the trace of a call', () => {
  test('tells the rows, the time in the queue and the time in the batch, before the call goes on', async () => {
    const { clock, loop, executor, submit } = setUp({ maxBatchSize: 4 });
    const { context } = openCall(clock, 'r', NO_DEADLINE);
    const answered = submit('a1', 3, context).then(() => ({ ...context.trace }));
    clock.advance(5);
    await loop.run();
    clock.advance(20);
    executor.batches[0]?.finish(['A1']);
    expect(await answered).toMatchObject({ rows: 3, queueMs: 5, runMs: 20 });
  });

  test('adds up what the parts of one call waited and ran', async () => {
    const { clock, loop, executor, submit } = setUp({ maxBatchSize: 4 });
    const { context } = openCall(clock, 'r', NO_DEADLINE);
    for (const index of [0, 1]) {
      const answered = submit('a', 4, context);
      clock.advance(1);
      await loop.run();
      clock.advance(10);
      executor.batches[index]?.finish(['A']);
      await answered;
    }
    expect(context.trace).toMatchObject({ rows: 8, queueMs: 2, runMs: 20 });
  });

  test('tells how long a task waited that never ran', async () => {
    const { clock, loop, submit } = setUp({ maxBatchSize: 4 });
    void submit('a', 4);
    await loop.run();
    const { context } = openCall(clock, 'r', 30);
    await Promise.allSettled([submit('b', 1, context), clock.advance(30)]);
    expect(context.trace).toMatchObject({ queueMs: 30, runMs: 0 });
  });
});
