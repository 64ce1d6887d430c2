import { describe, expect, it } from 'vitest';
import { median, summarise } from '../../../scripts/src/bench/statistics.ts';

describe('median', () => {
  it.each([
    { name: 'no value', values: [], expected: Number.NaN },
    { name: 'one value', values: [7], expected: 7 },
    { name: 'an odd number of values', values: [9, 1, 5], expected: 5 },
    { name: 'the mean of the middle two of an even number', values: [10, 1, 4, 2], expected: 3 },
    { name: 'numbers by value, not by text', values: [100, 20, 3], expected: 20 },
  ])('is $expected for $name', ({ values, expected }) => {
    expect(median(values)).toBe(expected);
  });
});

describe('summarise', () => {
  it('has the median and both ends', () => {
    expect(summarise([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
  });
});
