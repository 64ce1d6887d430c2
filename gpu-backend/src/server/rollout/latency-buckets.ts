/** Each bucket's bounds are this factor apart, so that its middle is 2 % off at most: the square root of it. */
const GROWTH = 1.04;
const MIN_MS = 0.01;
const MAX_MS = 600_000;

const LOG_GROWTH = Math.log(GROWTH);

/** For every latency; those outside 10 microseconds to 10 minutes count as the nearest of these. */
export const LATENCY_BUCKETS = bucketOf(MAX_MS) + 1;

/** The bucket of a latency in milliseconds. */
export function bucketOf(ms: number): number {
  const within = Math.min(Math.max(ms, MIN_MS), MAX_MS);
  return Math.floor(Math.log(within / MIN_MS) / LOG_GROWTH);
}

/**
 * The latency that the share `q` of all is at or below, at most 2 % off; undefined without any. `counts` has the
 * buckets from `first` on.
 */
export function latencyQuantile(counts: Float64Array, first: number, q: number): number | undefined {
  let rest = 0;
  for (let bucket = 0; bucket < LATENCY_BUCKETS; bucket++) {
    rest += counts[first + bucket] ?? 0;
  }
  if (rest === 0) {
    return undefined;
  }
  rest = Math.ceil(rest * q);
  let bucket = -1;
  while (rest > 0) {
    bucket += 1;
    rest -= counts[first + bucket] ?? 0;
  }
  return MIN_MS * GROWTH ** (bucket + 0.5);
}
