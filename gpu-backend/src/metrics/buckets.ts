/** `count` bounds, each `factor` times the one before. */
function exponential(first: number, factor: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => first * factor ** index);
}

/** Seconds of one request or batch: from what a tiny model takes inline to the longest deadline in use. */
export const DURATION_SECONDS = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
] as const;
/** Seconds of one load: seconds for most, minutes where a large SavedModel is converted. */
export const LOAD_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600] as const;
export const BATCH_ROWS = exponential(1, 2, 13);

/** TensorFlow Serving's own. */
export const TFS_LATENCY_MICROS = exponential(10, 1.8, 33);
export const TFS_QUEUING_MICROS = exponential(100, 1.2, 52);
export const TFS_EXAMPLES = exponential(1, 2, 15);
export const TFS_BATCH_ROWS = exponential(1, 2, 14);
