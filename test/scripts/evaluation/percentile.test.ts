import { describe, expect, it } from 'vitest';
import { percentile } from '../../../scripts/src/evaluation/percentile.ts';

const HUNDRED = Float64Array.from({ length: 100 }, (_, index) => index + 1);

describe('percentile', () => {
  it.each([
    [0, 1],
    [0.5, 50],
    [0.9, 90],
    [0.99, 99],
    [0.991, 100],
    [1, 100],
  ])('takes the nearest rank for %d of a hundred values', (share, value) => {
    expect(percentile(HUNDRED, share)).toBe(value);
  });

  it('gives the only value, and NaN for none', () => {
    expect(percentile(Float64Array.of(7), 0.99)).toBe(7);
    expect(percentile(new Float64Array(0), 0.5)).toBeNaN();
  });
});
