import { invalidArgument } from '@tensorfleet/core';

/** How tasks become batches; the names are TensorFlow Serving's BatchingParameters. */
export interface BatchPolicyOptions {
  /**
   * Rows (and tasks) of one batch, and the largest task accepted; an integer >= 1. Default 64: beyond that the gain per
   * row is small on the engines measured, while the first task of a batch waits for the last. Sensible: 1 to 1024.
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
   * Sensible: the tolerable wait divided by the time one batch takes.
   */
  readonly maxEnqueuedBatches?: number;
  /**
   * Row counts that batches are padded up to, ascending, the last one equal to maxBatchSize. Default none: no padding.
   * The queue only carries them; padding happens where batches are concatenated.
   */
  readonly allowedBatchSizes?: readonly number[];
}

/** Complete and checked; made by resolveBatchPolicy only. */
export type BatchPolicy = Readonly<Required<BatchPolicyOptions>>;

/** What holds where nobody says otherwise. */
export const DEFAULT_BATCH_POLICY: BatchPolicy = Object.freeze({
  maxBatchSize: 64,
  batchTimeoutMs: 0,
  maxEnqueuedBatches: 100,
  allowedBatchSizes: [],
});

/** Fills in the defaults; throws INVALID_ARGUMENT that names the value and its bound. The result is frozen. */
export function resolveBatchPolicy(options: BatchPolicyOptions = {}): BatchPolicy {
  const { maxBatchSize, batchTimeoutMs, maxEnqueuedBatches, allowedBatchSizes } = {
    ...DEFAULT_BATCH_POLICY,
    ...options,
  };
  checkPositive('max_batch_size', maxBatchSize);
  checkPositive('max_enqueued_batches', maxEnqueuedBatches);
  if (!Number.isFinite(batchTimeoutMs) || batchTimeoutMs < 0) {
    throw invalidArgument(`batch timeout must be non-negative; was ${batchTimeoutMs} ms`);
  }
  checkAllowedBatchSizes(allowedBatchSizes, maxBatchSize);
  return Object.freeze({
    maxBatchSize,
    batchTimeoutMs,
    maxEnqueuedBatches,
    allowedBatchSizes: Object.freeze([...allowedBatchSizes]),
  });
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
