import { Code, NO_DEADLINE, notFound, type StatusError } from '@tensorfleet/core';
import { describe, expect, test } from 'vitest';
import { type BatchTask, type ExecuteBatch, runBatch } from '../../../gpu-backend/src/batching/batch-task.ts';

type Outcome = string | StatusError | undefined;

/** Runs one batch of the inputs and tells how each task ended. */
async function outcomesOf(inputs: readonly string[], execute: ExecuteBatch<string, string>): Promise<Outcome[]> {
  const outcomes: Outcome[] = inputs.map(() => undefined);
  const tasks = inputs.map((input, index): BatchTask<string, string> => {
    const end = (outcome: Outcome): void => {
      outcomes[index] = outcome;
    };
    const context = { requestId: input, deadline: NO_DEADLINE, signal: new AbortController().signal };
    return {
      input,
      size: 1,
      context,
      queuedAt: 0,
      isTrial: false,
      resolve: end,
      reject: end,
      onAbort: () => undefined,
    };
  });
  await runBatch(tasks, inputs.length, execute);
  return outcomes;
}

describe('runBatch', () => {
  test('gives each task its own output', async () => {
    expect(await outcomesOf(['a', 'b'], async (batch, rows) => batch.map((input) => `${input}${rows}`))).toEqual([
      'a2',
      'b2',
    ]);
  });

  test('fails only the task whose output is a StatusError', async () => {
    const outcomes = await outcomesOf(['a', 'b'], async () => [notFound('no label'), 'B']);
    expect(outcomes).toEqual([expect.objectContaining({ code: Code.NotFound, message: 'no label' }), 'B']);
  });

  test.each([
    [[], 0],
    [['A'], 1],
    [['A', 'B', 'C'], 3],
  ])('fails every task with INTERNAL and both counts when the outputs are %j', async (outputs, count) => {
    const failure = expect.objectContaining({
      code: Code.Internal,
      message: `the batch executor returned ${count} outputs for 2 tasks`,
    });
    expect(await outcomesOf(['a', 'b'], async () => outputs)).toEqual([failure, failure]);
  });

  test('fails every task with the error that the executor rejects with', async () => {
    const failure = expect.objectContaining({ code: Code.NotFound, message: 'no session' });
    expect(await outcomesOf(['a', 'b'], () => Promise.reject(notFound('no session')))).toEqual([failure, failure]);
  });

  test('fails every task with INTERNAL when the executor throws at once', async () => {
    const outcomes = await outcomesOf(['a'], () => {
      throw new RangeError('out of memory');
    });
    expect(outcomes).toEqual([expect.objectContaining({ code: Code.Internal, message: 'out of memory' })]);
  });
});
