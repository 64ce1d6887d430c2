import { invalidArgument } from '@tensorfleet/core';

/** How tasks become batches; the names are TensorFlow Serving's BatchingParameters, and where it has none, our own. */
export interface BatchPolicyOptions {
  /**
   * Rows (and tasks) of one batch; an integer >= 1. Default 64: beyond that the gain per row is small on the engines
   * measured, while the first task of a batch waits for the last. Sensible: 1 to 1024.
   */
  readonly maxBatchSize?: number;
  /**
   * Milliseconds that a batch which is not full waits for company after its first task; finite, >= 0. Default 0: what
   * has arrived runs as soon as an executor is idle. Sensible: 0, or up to a tenth of the time one batch takes.
   */
  readonly batchTimeoutMs?: number;
  /**
   * Batches that may wait, over all batch keys together; an integer >= 1. Default 100, not TensorFlow Serving's 10: its
   * batches hold 1000 rows by default and ours 64, and every shape that clients send takes a batch of its own here.
   * A bound on memory; what bounds waiting is `targetLatencyMs`.
   */
  readonly maxEnqueuedBatches?: number;
  /**
   * Row counts that batches are padded up to, ascending, the last one equal to maxBatchSize. Default none: no padding.
   * The queue only carries them; padding happens where batches are concatenated.
   */
  readonly allowedBatchSizes?: readonly number[];
  /**
   * Whether a request with more rows than a batch runs in parts. Default: it does, whatever its size. False refuses
   * it; true runs requests of up to `maxBatchSize` rows in parts of `maxExecutionBatchSize`, as TensorFlow Serving does.
   */
  readonly enableLargeBatchSplitting?: boolean;
  /** Rows of one batch where large requests are split; at most `maxBatchSize`, which is the default. */
  readonly maxExecutionBatchSize?: number;
  /** Pads all dimensions but the first to the largest of the batch, so that requests of unequal shapes share one. */
  readonly padVariableLengthInputs?: boolean;
  /** What variable-length inputs are padded with; default the first element of the tensor that is padded. */
  readonly paddingValue?: number;
  /**
   * Milliseconds that a task may have to wait for others, by prediction: beyond that it is refused at once, and batches
   * are kept small enough for it. Default 1000; Infinity for no such bound.
   */
  readonly targetLatencyMs?: number;
  /** Whether requests share batches at all. Default true. */
  readonly sharesBatches?: boolean;
}

/** Complete and checked; made by resolveBatchPolicy only. */
export interface BatchPolicy {
  /** Rows, and tasks, of one batch. */
  readonly maxBatchSize: number;
  /** Rows of one request; Infinity where any number of them runs in parts. */
  readonly maxRequestRows: number;
  readonly batchTimeoutMs: number;
  readonly maxEnqueuedBatches: number;
  readonly allowedBatchSizes: readonly number[];
  readonly padVariableLengthInputs: boolean;
  readonly paddingValue: number | undefined;
  readonly targetLatencyMs: number;
  readonly sharesBatches: boolean;
}

/** What holds where nobody says otherwise. */
export const DEFAULT_BATCH_POLICY = Object.freeze({
  maxBatchSize: 64,
  batchTimeoutMs: 0,
  maxEnqueuedBatches: 100,
  allowedBatchSizes: [],
  padVariableLengthInputs: false,
  targetLatencyMs: 1000,
  sharesBatches: true,
}) satisfies BatchPolicyOptions;

/** What TensorFlow Serving's parameters default to. */
export const TENSORFLOW_SERVING_BATCHING = Object.freeze({
  maxBatchSize: 1000,
  batchTimeoutMs: 0,
  maxEnqueuedBatches: 10,
  enableLargeBatchSplitting: false,
}) satisfies BatchPolicyOptions;

/** Fills in the defaults; throws INVALID_ARGUMENT that names the value and its bound. The result is frozen. */
export function resolveBatchPolicy(options: BatchPolicyOptions = {}): BatchPolicy {
  const resolved = { ...DEFAULT_BATCH_POLICY, ...options };
  const { maxBatchSize, batchTimeoutMs, maxEnqueuedBatches, allowedBatchSizes, targetLatencyMs } = resolved;
  checkPositive('max_batch_size', maxBatchSize);
  checkPositive('max_enqueued_batches', maxEnqueuedBatches);
  if (!Number.isFinite(batchTimeoutMs) || batchTimeoutMs < 0) {
    throw invalidArgument(`batch_timeout_micros must be non-negative; was ${batchTimeoutMs * 1000}`);
  }
  if (!(targetLatencyMs > 0)) {
    throw invalidArgument(`target_latency_ms must be positive; was ${targetLatencyMs}`);
  }
  checkAllowedBatchSizes(allowedBatchSizes, maxBatchSize);
  const { padVariableLengthInputs, paddingValue, sharesBatches } = resolved;
  return Object.freeze({
    ...batchSizes(resolved),
    ...{ batchTimeoutMs, maxEnqueuedBatches, padVariableLengthInputs, paddingValue, targetLatencyMs, sharesBatches },
    allowedBatchSizes: Object.freeze([...allowedBatchSizes]),
  });
}

function batchSizes(
  options: BatchPolicyOptions & { readonly maxBatchSize: number },
): Pick<BatchPolicy, 'maxBatchSize' | 'maxRequestRows'> {
  const { maxBatchSize, enableLargeBatchSplitting: splits, maxExecutionBatchSize = maxBatchSize } = options;
  if (splits === false) {
    return { maxBatchSize, maxRequestRows: maxBatchSize };
  }
  checkPositive('max_execution_batch_size', maxExecutionBatchSize);
  if (maxExecutionBatchSize > maxBatchSize) {
    throw invalidArgument(
      'When enable_large_batch_splitting is true, input_batch_size_limit must be greater than or equal to ' +
        `max_execution_batch_size. They are ${maxBatchSize} and ${maxExecutionBatchSize}`,
    );
  }
  return {
    maxBatchSize: maxExecutionBatchSize,
    maxRequestRows: splits === true ? maxBatchSize : Number.POSITIVE_INFINITY,
  };
}

/** What a batch of `rows` rows is padded up to: the smallest allowed size that holds it, where there is one. */
export function executedRows({ allowedBatchSizes }: BatchPolicy, rows: number): number {
  return allowedBatchSizes.find((size) => size >= rows) ?? rows;
}

function checkPositive(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1) {
    throw invalidArgument(`${name} must be positive; was ${value}`);
  }
}

function checkAllowedBatchSizes(sizes: readonly number[], maxBatchSize: number): void {
  let previous = 0;
  for (const size of sizes) {
    checkPositive('allowed_batch_sizes entry', size);
    if (size <= previous) {
      throw invalidArgument(
        `allowed_batch_sizes entries must be monotonically increasing; ${size} follows ${previous}`,
      );
    }
    previous = size;
  }
  if (sizes.length > 0 && previous !== maxBatchSize) {
    throw invalidArgument(
      `Last entry in allowed_batch_sizes must match max_batch_size; last entry was ${previous}; expected ${maxBatchSize}`,
    );
  }
}
