import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createBuckets, HistogramSeries, NumberSeries } from '../../../gpu-backend/src/metrics/series.ts';

const BOUNDS = [1, 10, 100];

/** The values of its lines, in their order. */
function observed(values: readonly number[], bounds: readonly number[] = BOUNDS): number[] {
  const series = new HistogramSeries(createBuckets(bounds));
  for (const value of values) {
    series.observe(value);
  }
  return Array.from(series.lines('h', '').matchAll(/ (\S+)\n/g), ([, value]) => Number(value));
}

describe('HistogramSeries', () => {
  test('counts a value into the bucket of its bound and every one above', () => {
    expect(observed([0, 1, 1.5, 10, 99, 100, 101, 1e9])).toEqual([2, 4, 6, 8, 1e9 + 312.5, 8]);
  });

  test('counts as a plain loop over the bounds does', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.double({ noNaN: true, min: 0, max: 1000 }), { maxLength: 40 }),
        fc.array(fc.double({ noNaN: true, min: 0, max: 1100 }), { minLength: 1 }),
        (unsorted, values) => {
          const bounds = unsorted.toSorted((a, b) => a - b);
          const buckets = observed(values, bounds).slice(0, bounds.length + 1);
          expect(buckets).toEqual([
            ...bounds.map((bound) => values.filter((value) => value <= bound).length),
            values.length,
          ]);
        },
      ),
    );
  });

  test('says nothing before its first value', () => {
    expect(observed([])).toEqual([]);
  });

  test('prints bounds with six digits and the last as +Inf', () => {
    const series = new HistogramSeries(createBuckets([104.976, 188.9568, 1_234_567]));
    series.observe(150);
    expect(series.lines('h', 'a="b"').split('\n')).toEqual([
      'h_bucket{a="b",le="104.976"} 0',
      'h_bucket{a="b",le="188.957"} 1',
      'h_bucket{a="b",le="1234570"} 1',
      'h_bucket{a="b",le="+Inf"} 1',
      'h_sum{a="b"} 150',
      'h_count{a="b"} 1',
      '',
    ]);
  });
});

describe('NumberSeries', () => {
  test('adds up, one at a time unless told', () => {
    const series = new NumberSeries();
    series.add();
    series.add(2.5);
    series.add(-1);
    expect(series.lines('n', 'a="b"')).toBe('n{a="b"} 2.5\n');
    expect(series.lines('n', '')).toBe('n 2.5\n');
  });
});
