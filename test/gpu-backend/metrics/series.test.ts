import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HistogramSeries, NumberSeries } from '../../../gpu-backend/src/metrics/series.ts';

const BOUNDS = [1, 10, 100];

function observed(values: readonly number[], bounds: readonly number[] = BOUNDS): number[] {
  const series = new HistogramSeries(bounds);
  for (const value of values) {
    series.observe(value);
  }
  return series.samples('h', {}).map(({ value }) => value);
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
    const series = new HistogramSeries([104.976, 188.9568, 1_234_567]);
    series.observe(1);
    expect(series.samples('h', { a: 'b' }).flatMap(({ labels }) => labels['le'] ?? [])).toEqual([
      '104.976',
      '188.957',
      '1234570',
      '+Inf',
    ]);
  });
});

describe('NumberSeries', () => {
  test('adds up, one at a time unless told', () => {
    const series = new NumberSeries();
    series.add();
    series.add(2.5);
    series.add(-1);
    expect(series.samples('n', { a: 'b' })).toEqual([{ labels: { a: 'b' }, value: 2.5 }]);
  });
});
