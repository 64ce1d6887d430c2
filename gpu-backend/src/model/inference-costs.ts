import type { Signature } from '@tensorfleet/core';
import { ANY_BATCH, type BatchCosts, createBatchCosts } from '../batching/batch-costs.ts';
import { type BatchPolicy, executedRows } from '../batching/batch-policy.ts';
import type { InferenceTask } from './inference-batch.ts';
import type { SessionDescription } from './inference-messages.ts';
import { zeroInputs } from './session-profile.ts';
import { batchKeyOf } from './tensor-batching.ts';

/** Keys of what a task costs: its shapes, else its signature. */
export function costKeysOf({ costKey, signature }: InferenceTask): readonly string[] {
  return [costKey, signatureKey(signature)];
}

/** What running the version at load time has shown. It was run with the shortest of inputs, which say nothing of longer ones. */
export function profiledCosts({ signatures, profiles }: SessionDescription, policy: BatchPolicy): BatchCosts {
  const costs = createBatchCosts();
  for (const [name, { oneRowMs, twoRowsMs, fullBatchMs }] of profiles) {
    const signature = signatures.get(name);
    if (signature === undefined || hasVariableLength(signature)) {
      continue;
    }
    const keys = [batchKeyOf(name, zeroInputs(signature, 1)), signatureKey(name), ANY_BATCH];
    const timed = [
      [1, oneRowMs],
      [2, twoRowsMs],
      [executedRows(policy, policy.maxBatchSize), fullBatchMs],
    ] as const;
    for (const [rows, ms] of timed) {
      if (ms !== undefined) {
        costs.observe(keys, rows, ms);
      }
    }
  }
  return costs;
}

function signatureKey(name: string): string {
  return `signature ${name}`;
}

function hasVariableLength({ inputs }: Signature): boolean {
  return [...inputs.values()].some(({ shape }) => shape?.some((size, axis) => size === null && axis > 0) ?? true);
}
