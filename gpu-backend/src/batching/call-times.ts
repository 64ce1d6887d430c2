import type { Clock } from '@tensorfleet/core';
import type { BatchTask, ExecuteBatch } from './batch-task.ts';

/** The task leaves the queue, to run or not: its call's trace learns what it waited. */
export function traceQueued<In, Out>(
  { size, queuedAt, context: { trace } }: BatchTask<In, Out>,
  clock: Pick<Clock, 'now'>,
): void {
  if (trace !== undefined) {
    trace.rows += size;
    trace.queueMs += clock.now() - queuedAt;
  }
}

/** `execute`, after which the trace of every task's call knows how long its batch ran. */
export function traceRuns<In, Out>(
  tasks: readonly BatchTask<In, Out>[],
  clock: Pick<Clock, 'now'>,
  execute: ExecuteBatch<In, Out>,
): ExecuteBatch<In, Out> {
  return async (inputs, rows) => {
    const startedAt = clock.now();
    try {
      return await execute(inputs, rows);
    } finally {
      const runMs = clock.now() - startedAt;
      for (const { context } of tasks) {
        if (context.trace !== undefined) {
          context.trace.runMs += runMs;
        }
      }
    }
  };
}
