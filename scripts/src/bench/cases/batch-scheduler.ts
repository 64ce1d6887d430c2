import { NO_DEADLINE, openCall, systemClock } from '@tensorfleet/core';
import { createBatchScheduler, resolveBatchPolicy } from '@tensorfleet/gpu-backend';
import type { BenchCase } from '../bench-case.ts';
import { microContest } from '../micro-contest.ts';

const CONCURRENCY = [1, 64] as const;

/** Answers at once, so that what is left is the scheduler's own cost. */
const execute = async (inputs: readonly number[]): Promise<readonly number[]> => inputs;

/** What a task pays for being queued, when batching brings it nothing: this can only lose. */
export const BATCH_SCHEDULER_CASES: readonly BenchCase[] = CONCURRENCY.map((concurrency) => ({
  name: `batch-scheduler/submit/${concurrency}`,
  against: 'the executor, called per task',
  open() {
    const scheduler = createBatchScheduler<number, number>({
      policy: resolveBatchPolicy({ maxBatchSize: 64 }),
      keyOf: () => 'all',
      execute,
      slots: 1,
      clock: systemClock,
      defer: (run) => void setImmediate(run),
    });
    const calls = Array.from({ length: concurrency }, (_, index) => ({
      index,
      context: openCall(systemClock, String(index), NO_DEADLINE).context,
    }));
    return microContest({
      metric: 'tasks/s',
      opsPerCall: concurrency,
      ours: () => Promise.all(calls.map(({ index, context }) => scheduler.submit(index, 1, context))),
      theirs: () => Promise.all(calls.map(({ index }) => execute([index]))),
    });
  },
}));
