import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { histogramOf } from '../../../../scripts/src/gate/findings/histogram.ts';

describe('histogramOf', () => {
  it('puts series into common bins of equal ratio', () => {
    const histogram = histogramOf({ a: [1, 1.5, 100], b: [10] }, 2);
    expect(histogram?.edges.map((edge) => Number(edge.toFixed(6)))).toEqual([1, 10, 100]);
    expect(histogram?.counts).toEqual({ a: [2, 1], b: [0, 1] });
  });

  it('has one bin where all values are equal, and takes nothing for the least', () => {
    expect(histogramOf({ a: [5, 5] }, 40)?.counts).toEqual({ a: [2] });
    expect(histogramOf({ a: [0, 0.01] }, 40)).toEqual({
      edges: [expect.closeTo(0.01 / 1.1), expect.closeTo(0.011)],
      counts: { a: [2] },
    });
  });

  it('is nothing for no values', () => {
    expect(histogramOf({ a: [], b: [] }, 40)).toBeUndefined();
  });

  it('loses no value and has ascending edges', () => {
    const latencies = fc.array(fc.double({ min: 0, max: 1e7, noNaN: true }), { minLength: 1 });
    fc.assert(
      fc.property(latencies, latencies, fc.integer({ min: 1, max: 50 }), (a, b, bins) => {
        const histogram = histogramOf({ a, b }, bins);
        const sum = (counts: readonly number[] = []): number => counts.reduce((total, count) => total + count, 0);
        expect(sum(histogram?.counts.a)).toBe(a.length);
        expect(sum(histogram?.counts.b)).toBe(b.length);
        expect(histogram?.edges).toEqual(histogram?.edges.toSorted((x, y) => x - y));
      }),
    );
  });
});
