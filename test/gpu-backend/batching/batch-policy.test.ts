import { Code } from '@tensorfleet/core';
import { describe, expect, test } from 'vitest';
import {
  type BatchPolicyOptions,
  executedRows,
  resolveBatchPolicy,
} from '../../../gpu-backend/src/batching/batch-policy.ts';

describe('resolveBatchPolicy', () => {
  test('fills in the defaults and freezes the result', () => {
    const policy = resolveBatchPolicy();
    expect(policy).toEqual({
      maxBatchSize: 64,
      maxRequestRows: Number.POSITIVE_INFINITY,
      batchTimeoutMs: 0,
      maxEnqueuedBatches: 100,
      allowedBatchSizes: [],
      padVariableLengthInputs: false,
      paddingValue: undefined,
      targetLatencyMs: 1000,
      sharesBatches: true,
    });
    expect(Object.isFrozen(policy) && Object.isFrozen(policy.allowedBatchSizes)).toBe(true);
  });

  test('keeps a copy of the allowed batch sizes', () => {
    const sizes = [1, 8];
    const policy = resolveBatchPolicy({ maxBatchSize: 8, allowedBatchSizes: sizes });
    sizes.push(9);
    expect(policy.allowedBatchSizes).toEqual([1, 8]);
  });

  test.each<[BatchPolicyOptions, string]>([
    [{ maxBatchSize: 0 }, 'max_batch_size must be positive; was 0'],
    [{ maxBatchSize: 1.5 }, 'max_batch_size must be positive; was 1.5'],
    [{ maxBatchSize: Number.POSITIVE_INFINITY }, 'max_batch_size must be positive; was Infinity'],
    [{ maxEnqueuedBatches: 0 }, 'max_enqueued_batches must be positive; was 0'],
    [{ batchTimeoutMs: -1 }, 'batch_timeout_micros must be non-negative; was -1000'],
    [{ batchTimeoutMs: Number.NaN }, 'batch_timeout_micros must be non-negative; was NaN'],
    [{ targetLatencyMs: 0 }, 'target_latency_ms must be positive; was 0'],
    [{ maxExecutionBatchSize: 0 }, 'max_execution_batch_size must be positive; was 0'],
    [
      { enableLargeBatchSplitting: true, maxBatchSize: 8, maxExecutionBatchSize: 9 },
      'input_batch_size_limit must be greater than or equal to max_execution_batch_size. They are 8 and 9',
    ],
    [{ maxBatchSize: 8, allowedBatchSizes: [0, 8] }, 'allowed_batch_sizes entry must be positive; was 0'],
    [{ maxBatchSize: 8, allowedBatchSizes: [4, 4, 8] }, 'must be monotonically increasing; 4 follows 4'],
    [{ maxBatchSize: 8, allowedBatchSizes: [2, 4] }, 'last entry was 4; expected 8'],
    [{ maxBatchSize: 8, allowedBatchSizes: [8, 16] }, 'last entry was 16; expected 8'],
  ])('refuses %j', (options, message) => {
    expect(() => resolveBatchPolicy(options)).toThrow(
      expect.objectContaining({ code: Code.InvalidArgument, message: expect.stringContaining(message) }),
    );
  });
});

describe('large requests', () => {
  test.each<[string, BatchPolicyOptions, { maxBatchSize: number; maxRequestRows: number }]>([
    ['run in parts', { maxBatchSize: 8 }, { maxBatchSize: 8, maxRequestRows: Number.POSITIVE_INFINITY }],
    [
      'are refused where splitting is off',
      { maxBatchSize: 8, maxExecutionBatchSize: 4, enableLargeBatchSplitting: false },
      { maxBatchSize: 8, maxRequestRows: 8 },
    ],
    [
      'run in parts of the execution size, up to the input limit, where splitting is on',
      { maxBatchSize: 8, maxExecutionBatchSize: 4, enableLargeBatchSplitting: true },
      { maxBatchSize: 4, maxRequestRows: 8 },
    ],
  ])('%s', (_, options, expected) => {
    expect(resolveBatchPolicy(options)).toMatchObject(expected);
  });
});

describe('executedRows', () => {
  test.each<[number, number[], number]>([
    [3, [1, 4, 8], 4],
    [4, [1, 4, 8], 4],
    [3, [], 3],
  ])('of %d rows with the allowed sizes %j are %d', (rows, allowedBatchSizes, executed) => {
    expect(executedRows(resolveBatchPolicy({ maxBatchSize: 8, allowedBatchSizes }), rows)).toBe(executed);
  });
});
