import { join } from 'node:path';
import { type BatchingParameters, batchingParametersFromText } from '@tensorfleet/codecs';
import { Code, StatusError } from '@tensorfleet/core';
import type { BatchPolicyOptions } from '../batching/batch-policy.ts';
import { readTextFile } from './text-file.ts';

const MICROS_PER_MILLI = 1000;
/** Of one version, where enable_per_model_batching_parameters is set. */
const OWN_FILE = 'batching_params.pbtxt';

/** Reads `batching_parameters_file`. Throws a StatusError that names the flag, the file and what is wrong with it. */
export function readBatchingParametersFile(path: string): BatchingParameters {
  const { text, place } = readTextFile('batching_parameters_file', path);
  return batchingParametersFromText(text, place);
}

/** The parameters in a version's own file; undefined when it has none. Throws a StatusError for one that is wrong. */
export function readVersionBatchingParameters(directory: string): BatchPolicyOptions | undefined {
  try {
    const { text, place } = readTextFile('enable_per_model_batching_parameters', join(directory, OWN_FILE));
    return batchPolicyOptions(batchingParametersFromText(text, place));
  } catch (error) {
    if (StatusError.is(error) && error.code === Code.NotFound) {
      return undefined;
    }
    throw error;
  }
}

/** What is set of them, in our units. The threads are not among it: `workers_per_model` counts them. */
export function batchPolicyOptions(parameters: BatchingParameters): BatchPolicyOptions {
  const { batchTimeoutMicros, allowedBatchSizes, maxBatchSize, maxEnqueuedBatches } = parameters;
  const { padVariableLengthInputs, enableLargeBatchSplitting, maxExecutionBatchSize } = parameters;
  return {
    allowedBatchSizes,
    padVariableLengthInputs,
    ...(maxBatchSize !== undefined && { maxBatchSize }),
    ...(batchTimeoutMicros !== undefined && { batchTimeoutMs: batchTimeoutMicros / MICROS_PER_MILLI }),
    ...(maxEnqueuedBatches !== undefined && { maxEnqueuedBatches }),
    ...(enableLargeBatchSplitting !== undefined && { enableLargeBatchSplitting }),
    ...(maxExecutionBatchSize !== undefined && { maxExecutionBatchSize }),
  };
}

/** What is set of them and has no effect here. */
export function batchingWithoutEffect({ numBatchThreads, threadPoolName }: BatchingParameters): readonly string[] {
  return [
    ...(numBatchThreads === undefined ? [] : ['num_batch_threads']),
    ...(threadPoolName === undefined ? [] : ['thread_pool_name']),
  ];
}
