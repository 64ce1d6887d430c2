import { topK } from '@tensorfleet/preprocess';
import { describe, expect, it } from 'vitest';

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;

describe('topK', () => {
  it.each([
    ['the largest first', [1, 3, 2], 2, [1, 2]],
    ['ties by index', [1, 2, 2, 1, 2], 4, [1, 2, 4, 0]],
    ['NaN after everything', [nan, -inf, nan, 0], 4, [3, 1, 0, 2]],
    ['equal infinities by index', [inf, 0, inf, -inf, -inf], 5, [0, 2, 1, 3, 4]],
    ['zeros of both signs as equal', [-0, 0], 2, [0, 1]],
    ['all when there are fewer', [5], 3, [0]],
    ['none of none', [], 3, []],
  ])('ranks %s', (_, scores, k, indices) => {
    expect(topK(Float64Array.from(scores), k).map(({ index }) => index)).toEqual(indices);
  });
});
