import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bucketOf,
  LATENCY_BUCKETS,
  latencyQuantile,
} from '../../../../gpu-backend/src/server/rollout/latency-buckets.ts';

function quantileOf(latencies: readonly number[], q: number): number | undefined {
  const counts = new Float64Array(1 + LATENCY_BUCKETS);
  for (const ms of latencies) {
    const index = 1 + bucketOf(ms);
    counts[index] = (counts[index] ?? 0) + 1;
  }
  return latencyQuantile(counts, 1, q);
}

describe('latencyQuantile', () => {
  it('is 2 % off at most, from 10 microseconds to 10 minutes', () => {
    const latency = fc.double({ min: 0.01, max: 600_000, noNaN: true });
    fc.assert(
      fc.property(fc.array(latency, { minLength: 1, maxLength: 300 }), fc.constantFrom(0.5, 0.99, 1), (all, q) => {
        const exact = all.toSorted((a, b) => a - b)[Math.ceil(all.length * q) - 1] ?? 0;
        const ratio = (quantileOf(all, q) ?? 0) / exact;
        expect(ratio).toBeGreaterThan(0.98);
        expect(ratio).toBeLessThan(1.02);
      }),
    );
  });

  it('is undefined without latencies', () => {
    expect(quantileOf([], 0.99)).toBeUndefined();
  });

  it.each([
    [0, 0.01],
    [-1, 0.01],
    [1e9, 600_000],
  ])('takes %d ms for %d ms', (ms, nearest) => {
    expect(bucketOf(ms)).toBe(bucketOf(nearest));
  });
});
