import type { Manifest } from '@tensorfleet/repository';
import {
  type BatchPolicy,
  type BatchPolicyOptions,
  resolveBatchPolicy,
  TENSORFLOW_SERVING_BATCHING,
} from '../batching/batch-policy.ts';

/** What the server was told of batching, whatever the version. */
export interface BatchingSettings {
  /** True: as TensorFlow Serving's parameters say; false: no request shares a run; undefined: as we find best. */
  readonly isEnabled?: boolean | undefined;
  /** The parameters of batching_parameters_file. */
  readonly parameters?: BatchPolicyOptions;
  /** Parameters are those of the version's own file; a version without it is not batched. */
  readonly isPerVersion?: boolean;
  /** Single parameters, from the command line or the configuration file. */
  readonly overrides?: BatchPolicyOptions;
  readonly targetLatencyMs?: number;
}

/**
 * The policy of one version. Later ones win: the defaults (TensorFlow Serving's where batching is enabled as there),
 * the version's manifest, the parameters of its own file or else of the server's, single settings of the server. The
 * target latency is the manifest's, else the server's. Throws INVALID_ARGUMENT when they do not fit together.
 */
export function versionPolicy(
  settings: BatchingSettings,
  manifest: Manifest | undefined,
  ownParameters: BatchPolicyOptions | undefined,
): BatchPolicy {
  const { isEnabled, isPerVersion = false, overrides, targetLatencyMs } = settings;
  const parameters = isPerVersion ? ownParameters : settings.parameters;
  return resolveBatchPolicy({
    ...((isEnabled === true || parameters !== undefined) && TENSORFLOW_SERVING_BATCHING),
    ...(targetLatencyMs !== undefined && { targetLatencyMs }),
    ...manifestOptions(manifest),
    ...parameters,
    ...overrides,
    sharesBatches: isEnabled !== false && !(isPerVersion && ownParameters === undefined),
  });
}

function manifestOptions(manifest: Manifest | undefined): BatchPolicyOptions {
  const { batching = {} } = manifest ?? {};
  const options = {
    maxBatchSize: batching.max_batch_size,
    batchTimeoutMs: batching.batch_timeout_micros === undefined ? undefined : batching.batch_timeout_micros / 1000,
    maxEnqueuedBatches: batching.max_enqueued_batches,
    allowedBatchSizes: batching.allowed_batch_sizes,
    padVariableLengthInputs: batching.pad_variable_length_inputs,
    paddingValue: batching.padding_value,
    enableLargeBatchSplitting: batching.enable_large_batch_splitting,
    maxExecutionBatchSize: batching.max_execution_batch_size,
    targetLatencyMs: batching.target_latency_ms,
  };
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
