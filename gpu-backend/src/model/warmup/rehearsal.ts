import { internal, type NamedTensors, StatusError, throwIfOver } from '@tensorfleet/core';
import type { BatchScheduler } from '../../batching/batch-scheduler.ts';
import type { InferenceTask } from '../inference-batch.ts';

type Execute = (tasks: readonly InferenceTask[], rows: number) => Promise<readonly (NamedTensors | StatusError)[]>;

/**
 * Runs every task at once and alone, padded as a batch would be: what rehearses has no company to wait for. Each run
 * begins in a turn of its own (`defer`), so that requests of other models get theirs in between.
 */
export function rehearsalScheduler(
  execute: Execute,
  defer: (run: () => void) => void,
): BatchScheduler<InferenceTask, NamedTensors> {
  return {
    queuedTasks: 0,
    isSaturated: false,
    refusal: () => undefined,
    async submit(task, rows, context) {
      await new Promise<void>(defer);
      throwIfOver(context);
      const [result = internal('a rehearsed run has no result')] = await execute([task], rows);
      if (StatusError.is(result)) {
        throw result;
      }
      return result;
    },
    close: () => Promise.resolve(),
  };
}
