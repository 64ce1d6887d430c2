import { describe, expect, it } from 'vitest';
import type { BatchPolicy } from '../../../gpu-backend/src/batching/batch-policy.ts';
import { type BatchingSettings, versionPolicy } from '../../../gpu-backend/src/model/version-policy.ts';
import type { Manifest } from '../../../layers/repository/src/format/manifest.ts';

const NO_PARAMETERS = undefined;

function manifest(batching: Manifest['batching']): Manifest {
  return { format: 1, batching };
}

describe('versionPolicy', () => {
  it.each<[string, BatchingSettings, Partial<BatchPolicy>]>([
    ['our defaults', {}, { maxBatchSize: 64, maxEnqueuedBatches: 100, maxRequestRows: Number.POSITIVE_INFINITY }],
    [
      "TensorFlow Serving's defaults where batching is enabled",
      { isEnabled: true },
      { maxBatchSize: 1000, maxEnqueuedBatches: 10, maxRequestRows: 1000, sharesBatches: true },
    ],
    [
      'the parameters of the file over them',
      { isEnabled: true, parameters: { maxBatchSize: 128, batchTimeoutMs: 2 } },
      { maxBatchSize: 128, batchTimeoutMs: 2, maxEnqueuedBatches: 10 },
    ],
    ['requests alone where batching is disabled', { isEnabled: false }, { sharesBatches: false, maxBatchSize: 64 }],
    [
      'requests alone where parameters belong to versions, and this one has none',
      { isEnabled: true, isPerVersion: true, parameters: { maxBatchSize: 128 } },
      { sharesBatches: false, maxBatchSize: 1000 },
    ],
    [
      'single settings over the file',
      { isEnabled: true, parameters: { maxBatchSize: 128 }, overrides: { maxBatchSize: 16 } },
      { maxBatchSize: 16 },
    ],
  ])('has %s', (_, settings, expected) => {
    expect(versionPolicy(settings, undefined, NO_PARAMETERS)).toMatchObject(expected);
  });

  it("has the version's own parameters, not the server's, where parameters belong to versions", () => {
    const settings = { isEnabled: true, isPerVersion: true, parameters: { maxBatchSize: 128, batchTimeoutMs: 5 } };
    expect(versionPolicy(settings, undefined, { maxBatchSize: 32 })).toMatchObject({
      maxBatchSize: 32,
      batchTimeoutMs: 0,
      sharesBatches: true,
    });
  });

  it('has every key of the manifest', () => {
    const own = manifest({
      max_batch_size: 8,
      batch_timeout_micros: 1500,
      max_enqueued_batches: 3,
      allowed_batch_sizes: [4, 8],
      pad_variable_length_inputs: true,
      padding_value: -1,
      enable_large_batch_splitting: true,
      max_execution_batch_size: 4,
      target_latency_ms: 20,
    });
    expect(versionPolicy({}, own, NO_PARAMETERS)).toEqual({
      maxBatchSize: 4,
      maxRequestRows: 8,
      batchTimeoutMs: 1.5,
      maxEnqueuedBatches: 3,
      allowedBatchSizes: [4, 8],
      padVariableLengthInputs: true,
      paddingValue: -1,
      targetLatencyMs: 20,
      sharesBatches: true,
    });
  });

  it("lets the server's parameters win over the manifest, but not its target latency", () => {
    const settings = { isEnabled: true, parameters: { maxBatchSize: 128 }, targetLatencyMs: 500 };
    const own = manifest({ max_batch_size: 8, target_latency_ms: 20 });
    expect(versionPolicy(settings, own, NO_PARAMETERS)).toMatchObject({ maxBatchSize: 128, targetLatencyMs: 20 });
    expect(versionPolicy(settings, undefined, NO_PARAMETERS)).toMatchObject({ targetLatencyMs: 500 });
  });
});
