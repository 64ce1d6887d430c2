import type { Signature } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { resolveBatchPolicy } from '../../../../gpu-backend/src/batching/batch-policy.ts';
import { syntheticRuns } from '../../../../gpu-backend/src/model/warmup/synthetic-runs.ts';
import { signature } from '../../../support/tensors.ts';

const ROWS = signature({ x: ['FP32', [null, 4]] }, { y: ['FP32', [null]] });

function rowsOf(
  served: Signature,
  { batchable = true, allowedBatchSizes = [] as number[], maxBatchSize = 8 },
): readonly (readonly number[])[] {
  const profiles = new Map([[served.name, { oneRowMs: 2, fullBatchMs: undefined, batchable }]]);
  return syntheticRuns([served], { profiles, policy: { allowedBatchSizes, maxBatchSize } }).map(
    ({ rows, expectedMs }) => [rows, expectedMs],
  );
}

describe('syntheticRuns', () => {
  it('are one per allowed batch size', () => {
    expect(rowsOf(ROWS, { allowedBatchSizes: [2, 4, 8] })).toEqual([
      [2, 4],
      [4, 8],
      [8, 16],
    ]);
  });

  it('are one row and a full batch where any size is allowed', () => {
    expect(rowsOf(ROWS, {}).map(([rows]) => rows)).toEqual([1, 8]);
    expect(rowsOf(ROWS, { maxBatchSize: 1 }).map(([rows]) => rows)).toEqual([1]);
  });

  it('are one row for a signature that is not batched', () => {
    expect(rowsOf(ROWS, { batchable: false, allowedBatchSizes: [4, 8] })).toEqual([[1, 2]]);
  });

  it('leave out a signature that refused zeros', () => {
    const profiles = new Map([[ROWS.name, { oneRowMs: undefined, fullBatchMs: undefined, batchable: false }]]);

    expect(syntheticRuns([ROWS], { profiles, policy: resolveBatchPolicy() })).toEqual([]);
  });

  it('leave out sizes whose zeros take more than 64 MiB', () => {
    const large = signature({ x: ['FP32', [null, 2 ** 22]], s: ['STRING', [null]] }, { y: ['FP32', [null]] });

    expect(rowsOf(large, { allowedBatchSizes: [1, 3, 4, 8] }).map(([rows]) => rows)).toEqual([1, 3]);
  });
});
