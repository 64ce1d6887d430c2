import { describe, expect, it } from 'vitest';
import { randomFloats } from '../../../scripts/src/bench/seeded-random.ts';

describe('randomFloats', () => {
  it('gives the same values for the same seed, others for another', () => {
    expect(randomFloats(8, 1)).toEqual(randomFloats(8, 1));
    expect(randomFloats(8, 1)).not.toEqual(randomFloats(8, 2));
  });

  it('spreads over 0 to 1', () => {
    const values = randomFloats(10_000, 3);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThanOrEqual(1);
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.02);
  });
});
