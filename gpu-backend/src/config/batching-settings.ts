import { DEFAULT_BATCH_POLICY } from '../batching/batch-policy.ts';
import { flag, real, text, whole } from './values.ts';

/** How requests share runs of a model, and which are refused. */
export const batchingSettings = {
  enable_batching: flag
    .optional()
    .describe(
      'true: as batching_parameters_file says; false: every request runs alone; unset: batches of what waits while the model is busy',
    ),
  batching_parameters_file: text.describe('BatchingParameters in protobuf text format; needs enable_batching'),
  enable_per_model_batching_parameters: flag
    .prefault(false)
    .describe('read batching_params.pbtxt of each version; one without it is not batched'),
  target_latency_ms: real(0.001, 86_400_000)
    .prefault(1000)
    .describe(
      'milliseconds that a request may have to wait for others, by prediction; beyond, or beyond its own deadline, it is refused at once',
    ),
  max_batch_size: whole(1, 1_000_000)
    .optional()
    .describe(
      `rows of one batch, ${DEFAULT_BATCH_POLICY.maxBatchSize} unless the manifest says otherwise; larger requests run in parts`,
    ),
  batch_timeout_micros: whole(0)
    .optional()
    .describe(
      'microseconds that a batch waits for company; unset or 0 runs what has arrived as soon as an executor is idle',
    ),
  max_enqueued_batches: whole(1, 1_000_000)
    .optional()
    .describe(
      `batches that may wait per version, ${DEFAULT_BATCH_POLICY.maxEnqueuedBatches} unless the manifest says otherwise; beyond: UNAVAILABLE`,
    ),
};
