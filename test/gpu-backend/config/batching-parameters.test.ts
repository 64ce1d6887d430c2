import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { batchingParametersFromText } from '@tensorfleet/codecs';
import { Code } from '@tensorfleet/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  batchPolicyOptions,
  readVersionBatchingParameters,
} from '../../../gpu-backend/src/config/batching-parameters.ts';

describe('batchPolicyOptions', () => {
  it('has what is set, with times in milliseconds', () => {
    const text = `max_batch_size { value: 8 } batch_timeout_micros { value: 500 } max_enqueued_batches { value: 3 }
      allowed_batch_sizes: [4, 8] pad_variable_length_inputs: true enable_large_batch_splitting { value: true }
      max_execution_batch_size { value: 4 }`;
    expect(batchPolicyOptions(batchingParametersFromText(text, 'f'))).toEqual({
      maxBatchSize: 8,
      batchTimeoutMs: 0.5,
      maxEnqueuedBatches: 3,
      allowedBatchSizes: [4, 8],
      padVariableLengthInputs: true,
      enableLargeBatchSplitting: true,
      maxExecutionBatchSize: 4,
    });
  });
});

describe('readVersionBatchingParameters', () => {
  let version: string;
  beforeEach(() => {
    version = mkdtempSync(join(tmpdir(), 'tensorfleet-version-'));
  });
  afterEach(() => rmSync(version, { recursive: true }));

  it('has none of a version without the file', () => {
    expect(readVersionBatchingParameters(version)).toBeUndefined();
  });

  it('reads the file beside the model', () => {
    writeFileSync(join(version, 'batching_params.pbtxt'), 'max_batch_size { value: 2 }');
    expect(readVersionBatchingParameters(version)).toMatchObject({ maxBatchSize: 2 });
  });

  it('names the file that is wrong', () => {
    writeFileSync(join(version, 'batching_params.pbtxt'), 'max_batch { }');
    expect(() => readVersionBatchingParameters(version)).toThrow(
      expect.objectContaining({
        code: Code.InvalidArgument,
        message: expect.stringContaining(`has no field "max_batch" (in ${version}/batching_params.pbtxt)`),
      }),
    );
  });
});
