import { invalidArgument } from '@tensorfleet/core';
import type { ValueOf } from './message-type.ts';
import { BatchingParametersMessage } from './serving-messages.ts';
import { parseTextFormat } from './text-format.ts';

/** tensorflow.serving.BatchingParameters; what is undefined is not set. */
export interface BatchingParameters {
  readonly maxBatchSize: number | undefined;
  readonly batchTimeoutMicros: number | undefined;
  readonly maxEnqueuedBatches: number | undefined;
  readonly numBatchThreads: number | undefined;
  readonly threadPoolName: string | undefined;
  readonly allowedBatchSizes: readonly number[];
  readonly padVariableLengthInputs: boolean;
  readonly enableLargeBatchSplitting: boolean | undefined;
  readonly maxExecutionBatchSize: number | undefined;
}

/**
 * The BatchingParameters in a text; `place` says in errors where that is. Each number is in its range; whether they fit
 * together is not checked. Throws INVALID_ARGUMENT.
 */
export function batchingParametersFromText(text: string, place: string): BatchingParameters {
  return batchingParametersOf(parseTextFormat(BatchingParametersMessage, text, place));
}

/** The same from a message that was read. */
export function batchingParametersOf(message: ValueOf<typeof BatchingParametersMessage>): BatchingParameters {
  const enableLargeBatchSplitting = message.enable_large_batch_splitting?.value;
  const enqueued = message.max_enqueued_batches?.value;
  const parameters = {
    maxBatchSize: message.max_batch_size?.value,
    batchTimeoutMicros: message.batch_timeout_micros?.value,
    // As in TensorFlow Serving, none is one where large requests are not split.
    maxEnqueuedBatches: enqueued === 0 && enableLargeBatchSplitting !== true ? 1 : enqueued,
    numBatchThreads: message.num_batch_threads?.value,
    threadPoolName: message.thread_pool_name?.value,
    allowedBatchSizes: message.allowed_batch_sizes,
    padVariableLengthInputs: message.pad_variable_length_inputs,
    enableLargeBatchSplitting,
    maxExecutionBatchSize: message.max_execution_batch_size?.value,
  };
  checkAtLeast('num_batch_threads', parameters.numBatchThreads, 1);
  checkAtLeast('input_batch_size_limit', parameters.maxBatchSize, 1);
  checkAtLeast('batch_timeout_micros', parameters.batchTimeoutMicros, 0);
  checkAtLeast('max_enqueued_batches', parameters.maxEnqueuedBatches, 1);
  return parameters;
}

function checkAtLeast(name: string, value: number | undefined, min: 0 | 1): void {
  if (value !== undefined && value < min) {
    throw invalidArgument(`${name} must be ${min === 0 ? 'non-negative' : 'positive'}; was ${value}`);
  }
}
