import { Code } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { batchingParametersFromText } from '../../../../layers/codecs/src/config/batching-parameters.ts';

describe('batchingParametersFromText', () => {
  it('tells what is unset from what is 0', () => {
    expect(batchingParametersFromText('batch_timeout_micros {}', 'f')).toEqual({
      maxBatchSize: undefined,
      batchTimeoutMicros: 0,
      maxEnqueuedBatches: undefined,
      numBatchThreads: undefined,
      threadPoolName: undefined,
      allowedBatchSizes: [],
      padVariableLengthInputs: false,
      enableLargeBatchSplitting: undefined,
      maxExecutionBatchSize: undefined,
    });
  });

  it("reads TensorFlow Serving's example", () => {
    const text = `max_batch_size { value: 128 }
      batch_timeout_micros { value: 0 }
      max_enqueued_batches { value: 1000000 }
      num_batch_threads { value: 8 }`;
    expect(batchingParametersFromText(text, 'f')).toMatchObject({
      maxBatchSize: 128,
      batchTimeoutMicros: 0,
      maxEnqueuedBatches: 1_000_000,
      numBatchThreads: 8,
    });
  });

  it('takes no enqueued batches for one, unless large requests are split', () => {
    expect(batchingParametersFromText('max_enqueued_batches {}', 'f').maxEnqueuedBatches).toBe(1);
  });

  it.each([
    ['num_batch_threads {}', 'num_batch_threads must be positive; was 0'],
    ['max_batch_size { value: 0 }', 'input_batch_size_limit must be positive; was 0'],
    ['batch_timeout_micros { value: -1 }', 'batch_timeout_micros must be non-negative; was -1'],
    [
      'max_enqueued_batches {} enable_large_batch_splitting { value: true }',
      'max_enqueued_batches must be positive; was 0',
    ],
    ['max_batch_size: 1', 'Error parsing text-format tensorflow.serving.BatchingParameters: 1:17: '],
  ])('refuses %s', (text, message) => {
    expect(() => batchingParametersFromText(text, 'f')).toThrow(
      expect.objectContaining({ code: Code.InvalidArgument, message: expect.stringContaining(message) }),
    );
  });
});
