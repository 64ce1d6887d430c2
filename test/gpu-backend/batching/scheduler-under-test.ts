import { type CallContext, NO_DEADLINE } from '@tensorfleet/core';
import { createBatchCosts } from '../../../gpu-backend/src/batching/batch-costs.ts';
import { type BatchPolicyOptions, resolveBatchPolicy } from '../../../gpu-backend/src/batching/batch-policy.ts';
import { type BatchStats, createBatchScheduler } from '../../../gpu-backend/src/batching/shared-batch-scheduler.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { ManualExecutor } from '../../fakes/manual-executor.ts';
import { ManualLoop } from '../../fakes/manual-loop.ts';

export const NEVER_OVER: CallContext = { requestId: 'r', deadline: NO_DEADLINE, signal: new AbortController().signal };

/** A scheduler of strings: the first letter is the batch key, the executor answers what the test says. */
export function setUp(policy: BatchPolicyOptions = {}, slots = 1) {
  const clock = new FakeClock();
  const loop = new ManualLoop();
  const executor = new ManualExecutor<string, string>();
  const costs = createBatchCosts();
  const stats: BatchStats[] = [];
  const scheduler = createBatchScheduler<string, string>({
    policy: resolveBatchPolicy(policy),
    keyOf: (input) => input.charAt(0),
    execute: executor.execute,
    slots,
    clock,
    defer: loop.defer,
    costs,
    onBatch: (batch) => stats.push(batch),
  });
  const submit = (input: string, size = 1, context = NEVER_OVER) => {
    const output = scheduler.submit(input, size, context);
    output.catch(() => undefined); // awaited later, or refused on purpose
    return output;
  };
  const enqueue = (input: string, size?: number, context?: CallContext) => {
    void submit(input, size, context);
  };
  return { clock, loop, executor, costs, stats, scheduler, submit, enqueue };
}
